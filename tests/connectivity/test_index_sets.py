"""Index sets in runs, and rectangles of them: what is kept short holds what was put in."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectivity.manifests import compute, pod, policy
from tests.connectivity.scale import as_large
from workbench.connectivity.engine import gaps
from workbench.connectivity.engine.cells import union_cells
from workbench.connectivity.engine.index_sets import IndexSets
from workbench.connectivity.engine.masks import PortMasks
from workbench.connectivity.inputs import engine_of
from workbench.ground import PortSet
from workbench.policy import Direction

PORTS = [PortSet.of("TCP", port) for port in (80, 443, 5432)]

sets = st.sets(st.integers(0, 15), min_size=1).map(sorted)


@given(st.lists(st.sets(st.integers(0, 15)).map(sorted), max_size=4))
def test_index_sets_are_what_was_put_in(members: list[list[int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        as_large(patch, 1000)
        kept = IndexSets()
        for found in members:
            kept.append(np.array(found, dtype=np.int64))
    assert [found.tolist() for found in kept] == [found.tolist() for found in kept[:]] == members
    assert [kept.size(number) for number in range(len(kept))] == [len(found) for found in members]


def test_a_copy_changes_on_its_own() -> None:
    kept = IndexSets()
    kept.append(np.arange(100))
    copied = kept.copy()
    copied.replace(0, np.array([7]))
    copied.append(np.array([8]))
    assert [found.tolist() for found in kept] == [list(range(100))]
    assert [found.tolist() for found in copied] == [[7], [8]]


@given(st.lists(st.tuples(sets, sets, st.sampled_from(PORTS)), max_size=6), st.sampled_from(("as they are", "in runs")))
def test_cells_hold_the_union_of_the_rectangles_over_them(
    rectangles: list[tuple[list[int], list[int], PortSet]], kept_as: str
) -> None:
    masks, kept = PortMasks(PORTS), IndexSets()
    with pytest.MonkeyPatch.context() as patch:
        if kept_as == "in runs":
            as_large(patch, 1000)
        for _, columns, _ in rectangles:
            kept.append(np.array(columns, dtype=np.int64))
    keys, cells = union_cells(
        [np.array(rows, dtype=np.int64) for rows, _, _ in rectangles],
        [kept.stretches(number) for number in range(len(kept))],
        [masks.id_of(ports) for _, _, ports in rectangles],
        16,
        masks,
    )
    expected: defaultdict[int, list[PortSet]] = defaultdict(list)
    for rows, columns, ports in rectangles:
        for row in rows:
            for column in columns:
                expected[16 * row + column].append(ports)
    assert keys.tolist() == sorted(expected)
    assert [masks.ports(cell) for cell in cells.tolist()] == [PortSet.union_of(expected[key]) for key in keys.tolist()]


def test_rules_about_all_pods_but_a_few_cost_what_they_leave_out() -> None:
    count = 60
    pods = [pod(f"p{number}", labels=f"app: p{number}") for number in range(count)]
    rules = [
        policy(
            f"podSelector: {{matchLabels: {{app: p{number}}}}}, ingress: [{{from: [{{podSelector: {{matchExpressions: "
            f"[{{key: app, operator: NotIn, values: [p{(number + 1) % count}]}}]}}}}]}}]",
            name=f"but-{number}",
        )
        for number in range(count)
    ]
    found = compute(*pods, *rules)
    assert len(engine_of(found).matrices[Direction.INGRESS].keys) == 2 * count  # a pod, and all addresses
    assert not found.query("p1", "p0", 80).allowed
    assert found.query("p2", "p0", 80).allowed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gaps, "CELLS_A_GROUP", count)
        assert compute(*pods, *rules).render("txt") == found.render("txt")


def test_what_one_rule_leaves_out_another_may_open() -> None:
    pods = [pod(f"p{number}", labels=f"app: p{number}") for number in range(9)]
    peers = [f"{{podSelector: {{matchExpressions: [{{key: app, operator: NotIn, values: [p{n}]}}]}}}}" for n in (1, 2)]
    narrow = "{podSelector: {matchLabels: {app: p1}}}"
    rules = [f"{{from: [{peer}], ports: [{{port: {n}}}]}}" for n, peer in enumerate([*peers, narrow], 80)]
    with pytest.MonkeyPatch.context() as patch:
        as_large(patch, 1000)
        found = compute(*pods, policy(f"podSelector: {{matchLabels: {{app: p0}}}}, ingress: [{', '.join(rules)}]"))
    opened = [str(found.query(f"p{number}", "p0").connection) for number in (1, 2, 3)]
    assert opened == ["TCP 81-82", "TCP 80", "TCP 80-81"]
