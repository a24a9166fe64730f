"""``simulate``: what a change does, at the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.cli.test_calls import plain
from workbench.ground import sample_path
from workbench.inventory import load_manifests
from workbench.whatif import keep_moment
from workbench.workspace import Workspace

SHOP = (str(sample_path("shop")), str(sample_path("flows/cluster.json")))
MORNING = str(sample_path("flows/morning.hubble.jsonl"))
DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
OPEN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETPOL_WORKBENCH_WORKSPACE", raising=False)
    (tmp_path / "deny.yaml").write_text(DENY)
    return tmp_path


def test_the_verdict_comes_first_then_policies_then_risks() -> None:
    result = command("simulate", *SHOP, "-c", "deny.yaml", "--flows", MORNING)
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[0].partition(" for ")[0]) == (0, "dns is lost")
    assert "added NetworkPolicy orders/default-deny" in lines
    assert any(line.startswith("cut: orders/cart[Deployment] => orders/db[StatefulSet] : TCP 5432") for line in lines)


def test_exit_codes_tell_pipelines() -> None:
    changed = ("simulate", *SHOP, "-c", "deny.yaml", "--exit-code")
    assert command(*changed).exit_code == 3
    same = Path("same.yaml")
    same.write_text((sample_path("shop") / "payments" / "network-policies.yaml").read_text())
    assert command("simulate", *SHOP, "-c", "same.yaml", "--exit-code").exit_code == 0
    without_pods = ("simulate", SHOP[0], "-c", "same.yaml", "--exit-code", "--flows", MORNING)
    assert command(*without_pods).exit_code == 4


def test_flows_of_one_verdict_are_listed() -> None:
    result = command("simulate", *SHOP, "-c", "deny.yaml", "--flows", MORNING, "--list", "cut", "-o", "json", "-q")
    rows = json.loads(result.stdout)
    assert {row["verdict"] for row in rows} == {"cut"}
    assert command("simulate", *SHOP, "-c", "deny.yaml", "--list", "lost").exit_code == 2


def test_a_whole_folder_may_be_what_would_be() -> None:
    result = command("simulate", *SHOP, "--to", SHOP[0], "--to", SHOP[1], "-o", "json", "-q")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["verdict"], found["connections"]) == (0, "nothing changes", [])


def test_a_policy_is_deleted_by_its_name() -> None:
    words = ("simulate", *SHOP, "--delete", "NetworkPolicy payments/db", "-o", "md", "-q")
    assert "| NetworkPolicy payments/db | deleted |" in command(*words).stdout
    result = command("simulate", *SHOP, "--delete", "payments/db")
    assert (result.exit_code, "NetworkPolicy payments/db" in plain(result.stderr)) == (2, True)


@pytest.mark.parametrize("words", [(), ("-c", "deny.yaml", "--to", "."), ("-c", "nowhere.yaml")])
def test_a_change_that_cannot_be_meant_is_refused(words: tuple[str, ...]) -> None:
    assert command("simulate", *SHOP, *words).exit_code == 2


def test_flows_are_judged_by_the_cluster_of_their_time(here: Path) -> None:
    keep_moment(here / "snapshots", datetime(2026, 11, 1, tzinfo=UTC), load_manifests(SHOP))
    words = ("simulate", *SHOP, "-c", "deny.yaml", "--flows", MORNING, "-o", "json", "-q")
    plainly = json.loads(command(*words).stdout)
    in_time = json.loads(command(*words, "--history", "snapshots").stdout)
    assert in_time["flows"]["cut"] == plainly["flows"]["cut"] > 0
    assert command(*words, "--history", "nowhere").exit_code == 2


def test_it_is_written_into_a_file(here: Path) -> None:
    assert command("simulate", *SHOP, "-c", "deny.yaml", "-f", "change.patch", "-o", "patch", "-q").exit_code == 0
    assert "+++ b/orders/default-deny.yaml" in (here / "change.patch").read_text()
    assert command("simulate", *SHOP, "-c", "deny.yaml", "-f", "again.patch", "-q").exit_code == 0
    assert (here / "again.patch").read_text() == (here / "change.patch").read_text()


def test_the_paths_of_a_patch_begin_where_it_is_asked_for(here: Path) -> None:
    folder = Path(SHOP[0])
    words = ("simulate", *SHOP, "-c", "deny.yaml", "-o", "patch", "-q")
    assert f"+++ b/{folder.name}/orders/default-deny.yaml" in command(*words, "--root", str(folder.parent)).stdout
    assert f"paths begin at {folder.resolve()}" in command(*words[:-1]).stderr
    (here / "text.yaml").write_text(DENY)
    assert "the patch is empty" in command("simulate", "text.yaml", "-c", "deny.yaml", "-o", "patch").stderr
    refused = command(
        "simulate", "text.yaml", "--delete", "NetworkPolicy orders/default-deny", "-o", "patch", "--root", SHOP[0]
    )
    assert (refused.exit_code, "is not in" in plain(refused.stderr)) == (2, True)


def test_a_folder_has_the_policies_and_what_is_deleted(here: Path) -> None:
    words = ("simulate", *SHOP, "-c", "deny.yaml", "--delete", "NetworkPolicy payments/db", "-d", "out/gitops", "-q")
    assert command(*words).exit_code == 0
    assert sorted(one.name for one in (here / "out" / "gitops").iterdir()) == [
        "delete.sh",
        "kustomization.yaml",
        "networkpolicy-orders-default-deny.yaml",
    ]
    assert command(*words).exit_code == 2


def test_a_further_change_is_made_after_the_first(here: Path) -> None:
    (here / "open.yaml").write_text(OPEN)
    words = ("simulate", *SHOP, "-c", "deny.yaml", "--then", "open.yaml", "--flows", MORNING, "-q")
    found = json.loads(command(*words, "-o", "json").stdout)
    assert [(one["name"], one["flows_cut"] > 0) for one in found["simulations"]] == [
        ("deny.yaml", True),
        ("open.yaml", False),
        ("whole", False),
    ]
    assert {(one["name"], one["verdict"]) for one in found["edges"]} == {
        ("deny.yaml", "cut"),
        ("open.yaml", "opened"),
        ("whole", "kept"),
    }
    assert command(*words, "-o", "patch").stdout.count("diff --git") == 2
    assert command(*words, "--exit-code").exit_code == 3


def test_a_simulation_is_kept_and_taken_up_again() -> None:
    words = ("simulate", *SHOP, "-w", "ws", "-q", "-o", "json")
    made = command(*words, "-c", "deny.yaml", "--flows", MORNING, "--keep", "deny", "--note", "for november")
    assert made.exit_code == 0
    assert command(*words, "-c", "deny.yaml", "--then", "deny.yaml", "--keep", "both").exit_code == 0
    listed = json.loads(command("workspace", "simulations", "-w", "ws", "-o", "json").stdout)
    assert [(one["name"], one["note"]) for one in listed] == [("both", ""), ("deny", "for november")]
    assert listed[1]["verdict"] == json.loads(made.stdout)["verdict"]
    again = command(*words, "--kept", "deny", "--flows", MORNING)
    assert json.loads(again.stdout)["verdict"] == json.loads(made.stdout)["verdict"]
    for more in (("--kept", "no"), ("--kept", "deny", "-c", "deny.yaml"), ("-c", "deny.yaml", "--note", "x")):
        assert command(*words, *more).exit_code == 2


def test_alternatives_are_put_side_by_side(here: Path) -> None:
    (here / "open.yaml").write_text(OPEN)
    words = ("simulate", *SHOP, "-c", "deny.yaml", "--or", "open.yaml", "--flows", MORNING, "-q")
    lines = command(*words).stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["open.yaml", "deny.yaml"]
    for more in (("--then", "open.yaml"), ("-o", "patch"), ("-d", "out"), ("--list", "cut")):
        assert command(*words, *more).exit_code == 2


def test_it_is_answered_as_red_hat_acs_does_with_the_blocks_of_the_workspace(here: Path) -> None:
    with Workspace(here / "kept") as workspace:
        book = workspace.address_book()
        workspace.keep_address_book(book.hiding_providers().add("partner", "203.0.113.0/24"), book)
    rule = "egress: [{to: [{ipBlock: {cidr: 203.0.113.7/32}}]}]"
    Path("out.yaml").write_text(DENY.replace("policyTypes: [Ingress, Egress]", f"policyTypes: [Egress], {rule}"))
    known = ("-w", "kept", "--flows", MORNING)
    result = command("simulate", *SHOP, "-c", "out.yaml", *known, "-o", "rhacs", "-q")
    found = json.loads(result.stdout)
    outside = [
        one["entity"]["externalSource"]["name"]
        for one in found["simulatedGraph"]["nodes"]
        if one["entity"]["type"] == "EXTERNAL_SOURCE"
    ]
    assert (result.exit_code, "partner" in outside) == (0, True)
    Path("bare.yaml").write_text(DENY.replace(", namespace: orders", ""))
    refused = command("simulate", *SHOP, "-c", "bare.yaml", "-o", "rhacs")
    assert (refused.exit_code, "name no namespace" in plain(refused.stderr)) == (2, True)
