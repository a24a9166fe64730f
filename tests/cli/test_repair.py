"""``repair`` and ``bisect``: what keeps the flows that a change cuts, and what cuts them, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.cli.test_calls import plain
from workbench.ground import sample_path

SHOP = (str(sample_path("shop")), str(sample_path("flows/cluster.json")))
MORNING = str(sample_path("flows/morning.hubble.jsonl"))
DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
EDGE = "orders/cart -> orders/db : TCP 5432"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETPOL_WORKBENCH_WORKSPACE", raising=False)
    (tmp_path / "deny.yaml").write_text(DENY)
    return tmp_path


@pytest.mark.parametrize("read", [SHOP, SHOP[:1]], ids=["with the platform", "without it"])
def test_all_flows_that_are_cut_are_kept_and_dns(read: tuple[str, ...]) -> None:
    result = command("repair", *read, "-c", "deny.yaml", "--flows", MORNING, "-q")
    first, *lines = result.stdout.splitlines()
    assert (result.exit_code, first) == (0, "8 of 8 edges kept by 3 policies")
    assert "added NetworkPolicy orders/keep-cart-deployment" in lines


def test_the_policies_keep_them_with_the_change(here: Path) -> None:
    words = ("repair", *SHOP, "-c", "deny.yaml", "--flows", MORNING, "-q")
    assert command(*words, "-o", "yaml", "-f", "keep.yaml").exit_code == 0
    both = ("simulate", *SHOP, "-c", "deny.yaml", "-c", "keep.yaml", "--flows", MORNING, "-o", "json", "-q")
    after = json.loads(command(*both).stdout)
    assert (after["flows"]["cut"], "is lost" in after["verdict"]) == (0, False)
    assert command(*words, "-d", "keep").exit_code == 0
    files = sorted((here / "keep").glob("networkpolicy-orders-keep-*.yaml"))
    assert "---\n".join(one.read_text() for one in files) == Path("keep.yaml").read_text()


def test_without_flows_it_keeps_what_platforms_need() -> None:
    result = command("repair", *SHOP, "-c", "deny.yaml", "-q")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "6 of 6 edges kept by 3 policies")


def test_edges_are_kept_that_are_named() -> None:
    words = ("repair", *SHOP, "-c", "deny.yaml", "--edge", EDGE, "-o", "json", "-q")
    found = json.loads(command(*words).stdout)
    assert [(row["dst"], row["repaired"]) for row in found["rows"]] == [("orders/db", True)]
    result = command("repair", *SHOP, "-c", "deny.yaml", "--edge", "orders/cart -> payments/db : 5432", "-q")
    assert (result.exit_code, "not kept: " in result.stdout) == (3, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--flows", MORNING),
        ("-c", "deny.yaml", "--edge", "a"),
        ("-c", "deny.yaml", "--edge", "a -> b"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...]) -> None:
    assert command("repair", *SHOP, *words).exit_code == 2


def test_the_documents_are_named_that_cut_an_edge() -> None:
    result = command("bisect", "orders/cart", "orders/db", "5432", *SHOP, "-c", "deny.yaml", "-o", "json")
    assert [(row["effect"], row["policies"]) for row in json.loads(result.stdout)] == [
        ("cuts", ["NetworkPolicy orders/default-deny"]),
        ("keeps", ["NetworkPolicy orders/default-deny"]),
    ]
    assert "Documents with a say" in result.stderr


def test_an_edge_that_is_not_cut_is_told() -> None:
    for port, why in (("UDP 7", "denied before"), ("TCP", "no port"), ("80-90", "not one port"), ("x", "x")):
        result = command("bisect", "orders/cart", "orders/db", port, *SHOP, "-c", "deny.yaml")
        assert (result.exit_code, why in plain(result.stderr)) == (2, True), port
    assert command("bisect", "orders/cart").exit_code == 2
