"""What differs between two maps, rule by rule (semantics 23)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, pod, policy
from tests.examples import examples
from workbench.connectivity import (
    Change,
    ChangeKind,
    Connectivity,
    ConnectivityDiff,
    Semantics,
    diff,
    evaluate,
)
from workbench.connectivity.difference import answer, compare
from workbench.connectivity.frames import CHANGES
from workbench.connectivity.inputs import engine_of
from workbench.ground import NO_PORTS, PortSet
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from workbench.connectivity import IpRanges, Peer

Json = dict[str, Any]

WEB, DB = pod("web", labels="app: web"), pod("db", labels="app: db")
CLOSED = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "closed")
"""Nothing goes in or out of the namespace, so that only what a test opens is there."""
OUT = policy("podSelector: {matchLabels: {app: web}}, egress: [{to: [{podSelector: {}}]}]", "out")


def to_db(ports: str) -> str:
    """Return a policy that lets web reach db on `ports`."""
    rule = f"{{from: [{{podSelector: {{}}}}], ports: [{ports}]}}"
    return policy(f"podSelector: {{matchLabels: {{app: db}}}}, ingress: [{rule}]")


def outside(blocks: str, ports: str = "{port: 443}") -> str:
    """Return a policy that lets web reach blocks of addresses."""
    rule = f"{{to: [{blocks}], ports: [{ports}]}}"
    return policy(f"podSelector: {{matchLabels: {{app: web}}}}, egress: [{rule}]", "outside")


def compared(before: tuple[str, ...], after: tuple[str, ...], ip_ranges: IpRanges = "merged") -> ConnectivityDiff:
    return diff(compute(*before), compute(*after), ip_ranges=ip_ranges)


def lines(found: ConnectivityDiff) -> list[str]:
    """Return changes as ``kind src => dst : before -> after``."""
    return [f"{c.kind} {c.src.name} => {c.dst.name} : {c.before} -> {c.after}" for c in found]


# --- what a change is ------------------------------------------------------------------------------


def test_a_connection_with_other_ports_is_changed() -> None:
    found = compared((WEB, DB, CLOSED, OUT, to_db("{port: 80}")), (WEB, DB, CLOSED, OUT, to_db("{port: 81}")))
    assert lines(found) == ["changed default/web[Pod] => default/db[Pod] : TCP 80 -> TCP 81"]


def test_a_connection_that_was_not_there_is_added() -> None:
    found = compared((WEB, DB, CLOSED, OUT), (WEB, DB, CLOSED, OUT, to_db("{port: 80}")))
    assert lines(found) == ["added default/web[Pod] => default/db[Pod] : No Connections -> TCP 80"]


def test_a_connection_that_is_not_there_any_more_is_removed() -> None:
    found = compared((WEB, DB, CLOSED, OUT, to_db("{port: 80}")), (WEB, DB, CLOSED, OUT))
    assert lines(found) == ["removed default/web[Pod] => default/db[Pod] : TCP 80 -> No Connections"]


def test_other_policies_with_the_same_effect_are_no_change() -> None:
    one = to_db("{port: 80}, {port: 81}")
    two = to_db("{port: 80, endPort: 81}")
    assert lines(compared((WEB, DB, CLOSED, OUT, one), (WEB, DB, CLOSED, OUT, two))) == []


def test_a_change_says_what_opens_and_what_closes() -> None:
    before, after = (WEB, DB, CLOSED, OUT, to_db("{port: 80}")), (WEB, DB, CLOSED, OUT, to_db("{port: 80}, {port: 53}"))
    (change,) = compared(before, after)
    assert (str(change.opened), str(change.closed)) == ("TCP 53", "No Connections")
    (change,) = compared(after, before)
    assert (str(change.opened), str(change.closed)) == ("No Connections", "TCP 53")


# --- workloads that come and go ----------------------------------------------------------------------


def test_a_connection_of_a_new_workload_says_so() -> None:
    found = compared((WEB, CLOSED, OUT, to_db("{port: 80}")), (WEB, DB, CLOSED, OUT, to_db("{port: 80}")))
    assert [change.workloads_text for change in found] == ["workload default/db[Pod] added"]
    assert [peer.name for peer in found.added_workloads] == ["default/db[Pod]"]
    assert found.removed_workloads == ()


def test_a_connection_of_two_lost_workloads_names_both() -> None:
    found = compared((WEB, DB, CLOSED, OUT, to_db("{port: 80}")), (CLOSED,))
    assert [change.workloads_text for change in found] == ["workload default/web[Pod] and default/db[Pod] removed"]


def test_addresses_never_come_or_go() -> None:
    found = compared((WEB, CLOSED), (WEB, CLOSED, outside("{ipBlock: {cidr: 10.0.0.0/8}}")))
    assert [change.workloads_text for change in found] == [""]


def test_a_workload_without_connections_is_told_but_makes_no_line() -> None:
    found = compared((CLOSED,), (CLOSED, WEB))
    assert len(found) == 0
    assert [peer.name for peer in found.added_workloads] == ["default/web[Pod]"]


def test_workloads_are_matched_by_namespace_name_and_kind() -> None:
    job = WEB.replace("apiVersion: v1\nkind: Pod", "apiVersion: batch/v1\nkind: Job").replace(
        "spec:\n  containers", "spec: {template: {spec: {containers: [{name: main}]}}}\nignored:\n  containers"
    )
    found = compared((WEB,), (job,))
    assert [peer.name for peer in found.removed_workloads] == ["default/web[Pod]"]
    assert [peer.name for peer in found.added_workloads] == ["default/web[Job]"]


def owned(name: str, labels: str) -> str:
    """Return a Pod of the ReplicaSet `set`."""
    owner = "ownerReferences: [{kind: ReplicaSet, name: set, controller: true, apiVersion: apps/v1, uid: a}]"
    return pod(name, labels=labels).replace("metadata: {", f"metadata: {{{owner}, ")


def test_a_workload_that_policies_begin_to_tell_apart_is_compared_with_its_parts() -> None:
    pods = owned("a", "app: set, v: one"), owned("b", "app: set, v: two")
    only_one = policy("podSelector: {matchLabels: {v: one}}, ingress: [{ports: [{port: 80}]}]")
    found = compared(pods, (*pods, only_one))
    assert found.added_workloads == found.removed_workloads == ()
    one, two = "default/set[ReplicaSet]{v=one}", "default/set[ReplicaSet]{v=two}"
    assert f"changed {two} => {one} : All Connections -> TCP 80" in lines(found)
    assert all(change.dst.name == one for change in found)
    assert sorted(lines(compared((*pods, only_one), pods))) == sorted(
        line.replace("All Connections -> TCP 80", "TCP 80 -> All Connections") for line in lines(found)
    )


# --- addresses ------------------------------------------------------------------------------------------


def test_addresses_are_cut_where_either_side_cuts_them() -> None:
    before, after = outside("{ipBlock: {cidr: 10.0.0.0/8}}"), outside("{ipBlock: {cidr: 10.0.0.0/9}}")
    assert lines(compared((WEB, CLOSED, before), (WEB, CLOSED, after))) == [
        "removed default/web[Pod] => 10.128.0.0/9 : TCP 443 -> No Connections"
    ]


def test_touching_ranges_with_equal_connections_before_and_after_are_one_line() -> None:
    before = outside("{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}")
    after = outside("{ipBlock: {cidr: 10.0.0.0/8}}", "{port: 8443}")
    assert lines(compared((WEB, CLOSED, before), (WEB, CLOSED, after))) == [
        "changed default/web[Pod] => 10.0.0.0/8 : TCP 443 -> TCP 8443"
    ]


def test_touching_ranges_that_were_different_before_stay_two_lines() -> None:
    lower, wider = outside("{ipBlock: {cidr: 10.0.0.0/9}}"), outside("{ipBlock: {cidr: 10.0.0.0/8}}", "{port: 80}")
    assert lines(compared((WEB, CLOSED, lower), (WEB, CLOSED, wider))) == [
        "changed default/web[Pod] => 10.0.0.0/9 : TCP 443 -> TCP 80",
        "added default/web[Pod] => 10.128.0.0/9 : No Connections -> TCP 80",
    ]


def test_ranges_stay_split_on_request() -> None:
    before = outside("{ipBlock: {cidr: 10.0.0.0/8}}")
    other = policy("podSelector: {matchLabels: {app: db}}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}}]}]", "other")
    found = compared((WEB, CLOSED, before, other), (WEB, CLOSED, other), ip_ranges="split")
    assert [change.dst.workload for change in found] == ["10.0.0.0/9", "10.128.0.0/9"]


def test_addresses_of_both_families_are_compared_where_either_side_mentions_both() -> None:
    found = compared((WEB, CLOSED), (WEB, CLOSED, outside("{ipBlock: {cidr: '2001:db8::/32'}}")))
    assert [change.dst.workload for change in found] == ["2001:db8::/32"]


@pytest.mark.parametrize(
    "blocks,names",
    [
        ("{ipBlock: {cidr: '::/0'}}, {ipBlock: {cidr: 0.0.0.0/0}}", ["outside"]),
        ("{ipBlock: {cidr: '::/0'}}", ["::/0"]),
        ("{ipBlock: {cidr: '::/1'}}, {ipBlock: {cidr: 0.0.0.0/0}}", ["0.0.0.0/0", "::/1"]),
    ],
)
def test_families_are_joined_only_where_all_addresses_of_both_are_alike(blocks: str, names: list[str]) -> None:
    found = compared((CLOSED,), (WEB, outside(blocks)))
    assert [change.dst.workload for change in found if change.src.name == "default/web[Pod]"] == names


# --- order ----------------------------------------------------------------------------------------------


def entry(name: str, port: int) -> str:
    """Return a Service and an Ingress that lead to a workload's port."""
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: default}}
spec: {{selector: {{app: {name}}}, ports: [{{port: {port}}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}, namespace: default}}
spec: {{defaultBackend: {{service: {{name: {name}, port: {{number: {port}}}}}}}}}
---"""


def test_changed_then_added_then_removed_each_by_source_and_destination() -> None:
    pods = [pod(name, labels=f"app: {name}") for name in ("a", "b", "c")]
    open_to = {
        port: policy(f"podSelector: {{matchLabels: {{app: {name}}}}}, ingress: [{{ports: [{{port: {port}}}]}}]", name)
        for name, port in (("b", 1), ("b", 2), ("c", 3))
    }
    sends = policy("podSelector: {}, egress: [{to: [{podSelector: {}}]}]", "sends")
    closed = policy("podSelector: {}, policyTypes: [Ingress]", "deny")
    a_only = policy("podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {}}]}]", "a")
    found = compared((*pods, closed, sends, open_to[1], a_only), (*pods, closed, sends, open_to[2], open_to[3]))
    within = [line.split(" : ")[0] for line in lines(found) if "outside" not in line]
    assert within == [
        "changed default/a[Pod] => default/b[Pod]",
        "changed default/c[Pod] => default/b[Pod]",
        "added default/a[Pod] => default/c[Pod]",
        "added default/b[Pod] => default/c[Pod]",
        "removed default/b[Pod] => default/a[Pod]",
        "removed default/c[Pod] => default/a[Pod]",
    ]


def test_connections_from_ingress_controllers_come_last_in_the_same_order() -> None:
    declared = "{containerPort: 80}, {containerPort: 81}"
    web, db, api = (pod(name, labels=f"app: {name}", ports=declared) for name in ("web", "db", "api"))
    rules = "ingress: [{from: [{namespaceSelector: {}}]}], egress: []"
    closed = policy(f"podSelector: {{}}, policyTypes: [Ingress, Egress], {rules}", "closed")
    before = (web, db, api, closed, entry("web", 80), entry("db", 80))
    after = (web, db, api, closed, entry("web", 81), entry("api", 80), outside("{ipBlock: {cidr: 10.0.0.0/8}}"))
    assert lines(compared(before, after)) == [
        "added default/web[Pod] => 10.0.0.0/8 : No Connections -> TCP 443",
        "changed {ingress-controller} => default/web[Pod] : TCP 80 -> TCP 81",
        "added {ingress-controller} => default/api[Pod] : No Connections -> TCP 80",
        "removed {ingress-controller} => default/db[Pod] : TCP 80 -> No Connections",
    ]


def test_an_ingress_controller_is_never_a_new_workload() -> None:
    web = pod("web", labels="app: web", ports="{containerPort: 80}")
    found = compared((web,), (web, entry("web", 80)))
    assert [(str(change.kind), change.workloads_text) for change in found] == [("added", "")]


# --- the value ----------------------------------------------------------------------------------------


def test_clusters_are_computed_as_asked_for() -> None:
    host = "\n" + pod("web", labels="app: web", spec="hostNetwork: true") + "\n"
    closed = "\n" + pod("web", labels="app: web", spec="hostNetwork: true") + CLOSED + "\n"

    def counted(semantics: Semantics | None) -> int:
        sides = load_manifests(host), load_manifests(closed)
        return len(diff(*sides) if semantics is None else diff(*sides, semantics=semantics))

    assert (counted(None), counted(Semantics.REFERENCE)) == (0, 2)


def test_a_cluster_and_its_map_may_be_mixed() -> None:
    assert len(diff(load_manifests("\n" + WEB + "\n"), compute(WEB))) == 0


def test_what_if_is_a_diff_of_two_maps() -> None:
    before = compute(WEB, DB, CLOSED, OUT, to_db("{port: 80}"))
    found = diff(before, before.with_policies(remove=["NetworkPolicy default/policy"]))
    assert lines(found) == ["removed default/web[Pod] => default/db[Pod] : TCP 80 -> No Connections"]


def test_a_diff_without_changes_is_false_and_has_no_length() -> None:
    assert not compared((WEB,), (WEB,))
    assert len(compared((), ())) == 0
    assert compared((WEB,), ())


def test_it_counts_what_differs_and_what_does_not() -> None:
    found = compared((WEB, DB), (WEB,))
    assert found.counts() == {ChangeKind.CHANGED: 0, ChangeKind.ADDED: 0, ChangeKind.REMOVED: 4}
    assert [(change.src.name, change.dst.name) for change in found.unchanged()] == [
        ("default/web[Pod]", "outside"),
        ("outside", "default/web[Pod]"),
    ]
    assert found.unchanged_count() == 2


def test_the_frame_has_the_documented_columns_and_dtypes() -> None:
    for found in (compared((WEB, DB), (WEB,)), compared((), ())):
        CHANGES.checked(found.to_frame())


def test_a_row_of_the_frame_is_a_change() -> None:
    before, after = (WEB, CLOSED, OUT), (WEB, DB, CLOSED, OUT, to_db("{port: 80}"))
    assert compared(before, after).to_frame().to_dict("records") == [
        {
            "change": "added",
            "src": "default/web[Pod]",
            "dst": "default/db[Pod]",
            "src_kind": "Pod",
            "dst_kind": "Pod",
            "src_namespace": "default",
            "dst_namespace": "default",
            "before": "No Connections",
            "after": "TCP 80",
            "opened": "TCP 80",
            "closed": "No Connections",
            "workloads": ("default/db[Pod]",),
        }
    ]


def test_the_frame_holds_what_stayed_on_request() -> None:
    found = compared((WEB, DB), (WEB,))
    frame = found.to_frame(unchanged=True)
    assert list(frame["change"]) == ["removed"] * 4 + ["unchanged"] * 2
    assert list(frame["src"][:4]) == [change.src.name for change in found]


def test_a_frame_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "ROW_LIMIT", 4)
    found = compared((WEB, DB), (WEB,))
    assert len(found.to_frame()) == 4
    with pytest.raises(ValueError, match="6 rows are more than a frame should hold"):
        found.to_frame(unchanged=True)


# --- properties -----------------------------------------------------------------------------------------


def computed(manifests: list[Json]) -> Connectivity:
    return evaluate(load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n"))


def workload_names(manifests: list[Json]) -> list[str]:
    return [clusters.peer_name(manifest) for manifest in manifests if manifest["kind"] == "Pod"]


def covering(changes: list[Change], src: str, dst: str) -> list[Change]:
    """Return the changes between two ends; an address is covered by the range that holds it."""
    return [change for change in changes if _is(change.src, src) and _is(change.dst, dst)]


def _is(peer: Peer, wanted: str) -> bool:
    if peer.kind != "External":
        return peer.name == wanted
    return peer.addresses is not None and "[" not in wanted and peer.addresses.contains(wanted)


def allowed(found: Connectivity, names: list[str], src: str, dst: str) -> PortSet:
    """Return what a map allows; nothing to or from a workload that is not there."""
    ends = [end for end in (src, dst) if "[" in end]
    return found.query(src, dst).connection if all(end in names for end in ends) else NO_PORTS


@settings(max_examples=examples(60))
@given(clusters.clusters())
def test_nothing_differs_from_itself(manifests: list[Json]) -> None:
    found = diff(computed(manifests), computed(manifests))
    assert list(found) == []
    assert found.unchanged_count() == len(list(found.unchanged())) == len(computed(manifests).connections())


@settings(max_examples=examples(60))
@given(clusters.clusters(), clusters.clusters())
def test_a_diff_the_other_way_round_swaps_added_and_removed(one: list[Json], other: list[Json]) -> None:
    swapped = {"added": "removed", "removed": "added", "changed": "changed"}
    there, back = diff(computed(one), computed(other)), diff(computed(other), computed(one))
    turned = {(swapped[change.kind], change.src, change.dst, change.after, change.before) for change in there}
    assert turned == {tuple(change[:5]) for change in back}


@settings(max_examples=examples(60))
@given(clusters.clusters(), clusters.clusters())
def test_the_changes_lead_from_one_map_to_the_other(one: list[Json], other: list[Json]) -> None:
    check(one, other)


@settings(max_examples=examples(20))
@given(clusters.clusters(), clusters.clusters())
def test_it_makes_no_difference_in_how_many_steps_rows_are_read(one: list[Json], other: list[Json]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compare, "CHUNK", 1)
        check(one, other)


def check(one: list[Json], other: list[Json]) -> None:
    """Apply the changes to what was allowed before, for all pairs, and compare with what is allowed after."""
    before, after = computed(one), computed(other)
    names = workload_names(one), workload_names(other)
    changes = list(diff(before, after))
    assert all(change.before != change.after for change in changes)
    ends = sorted({*names[0], *names[1]})
    questions = [(src, dst) for src in ends for dst in ends if src != dst or not src.endswith("[Pod]")]
    questions += [pair for end in ends for address in clusters.ADDRESSES for pair in ((end, address), (address, end))]
    for src, dst in questions:
        was, now = allowed(before, names[0], src, dst), allowed(after, names[1], src, dst)
        listed = ":" not in src + dst or 6 in engine_of(before).families.listed | engine_of(after).families.listed
        if listed:
            found = [(change.before, change.after) for change in covering(changes, src, dst)]
            assert found == ([(was, now)] if was != now else [])
        else:
            assert not [change for change in covering(changes, src, dst) if ":" in change.src.name + change.dst.name]


def unsplit(found: Connectivity) -> set[str]:
    """Return the names of workloads whose pods policies do not tell apart."""
    return {peer.name for peer in found.workloads_named() if not peer.shape}


@st.composite
def on_nodes(draw: st.DrawFn) -> list[Json]:
    """Draw a cluster most of whose pods are on known nodes, and many of them on the host's network."""
    found = draw(clusters.any_clusters())
    for manifest in found:
        if manifest["kind"] == "Pod":
            manifest["spec"]["hostNetwork"] = draw(st.booleans())
            manifest["spec"]["nodeName"] = draw(clusters.node_names)
    return found


@settings(max_examples=examples(40), deadline=None)
@given(on_nodes(), on_nodes(), st.booleans())
def test_lines_are_about_the_pairs_whose_queries_differ_also_on_known_nodes(
    one: list[Json],
    other: list[Json],
    same_pods: bool,  # noqa: FBT001  (drawn)
) -> None:
    if same_pods:
        other = [*(m for m in one if m["kind"] == "Pod"), *(m for m in other if m["kind"] != "Pod")]
    before, after = computed(one), computed(other)
    sides = unsplit(before), unsplit(after)
    whole = [{f"{p.namespace}/{p.workload}[{p.kind}]" for p in found.workloads_named()} for found in (before, after)]
    ends = [
        name
        for name in sorted(sides[0] | sides[1])
        if all(name in s or name not in w for s, w in zip(sides, whole, strict=True))
    ]
    changes = {(change.src.name, change.dst.name): (change.before, change.after) for change in diff(before, after)}
    for src, dst in ((src, dst) for src in ends for dst in ends if src != dst):
        was, now = (
            found.query(src, dst).connection if {src, dst} <= names else NO_PORTS
            for found, names in zip((before, after), sides, strict=True)
        )
        assert changes.get((src, dst), (was, was)) == (was, now)
