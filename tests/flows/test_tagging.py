"""Ends outside are called by the blocks that they are in, and what they are made of stays known (flow-rules N18)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.external.outside import ALLOWED, WEB, flows_to, line
from tests.flows.rows import applied, back, destination, source, table_of
from workbench.connectivity import evaluate
from workbench.drawing import traffic_graph
from workbench.flows import Flows, traffic_of
from workbench.flows.rules.blocks import in_blocks
from workbench.flows.tagging import Blocks
from workbench.ground import ArgumentError


def blocks(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["cidr", "name", "basis"])


MINE = blocks(("203.0.113.0/24", "mine", "decided"))


@pytest.fixture
def flows(tmp_path: Path) -> Flows:
    lines = [line("203.0.113.9", minute=1), line("203.0.113.99", minute=2), line("8.8.8.8", minute=3)]
    return flows_to(tmp_path, *lines, policy=ALLOWED)


def test_names_stay_with_a_part_of_the_flows_and_can_be_taken_away(flows: Flows) -> None:
    part = flows.tagged(MINE).between("2026-11-21 09:02")
    assert part.edges()["dst"].tolist() == ["8.8.8.8", "mine"]
    assert part.edges()["first_seen"].dt.minute.tolist() == [3, 1]
    assert part.tagged(None).edges()["dst"].tolist() == ["203.0.113.99", "8.8.8.8"]
    assert flows.where(source_format="hubble").tagged(MINE).edges()["flows"].tolist() == [1, 2]
    assert flows.tagged(blocks()).edges().equals(flows.edges())


def test_the_flows_behind_a_name_are_those_of_its_addresses(flows: Flows) -> None:
    tagged = flows.tagged(MINE)
    behind = tagged.of_edges(tagged.edges(dst="mine"))
    assert sorted(behind.to_pandas()["destination_address"]) == ["203.0.113.9", "203.0.113.99"]
    assert set(behind.connections()["destination_network_label"]) == {"mine"}


def test_a_name_is_asked_about_as_its_addresses_are(flows: Flows) -> None:
    assert flows.cluster is not None
    allowed, tagged = evaluate(flows.cluster), flows.tagged(MINE)
    by_name = traffic_of(allowed, tagged, "mine")
    assert sorted(by_name["status"]) == ["active", "not-allowed"]
    by_address = traffic_of(allowed, tagged, "203.0.113.99")
    assert by_address[by_address["flows"] > 0]["dst"].tolist() == ["mine"]
    assert "8.8.8.8" in set(traffic_of(allowed, tagged, WEB)["dst"])


def test_a_name_is_one_node_of_a_graph(flows: Flows) -> None:
    assert flows.cluster is not None
    graph = traffic_graph(evaluate(flows.cluster), flows.tagged(MINE))
    labels = [node.label for node in graph.nodes.values()]
    assert labels.count(("mine",)) == 1
    assert not any("203.0.113.9" in text.split() for label in labels for text in label)


@pytest.mark.parametrize(
    "end,name,kind,label",
    [
        (destination(address="203.0.113.9", kind="external"), "mine", "external", "mine"),
        (destination(address="203.0.113.9", kind="unknown"), "mine", "external", "mine"),
        (destination(address="203.0.113.9", kind="external", network_label="world"), "mine", "external", "mine"),
        (destination(address="203.0.113.9", kind="network_set", network_label="set"), "mine", "external", "mine"),
        (destination(address="5.0.0.1", kind="network_set", network_label="set"), None, "network_set", "set"),
        (destination(address="5.0.0.1", kind="external", network_label="set"), "Fastly", "external", "Fastly"),
        (destination(address="10.0.0.1", kind="unknown"), "Internal", "unknown", None),
        (destination(kind="external", network_label="203.0.113.0/25"), "mine", "external", "mine"),
        (destination(kind="external", network_label="203.0.0.0/16"), None, "external", "203.0.0.0/16"),
        (destination(address="203.0.113.9", kind="node", node="n1"), None, "node", None),
        (destination(address="203.0.113.9", kind="pod", pod="p", namespace="shop"), None, "pod", None),
        (destination(address="203.0.113.9", kind="unknown", namespace="shop"), None, "unknown", None),
    ],
)
def test_only_ends_of_which_nothing_but_a_place_is_known_get_a_name(
    end: dict[str, object], name: str | None, kind: str, label: str | None
) -> None:
    table = pd.concat([MINE, blocks(("5.0.0.0/8", "Fastly", "published"), ("10.0.0.0/8", "Internal", "rest"))])
    asked = ["203.0.113.9", "5.0.0.1", "10.0.0.1", "203.0.113.0/25", "203.0.0.0/16"]
    row = {**source(namespace="shop", pod="web-0", kind="pod"), **end}
    found = back(applied(in_blocks, table_of(row), Blocks(table).of(asked)))[0]
    got = tuple(found[f"destination_{column}"] for column in ("block", "kind", "network_label"))
    assert got == (name, kind, label)


@pytest.mark.parametrize(
    "table,message",
    [
        (MINE.drop(columns="name"), "has no column 'name'"),
        (blocks(("10.0.0.0/8", "x", "guessed")), "not a valid basis"),
        (blocks(("10.0.0.0/8", "", "decided")), "has no name"),
    ],
)
def test_a_table_that_is_another_one_is_refused(flows: Flows, table: pd.DataFrame, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        flows.tagged(table)


def test_a_block_that_is_none_is_found_out_when_edges_are_asked_for(flows: Flows) -> None:
    with pytest.raises(ArgumentError, match="not a valid CIDR"):
        flows.tagged(blocks(("everywhere", "x", "decided"))).edges()
