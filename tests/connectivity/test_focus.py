"""A focus keeps to some workloads, one direction, one connection (semantics 27)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import Connectivity, Focus, diff, sanity
from workbench.connectivity.focus import parse_connection
from workbench.ground import PortSet

A, B, C = pod("a", "one"), pod("b", "one"), pod("c", "two")
OTHER_B = pod("b", "two")
ONLY_80 = policy("podSelector: {}, ingress: [{ports: [{port: 80}]}]", namespace="two")


def pairs(found: Connectivity) -> list[str]:
    return [
        f"{c.src.workload}>{c.dst.workload}" for c in found.connections() if "External" not in {c.src.kind, c.dst.kind}
    ]


def test_a_workload_keeps_what_begins_or_ends_there_addresses_included() -> None:
    found = compute(A, B, C).focus("a")
    assert pairs(found) == ["a>b", "a>c", "b>a", "c>a"]
    assert len(found.connections()) == 6


def test_several_workloads_are_one_text_with_commas_or_a_list() -> None:
    assert pairs(compute(A, B, C).focus("a,one/b")) == pairs(compute(A, B, C).focus(["a", "one/b[Pod]"]))


def test_a_connection_between_two_workloads_in_focus_is_listed_once() -> None:
    assert pairs(compute(A, B).focus("a,b")) == ["a>b", "b>a"]


@pytest.mark.parametrize("direction,kept", [("ingress", ["b>a", "c>a"]), ("egress", ["a>b", "a>c"])])
def test_a_direction_is_seen_from_the_workload(direction: str, kept: list[str]) -> None:
    assert pairs(compute(A, B, C).focus(Focus.of("a", direction=direction))) == kept  # type: ignore[arg-type]


def test_peers_are_the_other_ends() -> None:
    found = compute(A, B, C).focus("a", peers="c")
    assert [str(c.src.workload) for c in found.connections()] == ["a", "c"]


def test_a_name_that_means_several_workloads_chooses_all_of_them() -> None:
    assert pairs(compute(A, B, OTHER_B).focus("b", direction="egress")) == ["b>a", "b>b", "b>a", "b>b"]


def test_an_unknown_workload_is_an_error_at_once() -> None:
    with pytest.raises(LookupError, match="'nobody'"):
        compute(A, B).focus("nobody")


@pytest.mark.parametrize("name", ["203.0.113.0/24", "1.1.1.1", "outside", "::/0", "1.1.1.1-1.1.1.9"])
def test_addresses_outside_are_no_workloads_to_focus_on(name: str) -> None:
    for arguments in ({"workloads": name}, {"workloads": ["a", name]}, {"workloads": "a", "peers": name}):
        with pytest.raises(LookupError, match=f"'{name}' is not a workload"):
            compute(A, B).focus(**arguments)


def test_the_address_of_a_pod_is_that_pod() -> None:
    addressed = f"{A.removesuffix('---')}status: {{podIP: 10.0.0.7, podIPs: [{{ip: 10.0.0.7}}]}}\n---"
    assert pairs(compute(addressed, B, C).focus("10.0.0.7")) == ["a>b", "a>c", "b>a", "c>a"]


def test_the_ingress_controller_is_an_end_to_focus_on() -> None:
    assert compute(A, B).focus("ingress-controller").connections() == []


def test_peers_need_workloads() -> None:
    with pytest.raises(ValueError, match="name the workloads, too"):
        compute(A, B).focus(peers="b")


def test_a_direction_alone_changes_no_map() -> None:
    found = compute(A, B)
    assert found.focus(direction="ingress").render("txt") == found.render("txt")
    assert {line.direction for line in found.focus(direction="ingress").exposure()} == {"ingress"}


def test_a_connection_keeps_what_may_use_it() -> None:
    found = compute(A, C, ONLY_80)
    assert pairs(found.focus(conn="udp-53")) == ["c>a"]
    assert {str(c.ports) for c in found.focus(conn="tcp-80").connections()} == {"TCP 80"}


def test_the_map_of_one_connection_names_it_once() -> None:
    found = compute(A, B).focus("a", peers="b", conn="tcp-80")
    assert (
        found.render("txt") == "Permitted connections on TCP 80:\none/a[Pod] => one/b[Pod]\none/b[Pod] => one/a[Pod]\n"
    )
    assert found.render("csv").splitlines()[0] == "src,dst"
    assert found.render("md").splitlines()[:2] == ["| src | dst |", "|-----|-----|"]
    assert json.loads(found.render("json"))[0] == {"src": "one/a[Pod]", "dst": "one/b[Pod]"}
    assert 'label="TCP 80"' in found.render("dot")


def test_frames_and_graphs_keep_to_the_focus() -> None:
    found = compute(A, B, C).focus("a", direction="egress", conn="tcp-80-90")
    assert set(found.to_frame()["src"]) == {"one/a[Pod]"}
    assert set(found.to_frame()["ports"]) == {"80-90"}
    assert list(found.to_networkx().edges("one/b[Pod]")) == []


def test_explanations_keep_to_the_focus() -> None:
    found = compute(A, C, ONLY_80).focus("c", direction="ingress", conn="tcp-80-81")
    (pair,) = (pair for pair in found.explain() if pair.src.workload == "a")
    assert {str(part.ports): part.allowed for part in pair.parts} == {"TCP 80": True, "TCP 81": False}


def test_a_focus_leaves_the_first_connectivity_as_it_was() -> None:
    found = compute(A, B)
    found.focus("a", direction="ingress")
    assert pairs(found) == ["a>b", "b>a"]


def test_ranges_that_differ_on_other_ports_only_are_one_on_the_port_in_focus() -> None:
    web = policy(
        "podSelector: {}, policyTypes: [Egress],"
        "egress: [{ports: [{port: 80}]}, {to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 22}]}]",
        namespace="one",
    )
    found = compute(A, web)
    outside = [c.dst.name for c in found.focus(conn="tcp-80").connections() if c.dst.kind == "External"]
    assert outside == ["outside"]
    assert len([c for c in found.connections() if c.dst.kind == "External"]) == 3


@pytest.mark.parametrize(
    "text,ports",
    [
        ("tcp-80", PortSet.of("TCP", 80)),
        ("UDP-53", PortSet.of("UDP", 53)),
        ("sctp", PortSet.of("SCTP")),
        ("tcp-80-90", PortSet.of("TCP", 80, 90)),
    ],
)
def test_a_connection_is_protocol_and_port(text: str, ports: PortSet) -> None:
    assert parse_connection(text) == ports


@pytest.mark.parametrize("text", ["80", "tcp-", "tcp-0", "tcp-65536", "tcp-9-8", "icmp-1", "tcp-80-", "tcp-x", ""])
def test_anything_else_is_no_connection(text: str) -> None:
    with pytest.raises(ValueError, match="is not a valid connection: write protocol and port"):
        parse_connection(text)


def test_a_focus_holds_for_queries_and_others_are_refused() -> None:
    found = compute(A, B, C, ONLY_80).focus("a", peers="c", conn="tcp-80-90")
    assert str(found.query("a", "c").asked) == "TCP 80-90"
    assert (found.query("a", "c", 80).verdict, found.query("a", "c", 81).verdict) == ("allowed", "denied")
    for src, dst, port in (("b", "c", 80), ("a", "b", 80), ("a", "1.1.1.1", 80), ("a", "c", 443)):
        with pytest.raises(ValueError, match="is not in focus: ask the whole connectivity"):
            found.query(src, dst, port)


@pytest.mark.parametrize("direction, answered", [("egress", ("a", "b")), ("ingress", ("b", "a"))])
def test_a_focus_on_a_direction_holds_for_queries(direction: str, answered: tuple[str, str]) -> None:
    found = compute(A, B).focus(Focus.of("a", direction=direction))  # type: ignore[arg-type]
    assert found.query(*answered).allowed
    assert found.query("a", "1.1.1.1").allowed if direction == "egress" else found.query("1.1.1.1", "a").allowed
    with pytest.raises(ValueError, match="is not in focus"):
        found.query(*reversed(answered))


def test_a_focus_holds_for_the_count() -> None:
    whole = compute(A, B, C, ONLY_80)
    assert whole.focus("a").count() == len(pairs(whole.focus("a"))) < whole.count()
    assert whole.focus(conn="udp-53").count() == len(pairs(whole.focus(conn="udp-53"))) < whole.count()
    assert whole.focus(Focus()).count() == whole.count()


@pytest.mark.parametrize(
    "question",
    [
        lambda found: found.reach("a"),
        lambda found: found.paths("a", "b"),
        lambda found: found.blast_radius(),
        lambda found: diff(found, found),
        sanity,
    ],
)
def test_what_is_asked_of_the_whole_map_is_not_answered_of_a_part(question: Callable[[Connectivity], object]) -> None:
    whole = compute(A, B)
    assert question(whole) is not None
    with pytest.raises(ValueError, match=r"is about all connections: ask it without focus\(\)"):
        question(whole.focus("a"))
