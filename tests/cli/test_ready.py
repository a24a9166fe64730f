"""``ready``: what policies admit against what is needed, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.cli.test_calls import plain
from workbench.ground import sample_path

SHOP = (str(sample_path("shop")), str(sample_path("flows/cluster.json")))
MORNING = str(sample_path("flows/morning.hubble.jsonl"))
POD = "kind: Pod\napiVersion: v1\nmetadata: {name: p, namespace: n}\nspec: {containers: [{name: c, image: i}]}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETPOL_WORKBENCH_WORKSPACE", raising=False)
    (tmp_path / "required.txt").write_text("orders/cart -> payments/db : TCP 5432\n")
    (tmp_path / "pod.yaml").write_text(POD)
    return tmp_path


def test_each_namespace_has_a_score_and_its_parts() -> None:
    result = command("ready", *SHOP, "--flows", MORNING, "-o", "json")
    rows = {row["namespace"]: row for row in json.loads(result.stdout)}
    assert result.exit_code == 0
    assert {"orders", "payments"} <= set(rows)
    assert (rows["orders"]["coverage"], rows["storefront"]["missing"], rows["platform"]["unprotected"]) == (1, 2, 1)
    assert "The cluster scores " in result.stderr


def test_the_edges_of_an_answer_are_listed() -> None:
    words = ("ready", *SHOP, "--list", "required.txt", "--no-declared", "-q", "-o", "json", "--edges")
    rows = json.loads(command(*words, "missing").stdout)
    assert [(row["answer"], row["src"], row["dst"], row["ports"]) for row in rows] == [
        ("missing", "orders/cart[Deployment]", "payments/db[StatefulSet]", "TCP 5432")
    ]
    every = {row["answer"] for row in json.loads(command(*words, "all").stdout)}
    assert "missing" in every
    assert command(*words, "strange").exit_code == 2


def test_rules_that_admit_what_nothing_needs_are_listed() -> None:
    rows = json.loads(command("ready", *SHOP, "--no-declared", "-q", "-o", "json", "--rules").stdout)
    assert [row["unused"] for row in rows] == sorted((row["unused"] for row in rows), reverse=True)
    assert all(row["rule"].startswith("spec.") and len(row["examples"]) <= 3 for row in rows)
    assert command("ready", *SHOP, "--rules", "--edges", "all").exit_code == 2


def test_a_gate_has_an_exit_status() -> None:
    gate = ("ready", *SHOP, "--list", "required.txt", "--at-least")
    assert (command(*gate, "100").exit_code, command(*gate, "0").exit_code) == (3, 0)
    assert command("ready", "pod.yaml", "--at-least", "0").exit_code == 4
    assert command(*gate, "101").exit_code == 2


def test_a_list_that_is_not_there_is_named() -> None:
    result = command("ready", *SHOP, "--list", "nowhere.txt")
    assert (result.exit_code, "nowhere.txt" in plain(result.stderr)) == (2, True)
