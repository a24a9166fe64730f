"""``cut``: what parts two ends, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.cli.test_calls import plain
from tests.whatif.shop import written
from workbench.connectivity import evaluate
from workbench.ground import sample_path
from workbench.inventory import load_manifests

SHOP = str(sample_path("shop"))
MORNING = str(sample_path("flows/morning.hubble.jsonl"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETPOL_WORKBENCH_WORKSPACE", raising=False)
    return tmp_path


def test_the_answer_comes_first_then_the_pairs_then_the_policies() -> None:
    result = command("cut", "orders/cart", "payments/db", SHOP, "-q")
    first, *lines = result.stdout.splitlines()
    assert (result.exit_code, first) == (
        0,
        "orders/cart no longer reaches payments/db, over any number of hops; nothing else changes.",
    )
    assert sum(line.startswith("cut: ") for line in lines) == 4
    assert "modified NetworkPolicy payments/db" in lines


def test_the_policies_do_what_is_said(here: Path) -> None:
    assert command("cut", "orders/cart", "payments/db", SHOP, "-f", "cut.yaml", "-o", "yaml", "-q").exit_code == 0
    conn = evaluate(load_manifests([SHOP, str(here / "cut.yaml")]))
    assert "payments/db[StatefulSet]" not in set(conn.reach("orders/cart")["dst"])
    assert command("cut", "orders/cart", "payments/db", SHOP, str(here / "cut.yaml"), "-q").exit_code == 0


def test_a_patch_and_a_folder_have_the_same_policies(here: Path) -> None:
    words = ("cut", "gateway", "db", str(written(here)), "-q")
    names = {one["metadata"]["name"] for one in json.loads(command(*words, "-o", "json").stdout)["policies"]}
    assert command(*words, "-d", "out").exit_code == 0
    assert {one.stem.rpartition("-")[2] for one in (here / "out").glob("networkpolicy-*")} >= {
        name.rpartition("-")[2] for name in names
    }
    assert "diff --git a/manifests/" in command(*words, "-o", "patch").stdout


def test_pairs_are_spared_that_are_to_be_kept() -> None:
    words = ("cut", "orders/cart", "payments/db", SHOP, "-q")
    pair = "payments/api[Deployment] => payments/db[StatefulSet]"
    assert f"cut: {pair}" in command(*words).stdout
    kept = command(*words, "--spare", "payments/api -> payments/db")
    assert (kept.exit_code, pair in kept.stdout) == (0, False)
    assert "=> payments/api[Deployment]" in kept.stdout


def test_what_was_seen_is_kept_where_it_is_known() -> None:
    words = ("cut", "orders", "payments", SHOP, str(sample_path("flows/cluster.json")))
    result = command(*words, "--flows", MORNING, "--spare-seen", "-q")
    assert (result.exit_code, "no cut leaves that" in result.stdout) == (3, True)
    assert command(*words, "--flows", MORNING, "-q").exit_code == 0
    refused = command(*words, "--spare-seen")
    assert (refused.exit_code, "what was seen is not known" in plain(refused.stderr)) == (2, True)


@pytest.mark.parametrize(
    "words", [(), ("orders/cart",), ("no/one", "payments/db", SHOP), ("orders", "orders/db", SHOP)]
)
def test_ends_that_cannot_be_meant_are_refused(words: tuple[str, ...]) -> None:
    assert command("cut", *words).exit_code == 2


def test_two_ends_that_no_policy_parts_have_a_status_of_their_own() -> None:
    words = ("cut", "platform/node-exporter", "kube-system/coredns", SHOP, str(sample_path("flows/cluster.json")), "-q")
    result = command(*words)
    assert (result.exit_code, "still reaches" in result.stdout) == (3, True)
