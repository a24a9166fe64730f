"""Adding and removing policies one after another gives what computing everything anew gives."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, pod, policy
from tests.connectivity.scale import as_large
from tests.examples import examples
from workbench.connectivity import Connectivity, Semantics, diff, evaluate, touched_workloads
from workbench.inventory import Cluster, load_manifests
from workbench.policy import Direction, Policy

Json = dict[str, Any]


def read(manifests: list[Json]) -> Cluster:
    return load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")


def everything(found: Connectivity) -> dict[tuple[str, str], str]:
    """Return all pairs of workloads, and what they may exchange with some addresses."""
    pairs = {
        (c.src.name, c.dst.name): str(c.ports)
        for c in found.connections()
        if "External" not in {c.src.kind, c.dst.kind}
    }
    names = [peer.name for peer in found.peers() if peer.kind != "External"]
    for name in names:
        for address in clusters.ADDRESSES:
            pairs[name, address] = str(found.query(name, address).connection)
            pairs[address, name] = str(found.query(address, name).connection)
    return pairs


def lines(found: Connectivity) -> list[str]:
    return found.render("txt").splitlines()


@settings(max_examples=examples(120), deadline=None)
@given(clusters.clusters(), st.data(), st.sampled_from([1, 2, 1000]))
def test_changing_policies_one_by_one_gives_what_computing_anew_gives(
    manifests: list[Json], data: st.DataObject, min_wide: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        as_large(patch, min_wide)
        rest = [m for m in manifests if not m["kind"].endswith("NetworkPolicy")]
        policies = {p.ref: p for p in read(manifests).objects.policies}
        present = data.draw(st.sets(st.sampled_from(sorted(policies))) if policies else st.just(set()))
        first = read([*rest, *(m for m in manifests if ref(m) in present)])
        found = before = evaluate(first)
        found.query("10.0.0.1", next(iter(first.objects.workloads)).peer)  # names are known, and kept
        for name in data.draw(st.lists(st.sampled_from(sorted(policies)), max_size=5) if policies else st.just([])):
            if name in present:
                found = found.with_policies(remove=[name])
                present = present - {name}
            else:
                found = found.with_policies(add=[policies[name]])
                present = present | {name}
            cluster = read([*rest, *(m for m in manifests if ref(m) in present)])
            anew = evaluate(cluster)
            assert everything(found) == everything(anew)
            assert lines(found) == lines(anew)
            assert not diff(found, anew)
            assert [str(one) for one in diff(before, found)] == [str(one) for one in diff(before, anew)]
            assert found.count() == anew.count()
            beside = [str(problem) for problem in found.problems_found[len(first.problems_found) :]]
            assert sorted(beside) == sorted(map(str, anew.problems_found[len(cluster.problems_found) :]))


def ref(manifest: Json) -> str:
    kind, metadata = manifest["kind"], manifest["metadata"]
    return (
        f"{kind} {metadata['namespace']}/{metadata['name']}"
        if "namespace" in metadata
        else f"{kind} {metadata['name']}"
    )


WEB = pod("web", labels="app: web, tier: front", ports="{name: http, containerPort: 8080}")
DB = pod("db", labels="app: db", ports="{name: sql, containerPort: 5432}")
DENY = policy("podSelector: {}", "deny")


def read_policy(text: str) -> Policy:
    return load_manifests(text + "\n").objects.policies[0]


def test_both_ends_of_a_pair_may_be_selected_by_the_changed_policy() -> None:
    both = (
        "podSelector: {}, policyTypes: [Ingress, Egress],"
        "ingress: [{ports: [{port: 1, endPort: 9}]}], egress: [{ports: [{port: 5, endPort: 20}]}]"
    )
    after = compute(WEB, DB).with_policies(add=[read_policy(policy(both))])
    assert str(after.query("web", "db").connection) == "TCP 5-9"


@pytest.mark.parametrize(
    "spec,expected",
    [
        (
            "podSelector: {matchLabels: {tier: front}}, ingress: [{from: [{podSelector: {matchLabels: {app: db}}}]}]",
            "All Connections",
        ),
        ("podSelector: {}, ingress: [{ports: [{port: 7777}]}]", "TCP 7777"),
        ("podSelector: {}, ingress: [{ports: [{port: http}]}]", "TCP 8080"),
    ],
)
def test_a_new_policy_may_bring_labels_and_ports_that_no_other_mentions(spec: str, expected: str) -> None:
    after = compute(WEB, DB, DENY).with_policies(add=[read_policy(policy(spec, "new"))])
    assert str(after.query("db", "web").connection) == expected


@pytest.mark.parametrize("types", ["[Ingress]", "[Egress]", "[Ingress, Egress]"])
def test_a_difference_is_found_from_either_end(types: str) -> None:
    before = compute(WEB, DB)
    after = before.with_policies(
        read_policy(policy(f"podSelector: {{matchLabels: {{app: db}}}}, policyTypes: {types}"))
    )
    closed = {
        (one.src.workload, one.dst.workload) for one in diff(before, after) if one.src.namespace and one.dst.namespace
    }
    assert closed == ({("web", "db")} if "Ingress" in types else set()) | (
        {("db", "web")} if "Egress" in types else set()
    )


def test_a_new_policy_may_bring_an_address_block_that_cuts_those_of_others() -> None:
    first = policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", "first")
    second = policy(
        "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/16}}], ports: [{port: 80}]}]", "second"
    )
    before = compute(WEB, DB, first)
    after = before.with_policies(add=[read_policy(second)], remove=["NetworkPolicy default/first"])
    assert str(after.query("10.1.0.1", "web").connection) == "TCP 80"
    assert str(after.query("10.2.0.1", "web").connection) == "No Connections"
    assert str(before.query("10.2.0.1", "web").connection) == "All Connections"


SIX = policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 2001:db8::/32}}]}]", "six")


def test_addresses_of_ipv6_come_and_go_with_the_policies_that_name_them() -> None:
    before = compute(WEB)
    after = before.with_policies(add=[read_policy(SIX)])
    assert lines(after) == lines(compute(WEB, SIX))
    assert {change.src.workload for change in diff(before, after)} == {
        "0.0.0.0/0",
        "::-2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db9::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    }
    assert lines(after.with_policies(remove=["NetworkPolicy default/six"])) == lines(before)
    assert lines(after.with_policies(add=[read_policy(policy("podSelector: {}", "six"))])) == lines(compute(WEB, DENY))


def test_a_choice_of_families_is_kept_whatever_policies_name() -> None:
    choices: tuple[Literal["4", "6", "both"], ...] = ("4", "6", "both")
    for families in choices:
        semantics = Semantics(ip_families=families)
        after = compute(WEB, semantics=semantics).with_policies(add=[read_policy(SIX)])
        assert lines(after) == lines(compute(WEB, SIX, semantics=semantics))


def test_an_exposure_forgets_the_selectors_of_policies_that_were_removed() -> None:
    wide = policy("podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {role: x}}}]}]", "wide")
    narrow = wide.replace("role: x}", "role: x, team: y}").replace("name: wide", "name: narrow")
    after = compute(WEB, wide, narrow).with_policies(remove=["NetworkPolicy default/narrow"])
    assert after.exposure().render("txt") == compute(WEB, wide).exposure().render("txt")


def test_of_two_added_policies_of_one_name_the_last_counts() -> None:
    wider = read_policy(policy("podSelector: {}, ingress: [{ports: [{port: 80}]}]", "deny"))
    after = compute(WEB, DB).with_policies(add=[wider, read_policy(DENY)])
    assert str(after.query("web", "db").connection) == "No Connections"


def test_a_policy_of_the_same_name_takes_the_place_of_the_other() -> None:
    wider = read_policy(policy("podSelector: {}, ingress: [{ports: [{port: 80}]}]", "deny"))
    after = compute(WEB, DB, DENY).with_policies(add=[wider])
    assert str(after.query("web", "db").connection) == "TCP 80"
    assert "1 policy" in repr(after)


def test_reasons_follow_the_change() -> None:
    before = compute(WEB, DB, DENY)
    after = before.with_policies(remove=["NetworkPolicy default/deny"])
    assert "deny" in str(before.query("web", "db"))
    assert "deny" not in str(after.query("web", "db"))


def test_what_was_is_left_as_it_was() -> None:
    before = compute(WEB, DB, DENY)
    text = lines(before)
    before.with_policies(remove=["NetworkPolicy default/deny"])
    assert lines(before) == text


def test_a_policy_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(LookupError, match="there is no policy NetworkPolicy default/nothing"):
        compute(WEB).with_policies(remove=["NetworkPolicy default/nothing"])


CASES = [policy(f"podSelector: {{matchLabels: {{app: case-{number}}}}}", f"case-{number}") for number in range(40)]
"""So many that versions share them."""
CHOSEN = [pod(f"pod-{number}", labels=f"app: case-{number}") for number in range(44)]


@given(st.lists(st.tuples(st.integers(0, 43), st.booleans(), st.booleans()), max_size=6), st.integers(0, 6))
def test_touched_is_whom_a_policy_selects_that_differs(changes: list[tuple[int, bool, bool]], apart: int) -> None:
    """Of two versions of one beginning, policies of one name that were added apart are not taken for one another."""
    sides = [compute(*CHOSEN, *CASES)] * 2
    for number, (case, is_there, on_both) in enumerate(changes):
        name = f"case-{case}"
        made = read_policy(policy(f"podSelector: {{matchLabels: {{app: {name}}}}}, policyTypes: [Egress]", name))
        for side in (0, 1) if on_both and number < apart else (1,):
            there = {one.ref for one in sides[side].cluster.objects.policies}
            if is_there:
                sides[side] = sides[side].with_policies(add=[made])
            elif made.ref in there:
                sides[side] = sides[side].with_policies(remove=[made.ref])
    touched = touched_workloads(*sides)
    assert touched is not None
    known = [{one.ref: one for one in side.cluster.objects.policies} for side in sides]
    differing = [one for mine, other in (known, known[::-1]) for one in mine.values() if other.get(one.ref) is not one]
    expected = {
        direction: {f"default/{one.name.replace('case', 'pod')}[Pod]" for one in differing if direction in one.isolates}
        for direction in Direction
    }
    assert {Direction.EGRESS: touched.egress, Direction.INGRESS: touched.ingress} == expected


@settings(max_examples=examples(40), deadline=None)
@given(clusters.clusters())
def test_connected_is_what_has_any_connection_in_a_focus_of_its_own(manifests: list[Json]) -> None:
    found = evaluate(read(manifests))
    names = [peer.name for peer in found.workloads_named()]
    expected = {name for name in names if found.focus(name).connections()}
    assert found.connected([*names, "nobody"]) == expected
