"""``order``: in which order a change is made, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.cli.test_calls import plain
from workbench.ground import sample_path

SHOP = (str(sample_path("shop")), str(sample_path("flows/cluster.json")))
MORNING = str(sample_path("flows/morning.hubble.jsonl"))
METADATA = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: NAME, namespace: orders}\n"
EGRESS = METADATA.replace("NAME", "egress") + "spec: {podSelector: {}, policyTypes: [Egress], egress: [{}]}\n"
DENY = METADATA.replace("NAME", "deny") + "spec: {podSelector: {}, policyTypes: [Egress]}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETPOL_WORKBENCH_WORKSPACE", raising=False)
    (tmp_path / "change.yaml").write_text(f"{DENY}---\n{EGRESS}")
    return tmp_path


def test_what_admits_comes_first() -> None:
    result = command("order", *SHOP, "-c", "change.yaml", "--flows", MORNING, "-o", "json")
    rows = json.loads(result.stdout)
    assert [(row["step"], row["action"], row["policy"]) for row in rows] == [
        (1, "apply", "NetworkPolicy orders/egress"),
        (2, "apply", "NetworkPolicy orders/deny"),
    ]
    assert "Every step keeps what is allowed before and after" in result.stderr


def test_the_steps_are_written_as_files(here: Path) -> None:
    words = ("order", *SHOP, "-c", "change.yaml", "--flows", MORNING, "-d", "steps", "-q")
    assert command(*words).exit_code == 0
    assert [one.name for one in sorted((here / "steps").iterdir())] == [
        "1-apply-orders-egress.yaml",
        "2-apply-orders-deny.yaml",
    ]
    again = command(*words)
    assert (again.exit_code, "not an empty folder" in plain(again.stderr)) == (2, True)


@pytest.mark.parametrize("words", [(), ("-c", "change.yaml"), ("-c", "nowhere.yaml", "--flows", MORNING)])
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...]) -> None:
    assert command("order", *SHOP, *words).exit_code == 2
