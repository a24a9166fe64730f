"""The least privilege, closed: what it was made of is allowed, and no rule can be left out (generate 10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity.clusters import network_policies
from tests.examples import examples
from tests.generate.town import NOW, Json, Seen, cluster_of, flows_of, pod, proposed, service, specs, whys, workload
from workbench.baseline import Baselines, Head, Known, Side
from workbench.connectivity import Connectivity, evaluate
from workbench.external import AddressBook
from workbench.generate import Need, Proposal, still_cut
from workbench.ground import EXTERNAL_ENTITIES, INTERNAL_ENTITIES, ArgumentError
from workbench.inventory import Cluster
from workbench.manifests import field_path

IN_PLACE_OF = {EXTERNAL_ENTITIES: "198.51.100.77", INTERNAL_ENTITIES: "172.20.5.5", "bank": "203.0.113.9"}
BOOK = AddressBook(default_ranges=False).add("bank", "203.0.113.0/24")
OUTSIDE = (("internet", ""), ("internal", ""), ("external", "bank"))
LABELS = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(("x", "y")) for key in ("app", "tier", "version", "pod-template-hash")}
)
PORTS = st.sampled_from((80, 81, 443))
PROTOCOLS = st.sampled_from(("TCP", "UDP", "SCTP"))
DNS: tuple[Any, ...] = (
    workload("kube-system/dns", labels={"k8s-app": "kube-dns"}, ports=[{"containerPort": 5353, "protocol": "UDP"}]),
    service("kube-system/kube-dns", {"k8s-app": "kube-dns"}, {"port": 53, "targetPort": 5353, "protocol": "UDP"}),
)


class Town(NamedTuple):
    """A cluster, and what is normal there."""

    cluster: Cluster
    normal: Baselines


@st.composite
def clusters(draw: st.DrawFn, *, policies: bool) -> Cluster:
    """Draw a few workloads of two namespaces, whose labels often do not tell them apart, and a DNS."""
    objects: list[Json | list[Json]] = [*DNS]
    for number in range(draw(st.integers(1, 4))):
        labels = draw(LABELS)
        if draw(st.booleans()):
            labels = {**labels, "name": f"w{number}"}
        ref = f"{draw(st.sampled_from('ab'))}/w{number}"
        objects.append(workload(ref, labels=labels, selector={}, hostNetwork=draw(st.integers(0, 7)) == 7))
    if policies:
        objects += [draw(network_policies(f"p{number}")) for number in range(draw(st.integers(0, 3)))]
    return cluster_of(*objects)


@st.composite
def towns(draw: st.DrawFn, *, policies: bool = False) -> Town:
    cluster = draw(clusters(policies=policies))
    names = sorted(one.peer for one in cluster.objects.workloads)
    known: dict[Side, Known] = {}
    for _ in range(draw(st.integers(0, 7))):
        src = draw(st.sampled_from(names))
        inside = st.sampled_from([("workload", name) for name in names if name != src] or [("internet", "")])
        peer_type, peer = draw(inside | st.sampled_from(OUTSIDE))
        way = draw(st.sampled_from(("egress", "ingress")))
        side = Side(src, way, peer_type, peer, draw(PORTS), draw(PROTOCOLS))  # type: ignore[arg-type]
        for one in (side, side.mirrored):
            if one is not None:
                known[one] = Known("baseline", NOW, NOW, 3)
    heads = {name: Head(NOW, NOW) for name in names}
    return Town(cluster, Baselines(MappingProxyType(heads), MappingProxyType(known)))


def least(town: Town, **options: Any) -> Proposal:  # noqa: ANN401
    return proposed(town.cluster, strategy="least-privilege", baselines=town.normal, book=BOOK, **options)


def allows(conn: Connectivity, need: Need) -> bool:
    src, dst = (IN_PLACE_OF.get(end, end) for end in (need.src, need.dst))
    ((protocol, port, _),) = need.ports.intervals
    return conn.query(src, dst, port, protocol).allowed


def uncovered(proposal: Proposal) -> list[Need]:
    """Return the needs that have neither a rule nor a word why not, nor are cut by a policy that was there before."""
    before, after = evaluate(proposal.cluster), evaluate(proposal.changed_cluster)
    said = {one.need.key for one in proposal.left_out if one.need is not None}
    return [one for one in proposal.needs if one.key not in said and not allows(after, one) and allows(before, one)]


@given(towns(policies=True))
@settings(max_examples=examples(200))
def test_all_that_it_was_made_of_is_allowed_unless_a_policy_cut_it_before(town: Town) -> None:
    assert uncovered(least(town)) == []


@given(towns(policies=True))
@settings(max_examples=examples(60))
def test_what_policies_that_are_there_still_cut_is_listed(town: Town) -> None:
    found = least(town)
    after = evaluate(found.changed_cluster)
    said = {one.need.key for one in found.left_out if one.need is not None}
    asked = [one for one in found.needs if one.key not in said and not {one.src, one.dst} & set(IN_PLACE_OF)]
    cut = {(one.src, one.dst, str(one.ports)) for one in asked if not allows(after, one)}
    listed = {(one.src, one.dst, one.ports) for one in still_cut(found).itertuples() if one.src and one.dst}
    assert cut == {one for one in listed if not {*one[:2]} & set(IN_PLACE_OF)}


def test_a_guardrail_that_cuts_what_is_needed_is_named() -> None:
    guardrail = {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": "never"},
        "spec": {
            "tier": "Admin",
            "priority": 1,
            "subject": {"namespaces": {}},
            "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}],
        },
    }
    cluster = cluster_of(workload("n/a"), workload("n/b"), guardrail)
    found = proposed(cluster, strategy="required-connections", connections="n/a -> n/b : TCP 80", dns=False)
    row = still_cut(found).iloc[0]
    assert (row["src"], row["dst"], row["ports"]) == ("n/a[StatefulSet]", "n/b[StatefulSet]", "TCP 80")
    assert (row["verdict"], row["decided_by"]) == ("denied", ("ClusterNetworkPolicy never",))
    text = "still cut: n/a[StatefulSet] => n/b[StatefulSet] : TCP 80 (ClusterNetworkPolicy never)"
    assert text in found.render("txt").splitlines()


@given(towns())
@settings(max_examples=examples(100))
def test_without_any_one_rule_something_is_cut_for_which_it_is_there(town: Town) -> None:
    found = least(town)
    for draft in found.drafts:
        for rule in draft.policy.rules:
            reasons = draft.reasons[rule.direction, rule.index]
            after = evaluate(found.without_rule(draft.ref, field_path(rule.path)).changed_cluster)
            assert any(not allows(after, one) for one in reasons), (draft.ref, rule, reasons)


@given(towns(policies=True), st.data())
@settings(max_examples=examples(60))
def test_in_whatever_order_things_come_the_bytes_are_the_same(town: Town, data: st.DataObject) -> None:
    objects = [dict(one.content) for one in town.cluster.objects.manifests]
    known = data.draw(st.permutations(list(town.normal.known.items())))
    shuffled = Town(
        cluster_of(*data.draw(st.permutations(objects))), replace(town.normal, known=MappingProxyType(dict(known)))
    )
    assert [least(shuffled).render(name) for name in ("yaml", "txt", "json")] == [
        least(town).render(name) for name in ("yaml", "txt", "json")
    ]


@given(towns(policies=True))
@settings(max_examples=examples(60))
def test_a_second_run_changes_nothing(town: Town) -> None:
    once = least(town)
    again = least(Town(once.changed_cluster, town.normal))
    assert again.to_yaml() == once.to_yaml()
    assert {one.change for one in again.diff().policies} <= {"unchanged"}


@st.composite
def seen(draw: st.DrawFn) -> tuple[Cluster, list[Seen]]:
    """Draw workloads with addresses, some policies, and what was seen."""
    names = [f"{draw(st.sampled_from('ab'))}/w{number}" for number in range(draw(st.integers(2, 4)))]
    objects: list[Json | list[Json]] = [
        workload(name, f"10.244.0.{number}", labels={**draw(LABELS), "name": name.replace("/", "-")})
        for number, name in enumerate(names, start=1)
    ]
    objects += [draw(network_policies(f"p{number}")) for number in range(draw(st.integers(0, 2)))]
    ends = st.sampled_from([*names, "203.0.113.9", "198.51.100.1", "172.20.0.1"])
    pairs = st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1] and ("/" in pair[0] or "/" in pair[1]))
    one = st.builds(
        lambda pair, port, protocol: Seen(pair[0], pair[1], port, protocol=protocol), pairs, PORTS, PROTOCOLS
    )
    return cluster_of(*DNS, *objects), draw(st.lists(one, min_size=1, max_size=8))


@given(seen())
@settings(max_examples=examples(24))
def test_so_is_all_that_was_seen(drawn: tuple[Cluster, list[Seen]]) -> None:
    cluster, flows = drawn
    with TemporaryDirectory() as folder:
        found = proposed(cluster, flows_of(Path(folder), cluster, *flows), strategy="least-privilege", book=BOOK)
        assert uncovered(found) == []


# --- what it admits besides, and what it leaves out -------------------------------------------------------


def normal(*sides: Side, cluster: Cluster, flows: int = 3) -> Town:
    heads = {one.peer: Head(NOW, NOW) for one in cluster.objects.workloads}
    whole = {one: Known("baseline", NOW, NOW, flows) for side in sides for one in (side, side.mirrored) if one}
    return Town(cluster, Baselines(MappingProxyType(heads), MappingProxyType(whole)))


A, B = "n/a[StatefulSet]", "n/b[StatefulSet]"
CALL = Side(A, "egress", "workload", B, 80, "TCP")
PAIR = (workload("n/a"), workload("n/b"))


def test_callers_may_ask_the_dns_at_the_port_of_its_pods() -> None:
    found = specs(least(normal(CALL, cluster=cluster_of(*PAIR, *DNS))))
    (dns,) = [rule for rule in found["n/a-statefulset"]["egress"] if rule["ports"][0]["protocol"] == "UDP"]
    assert dns == {
        "ports": [{"protocol": "UDP", "port": 5353}],
        "to": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
    }
    assert "egress" not in found["n/b-statefulset"]


def test_it_says_so_as_the_reason() -> None:
    reasons = least(normal(CALL, cluster=cluster_of(*PAIR, *DNS))).reasons()
    assert set(reasons[reasons["basis"] == "allowance"]["said_by"]) == {"dns: asks the cluster's DNS for names"}


def test_what_platforms_need_can_be_left_out_or_be_your_own(tmp_path: Path) -> None:
    town = normal(CALL, cluster=cluster_of(*PAIR, *DNS, workload("mon/prom")))
    assert {rule["ports"][0]["port"] for rule in specs(least(town, allow=()))["n/a-statefulset"]["egress"]} == {80}
    own = tmp_path / "own.yaml"
    own.write_text(
        "- {name: scrapes, meaning: is scraped, direction: ingress, for: all, ports: TCP 9090,\n"
        "   pods: [{namespace: mon, labels: {app: prom}}]}\n",
        encoding="utf-8",
    )
    found = specs(least(town, allowances=str(own)))
    assert all(
        9090 in {port["port"] for rule in found[name]["ingress"] for port in rule["ports"]}
        for name in ("n/a-statefulset", "n/b-statefulset")
    )


@pytest.mark.parametrize(
    "text,said",
    [
        ("- {name: x}\n", "own.yaml: entry 0"),
        ("- {name: x, meaning: y, direction: up, for: all}\n", "direction"),
        ("- {name: x, meaning: y, direction: egress, for: all, ports: TCP x}\n", "is not a port"),
    ],
)
def test_an_allowance_that_cannot_be_read_is_said(tmp_path: Path, text: str, said: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ArgumentError, match=said):
        least(normal(CALL, cluster=cluster_of(*PAIR)), allowances=str(own))


def test_an_allowance_that_there_is_not_is_said() -> None:
    with pytest.raises(ArgumentError, match="there is no allowance 'dsn'"):
        least(normal(CALL, cluster=cluster_of(*PAIR)), allow=("dsn",))


def test_a_workload_of_which_nothing_is_known_stays_as_it_is_unless_all_is_to_be_denied() -> None:
    town = normal(CALL, cluster=cluster_of(*PAIR, workload("n/c")))
    found = least(town)
    assert ("nothing-seen", "n/c[StatefulSet]") in whys(found)
    assert set(specs(found)) == {"n/a-statefulset", "n/b-statefulset"}
    assert set(specs(least(town, unknown="deny"))) == {
        "n/a-statefulset",
        "n/b-statefulset",
        "n/c-statefulset",
        "n/default-deny",
    }


def test_a_namespace_of_which_all_is_known_is_denied_at_last() -> None:
    town = normal(CALL, cluster=cluster_of(*PAIR))
    assert [one.name for one in least(town).policies] == ["a-statefulset", "b-statefulset", "default-deny"]
    assert "n/default-deny" not in specs(least(town, default_deny=False))


def test_a_workload_that_cannot_be_told_apart_keeps_its_namespace_from_being_denied() -> None:
    alike = (workload("n/c", labels={"app": "x"}), workload("n/d", labels={"app": "x"}))
    calls = [CALL, *(Side(f"n/{name}[StatefulSet]", "egress", "internet", "", 80, "TCP") for name in "cd")]
    assert set(specs(least(normal(*calls, cluster=cluster_of(*PAIR, *alike))))) == {
        "n/a-statefulset",
        "n/b-statefulset",
    }


def test_what_was_seen_once_can_be_left_out(tmp_path: Path) -> None:
    cluster = cluster_of(workload("n/a", "10.244.0.1"), workload("n/b", "10.244.0.2"))
    often = [Seen("n/a", "n/b", 80, at=hour) for hour in range(2)]
    flows = flows_of(tmp_path, cluster, *often, Seen("n/a", "n/b", 81))
    found = proposed(cluster, flows, strategy="least-privilege", seen_once="leave-out")
    assert [rule["ports"] for rule in specs(found)["n/b-statefulset"]["ingress"]] == [[{"protocol": "TCP", "port": 80}]]
    assert "seen-once" in {why for why, _ in whys(found)}
    both = proposed(cluster, flows, strategy="least-privilege")
    assert specs(both)["n/b-statefulset"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 80, "endPort": 81}]


def test_what_was_denied_or_is_of_clients_unknown_is_left_out(tmp_path: Path) -> None:
    cluster = cluster_of(workload("n/a", "10.244.0.1"), workload("n/b", "10.244.0.2"))
    flows = flows_of(tmp_path, cluster, Seen("n/a", "n/b", 80), Seen("n/a", "n/b", 81, denied=True))
    found = proposed(cluster, flows, strategy="least-privilege")
    assert "denied" in {why for why, _ in whys(found)}
    assert [rule["ports"] for rule in specs(found)["n/b-statefulset"]["ingress"]] == [[{"protocol": "TCP", "port": 80}]]


def test_reasons_count_flows_and_say_when(tmp_path: Path) -> None:
    cluster = cluster_of(workload("n/a", "10.244.0.1"), workload("n/b", "10.244.0.2"))
    flows = flows_of(tmp_path, cluster, *(Seen("n/a", "n/b", 80, at=hour) for hour in range(3)))
    row = proposed(cluster, flows, strategy="least-privilege", allow=()).to_frame().iloc[0]
    assert row["flows"] == 3
    assert row["last_seen"] - row["first_seen"] == timedelta(hours=2)


def test_it_needs_flows_or_baselines() -> None:
    with pytest.raises(ArgumentError, match="neither flows nor baselines"):
        proposed(cluster_of(*PAIR), strategy="least-privilege")


def test_a_block_that_lies_in_a_wider_one_is_no_rule_of_its_own() -> None:
    sides = [Side(A, "egress", "internet", "", 443, "TCP"), Side(A, "egress", "external", "bank", 443, "TCP")]
    also = Side(A, "egress", "external", "bank", 80, "TCP")
    one = least(normal(*sides, cluster=cluster_of(*PAIR)), allow=())
    (rule,) = specs(one)["n/a-statefulset"]["egress"]
    assert [peer["ipBlock"]["cidr"] for peer in rule["to"]] == ["0.0.0.0/0", "::/0"]
    assert set(one.reasons()["dst"]) == {EXTERNAL_ENTITIES, "bank"}
    assert (
        len(specs(least(normal(*sides, also, cluster=cluster_of(*PAIR)), allow=()))["n/a-statefulset"]["egress"]) == 2
    )


def test_a_bare_pod_is_a_workload_too() -> None:
    call = Side("n/p[Pod]", "egress", "workload", B, 80, "TCP")
    found = least(normal(call, cluster=cluster_of(pod("n/p", {"app": "p"}), workload("n/b"))))
    assert "n/p-pod" in specs(found)
