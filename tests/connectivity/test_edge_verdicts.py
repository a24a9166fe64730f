"""Many edges at once have the verdicts that the query about each has."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, namespace, pod, policy
from tests.connectivity.test_engine_against_naive import READINGS
from tests.connectivity.test_engine_against_naive import compute as compute_manifests
from workbench.connectivity import Connectivity, EdgeVerdict, Focus
from workbench.connectivity.trace.edge_verdicts import Edge, EdgeVerdicts
from workbench.connectivity.trace.tracer import Tracer
from workbench.ground import ALL_PORTS, PROTOCOLS, PortSet
from workbench.policy import Direction

Json = dict[str, Any]

SERVICES: list[Json] = [
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": name},
        "spec": {
            "selector": {"app": "x"},
            "clusterIP": f"172.30.0.{number}",
            "ports": [{"port": 80, "targetPort": target}],
        },
    }
    for number, (name, target) in enumerate((("a", 81), ("b", "http")), 1)
]
OUTSIDE: Json = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "outside", "namespace": "c"},
    "spec": {"ports": [{"port": 80}]},
}
INGRESS: Json = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "web", "namespace": "a"},
    "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
}
FURTHER = (*SERVICES, OUTSIDE, INGRESS)
NAMES = (
    *("web.a", "b/web[Service]", "outside.c", "172.30.0.1", "{ingress-controller}", "nothing", "pod-0", "set-0-0"),
    *("node-0[Node]", "node-1[Node]", "outside", "10.0.0.0/8", "0.0.0.0/0", "::/0", "web"),
    *clusters.ADDRESSES,
    *clusters.POD_ADDRESSES,
    *clusters.NODE_ADDRESSES,
)
readings = st.sampled_from(READINGS)
chance = st.booleans()
directions: st.SearchStrategy[Direction | None] = st.sampled_from((None, *Direction))
ports = st.sampled_from((ALL_PORTS, PortSet.of("TCP", 80, 90)))


@st.composite
def edges(draw: st.DrawFn, found: Connectivity) -> Edge:
    """Draw an edge between ends of all kinds, most of them workloads."""
    peers = [peer.name for peer in found.workloads_named()]
    names = [*peers, *{name.partition("{")[0] for name in peers if "[" in name}]
    end = st.one_of(st.sampled_from(names), st.sampled_from(names), st.sampled_from(NAMES)) if names else st.just("x")
    ports = (*clusters.PORTS, 2, 8080)
    return draw(end), draw(end), draw(st.sampled_from(ports)), draw(st.sampled_from(("TCP", *PROTOCOLS)))


def asked_alone(found: Connectivity, edge: Edge) -> EdgeVerdict:
    """Return what the query says of an edge."""
    try:
        return EdgeVerdict.of(found.query(*edge))
    except (LookupError, ValueError) as error:
        return EdgeVerdict(None, reason=str(error.args[0]))


@settings(max_examples=60, deadline=None)
@given(clusters.any_clusters(), readings, st.data())
def test_verdicts_are_those_of_single_queries(manifests: list[Json], semantics: Any, data: st.DataObject) -> None:  # noqa: ANN401
    has_services = data.draw(chance)
    found = compute_manifests([*manifests, *(FURTHER if has_services else ())], semantics)
    if data.draw(chance):
        found = found.with_policies(remove=[one.ref for one in found.cluster.objects.policies[:1]])
    listed = data.draw(st.lists(edges(found), min_size=1, max_size=25))
    known = [peer.name for peer in found.workloads_named()]
    if data.draw(chance) and known:
        focus = Focus((data.draw(st.sampled_from(known)),), (), data.draw(directions), data.draw(ports))
        found = found.focus(focus)
    verdicts = found.verdicts(listed)
    assert verdicts == [asked_alone(found, edge) for edge in listed]
    assert found.verdicts(listed, deciding=False) == [one._replace(decided_by=()) for one in verdicts]


A, B, C = pod("a", "one", "app: a"), pod("b", "one", "app: b"), pod("c", "two", "app: c")
ONLY_80 = policy("podSelector: {}, ingress: [{ports: [{port: 80}]}]", "only-80", "two")


def test_each_verdict_names_the_policies_that_decide() -> None:
    found = compute(A, B, C, ONLY_80)
    assert found.verdicts([("a", "c", 80, "TCP"), ("a", "c", 81, "TCP"), ("c", "a", 81, "UDP")]) == [
        EdgeVerdict("allowed", ("NetworkPolicy two/only-80",)),
        EdgeVerdict("denied", ("NetworkPolicy two/only-80",)),
        EdgeVerdict("allowed"),
    ]


def test_the_same_edge_twice_has_the_same_verdict_twice_and_none_has_none() -> None:
    found = compute(A, B)
    assert found.verdicts([("a", "b", 80, "TCP")] * 2) == [EdgeVerdict("allowed")] * 2
    assert found.verdicts([]) == []


def test_what_has_no_answer_says_why_and_stops_no_other() -> None:
    found = compute(A, B).verdicts(
        [
            ("a", "nobody", 80, "TCP"),
            ("1.1.1.1", "2.2.2.2", 80, "TCP"),
            ("a", "b", 80, "ICMP"),
            ("a", "b", 0, "TCP"),
            ("a", "b", 80, "TCP"),
        ]
    )
    assert [one.verdict for one in found] == [None, None, None, None, "allowed"]
    assert all(one.reason for one in found[:4])
    assert "both outside the cluster" in found[1].reason


def test_a_part_of_some_addresses_says_on_what_it_depends() -> None:
    block = policy("podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}}]}], policyTypes: [Egress]")
    (found,) = compute(pod("a"), block).verdicts([("a", "10.0.0.0/8", 80, "TCP")])
    assert found == EdgeVerdict(
        "partly", ("NetworkPolicy default/policy",), "Policies allow a part of the addresses of 10.0.0.0/8 only."
    )


def test_edges_between_pods_and_addresses_are_not_asked_about_one_by_one() -> None:
    found = compute(A, B, C, ONLY_80, namespace("one"))

    def refuse(src: str, dst: str, port: int, protocol: str) -> Any:  # noqa: ANN401
        pytest.fail(f"{src} => {dst} on {protocol} {port} was asked about alone")

    engine = found._engine
    verdicts = EdgeVerdicts(Tracer(engine, found._tracer.services), lambda _, call: call.ports, refuse)
    ends = ("one/a", "one/b[Pod]", "c", "1.1.1.1", "10.0.0.0/8", "nobody")
    listed = [(src, dst, port, "TCP") for src in ends for dst in ends[:3] for port in (80, 81)]
    assert verdicts.of(listed) == [asked_alone(found, edge) for edge in listed]


def test_many_addresses_of_many_edges_are_looked_up_in_several_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.connectivity.trace.edge_verdicts._MOST_PAIRS", 3)
    blocks = ", ".join(f"{{ipBlock: {{cidr: {number}.0.0.0/8}}}}" for number in range(1, 8))
    found = compute(A, C, ONLY_80, policy(f"podSelector: {{}}, ingress: [{{from: [{blocks}]}}]", "blocks", "one"))
    listed = [(src, dst, 80, "TCP") for src in ("outside", "1.1.1.1", "9.9.9.9") for dst in ("a", "c")]
    verdicts = found.verdicts(listed)
    assert verdicts == [asked_alone(found, edge) for edge in listed]
    assert found.verdicts(listed, deciding=False) == [one._replace(decided_by=()) for one in verdicts]


@pytest.mark.parametrize(
    "focus, edge, held",
    [
        (Focus(), ("nobody", "b", 80, "ICMP"), True),
        (Focus(("a",)), ("a", "b", 80, "TCP"), True),
        (Focus(("a",)), ("b", "c", 80, "TCP"), False),
        (Focus(("a",)), ("nobody", "a", 80, "TCP"), True),
        (Focus(("a",)), ("nobody", "b", 80, "TCP"), False),
        (Focus(("a",), ("b",)), ("nobody", "a", 80, "TCP"), False),
        (Focus(("a",)), ("a", "1.1.1.1", 80, "TCP"), True),
        (Focus(("a",)), ("a", "b", None, "ICMP"), True),
        (Focus.of("a", conn="tcp-80"), ("a", "b", None, "ICMP"), False),
        (Focus.of("a", conn="tcp-80"), ("a", "b", 80, "TCP"), True),
        (Focus.of("a", conn="tcp-80"), ("a", "nobody", 81, "TCP"), False),
        (Focus.of("a", direction="ingress"), ("a", "b", 80, "TCP"), False),
        (Focus.of("a", direction="ingress"), ("b", "a", 80, "TCP"), True),
    ],
)
def test_an_edge_is_in_focus_by_its_ends_and_its_port(focus: Focus, edge: Any, held: bool) -> None:  # noqa: ANN401, FBT001
    assert compute(A, B, C).focus(focus).in_focus(*edge) is held
