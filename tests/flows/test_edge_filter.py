"""Which edges are meant by names, namespaces and "outside"."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.flows import EdgeFilter

EDGES = pd.DataFrame(
    [
        ("shop/web[Deployment]", "shop/db[StatefulSet]", "Deployment", "StatefulSet", "shop", "shop"),
        ("shop/web[Deployment]", "pay/db[StatefulSet]", "Deployment", "StatefulSet", "shop", "pay"),
        ("10.0.0.7", "shop/web[Deployment]", "Unknown", "Deployment", "", "shop"),
        ("pay/api[unknown]", "203.0.113.9", "Workload", "External", "pay", ""),
        ("n1[Node]", "203.0.113.0/24", "Node", "External", "", ""),
    ],
    columns=["src", "dst", "src_kind", "dst_kind", "src_namespace", "dst_namespace"],
)


def places(edge_filter: EdgeFilter, frame: pd.DataFrame = EDGES) -> list[int]:
    kept = edge_filter.of_frame(frame)
    return [frame.index[(frame["src"] == row.src) & (frame["dst"] == row.dst)][0] for row in kept.itertuples()]


@pytest.mark.parametrize(
    "name, expected",
    [
        ("shop/db[StatefulSet]", [0]),
        ("shop/db", [0]),
        ("db", [0, 1]),
        ("*/db", [0, 1]),
        ("shop/*", [0, 2]),
        ("w?b", [2]),
        ("db[StatefulSet", []),
        ("203.0.113.9", [3]),
        ("203.0.113.0/24", [3, 4]),
        ("203.0.113.9/24", [3]),
        ("2001:db8::/32", []),
    ],
)
def test_an_end_is_named_as_far_as_one_likes(name: str, expected: list[int]) -> None:
    assert places(EdgeFilter.of(dst=name)) == expected


def test_all_that_is_asked_must_be_so_and_one_of_several_names() -> None:
    assert places(EdgeFilter.of("web", ["shop/db", "pay/db"])) == [0, 1]
    assert places(EdgeFilter.of("web", "pay/db")) == [1]
    assert places(EdgeFilter.of()) == [0, 1, 2, 3, 4]


def test_a_namespace_is_that_of_either_end_and_of_no_block_of_addresses() -> None:
    assert places(EdgeFilter.of(in_namespace="pay")) == [1, 3]
    assert places(EdgeFilter.of(in_namespace=["pay", "shop"])) == [0, 1, 2, 3]
    assert places(EdgeFilter.of(in_namespace="203.0.113.0")) == []


def test_outside_is_what_the_kind_says() -> None:
    assert places(EdgeFilter.of(external=True)) == [3, 4]


def test_a_frame_may_have_one_end_alone() -> None:
    asked = EDGES[["src", "src_kind", "src_namespace"]]
    assert len(EdgeFilter.of("shop/web").of_frame(asked)) == 2
    assert len(EdgeFilter.of(in_namespace="pay").of_frame(asked)) == 1
