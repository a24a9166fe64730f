"""What becomes of edges in clusters at random: what two questions about each say, and nothing else (what-if 2, 3)."""

from __future__ import annotations

import json
from typing import Any, Final

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.examples import examples
from workbench.connectivity import Connectivity, evaluate
from workbench.flows import EDGES
from workbench.inventory import Cluster, load_manifests
from workbench.policy import Policy
from workbench.whatif import EdgeJudge, Simulator

Json = dict[str, Any]
PORTS: Final = (80, 443, 8080)
OUTCOMES: Final = {
    ("allowed", "allowed"): "kept",
    ("allowed", "denied"): "cut",
    ("denied", "allowed"): "opened",
    ("denied", "denied"): "still-denied",
}


def read(manifests: list[Json]) -> Cluster:
    return load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")


def edges_between(cluster: Cluster) -> pd.DataFrame:
    """Return an edge for each pair of workloads and each port, and some with addresses."""
    names = [one.peer for one in cluster.objects.workloads]
    pairs = [(src, dst) for src in (*names, *clusters.ADDRESSES[:2]) for dst in (*names, *clusters.ADDRESSES[:2])]
    pairs = [(src, dst) for src, dst in pairs if src in names or dst in names]
    blank = {"flows": 3, "flows_denied": 0, "flows_uncertain": 0, "protocol": "TCP", "marks": ()}
    rows = [blank | {"src": src, "dst": dst, "port": port} for src, dst in pairs for port in PORTS]
    frame = pd.DataFrame([{**dict.fromkeys(EDGES.names, ""), **row} for row in rows], columns=[*EDGES.names])
    return frame.assign(src_block="", dst_block="")


def brute(before: Connectivity, after: Connectivity, row: Any) -> str:  # noqa: ANN401  (a row of a frame)
    words = []
    for side in (before, after):
        (found,) = side.verdicts([(row.src, row.dst, row.port, "TCP")])
        words.append(found.verdict if not found.reason else None)
    return OUTCOMES.get((str(words[0]), str(words[1])), "uncertain")


@settings(max_examples=examples(80), deadline=None)
@given(clusters.clusters(), st.data())
def test_edges_have_the_verdict_of_two_questions(manifests: list[Json], data: st.DataObject) -> None:
    cluster = read(manifests)
    policies = list(cluster.objects.policies)
    there = data.draw(st.sets(st.sampled_from(policies), max_size=4)) if policies else set()
    before = evaluate(cluster.with_policies(remove=[one.ref for one in policies if one not in there]))
    edges = edges_between(cluster)
    judge = EdgeJudge(before, edges, cluster)
    for _ in range(2):  # what one change was judged by does not matter to the next
        added: list[Policy] = data.draw(st.lists(st.sampled_from(policies), max_size=2)) if policies else []
        removed = {one.ref for one in there if data.draw(st.booleans())} - {one.ref for one in added}
        after = before.with_policies(added, remove=sorted(removed))
        judged = judge.after(after)
        for row, verdict in zip(edges.itertuples(), judged.words, strict=True):
            expected = brute(before, after, row)
            if expected == "uncertain":
                assert verdict in {"uncertain", "kept"}  # kept where the change has no say
            else:
                assert verdict.value == expected


@settings(max_examples=examples(40), deadline=None)
@given(clusters.clusters(), st.data())
def test_a_change_and_its_reverse_restore_what_was(manifests: list[Json], data: st.DataObject) -> None:
    cluster = read(manifests)
    policies = list(cluster.objects.policies)
    kept = data.draw(st.sets(st.sampled_from(policies), max_size=3)) if policies else set()
    first = cluster.with_policies(remove=[one.ref for one in policies if one not in kept])
    added = [one for one in policies if one not in kept][:2]
    removed = [one.ref for one in kept][:1]
    found = Simulator(first).simulate(added, remove=removed)
    back = Simulator(found.change.after).simulate(found.change.reverse)
    assert [str(one) for one in back.after.connections()] == [str(one) for one in found.before.connections()]
    assert {one.ref for one in back.change.after.objects.policies} == {one.ref for one in first.objects.policies}
    opened = {(one.src, one.dst, str(one.opened)) for one in found.difference}
    assert {(one.src, one.dst, str(one.closed)) for one in back.difference} == opened
