"""The answer of Red Hat ACS's simulator: what becomes of policies, what nodes gain and lose, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from tests.whatif.rhacs_oracle import differences, drawn, points_of
from tests.whatif.rhacs_worlds import book_of, changes, deployment, namespace, policy, read
from workbench.external import rhacs_id
from workbench.ground import ArgumentError, NotFoundError
from workbench.whatif import rhacs_simulation, simulate
from workbench.whatif.change import ClusterChange

Json = dict[str, Any]
WEB, API = "a/web[Deployment]", "a/api[Deployment]"
DENY = policy("a/deny", policyTypes=["Ingress"])
OPEN = policy("a/open", {"app": "api"}, policyTypes=["Ingress"], ingress=[{"from": [{"podSelector": {}}]}])
BASE = [namespace("a"), deployment("a/web"), deployment("a/api"), DENY, OPEN]


def of(change: list[Json] | None = None, remove: list[str] | None = None, base: list[Json] = BASE) -> Json:
    text = "".join(f"---\n{yaml.safe_dump(one)}" for one in change or ())
    return rhacs_simulation(ClusterChange.of(read(base), text or (), remove or ()))


def statuses(found: Json) -> dict[str, str]:
    return {(one["policy"] or one["oldPolicy"])["id"]: one["status"] for one in found["policies"]}


# --- against a second implementation ------------------------------------------------------------------------


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes())
def test_e11_nodes_gain_and_lose_what_the_two_graphs_differ_in(
    drawn_change: tuple[list[Json], list[Json], list[str]],
) -> None:
    objects, added, gone = drawn_change
    found = of(added, gone, objects)
    names = {f"{one['kind']} {one['metadata'].get('namespace')}/{one['metadata']['name']}" for one in added} | set(gone)
    kept = [
        one
        for one in objects
        if f"{one['kind']} {one['metadata'].get('namespace')}/{one['metadata']['name']}" not in names
    ]
    before, after = drawn(objects, {}), drawn([*kept, *added], {})
    if not names:
        assert found["added"] is found["removed"] is None
        return
    assert _said(found["added"]) == differences(before, after)
    assert _said(found["removed"]) == differences(after, before)


def _said(side: Json) -> dict[str, tuple[Any, ...]]:
    return {
        name: (
            one["policyIds"],
            {dst: points_of(edge["properties"]) for dst, edge in one["outEdges"].items()},
            one["nonIsolatedIngress"],
            one["nonIsolatedEgress"],
        )
        for name, one in side["nodeDiffs"].items()
    }


# --- rule by rule -------------------------------------------------------------------------------------------


def test_e11_a_new_neighbour_has_no_ports_and_nothing_differs_without_a_change() -> None:
    found = of(remove=["NetworkPolicy a/open"])
    assert found["removed"]["nodeDiffs"] == {
        API: {
            "policyIds": ["a/open"],
            "outEdges": {},
            "nonIsolatedIngress": False,
            "nonIsolatedEgress": False,
        },
        WEB: {
            "policyIds": [],
            "outEdges": {API: {"properties": []}},
            "nonIsolatedIngress": False,
            "nonIsolatedEgress": False,
        },
    }
    assert found["added"] == {"nodeDiffs": {}}
    assert [node["policyIds"] for node in found["simulatedGraph"]["nodes"]] == [["a/deny"], ["a/deny"], []]
    assert of()["added"] is None


def test_e12_policies_are_unchanged_modified_added_or_deleted() -> None:
    other = {**OPEN, "spec": {**OPEN["spec"], "ingress": []}}
    found = of([other, policy("a/new", policyTypes=["Egress"])], ["NetworkPolicy a/deny"])
    assert statuses(found) == {"a/deny": "DELETED", "a/new": "ADDED", "a/open": "MODIFIED"}
    by_id = {(one["policy"] or one["oldPolicy"])["id"]: one for one in found["policies"]}
    assert by_id["a/deny"]["policy"] is None
    assert by_id["a/new"]["oldPolicy"] is None
    assert len(by_id["a/open"]["oldPolicy"]["spec"]["ingress"]) == 1
    assert by_id["a/open"]["policy"]["spec"]["ingress"] == []
    assert statuses(of(remove=["NetworkPolicy a/deny"]))["a/open"] == "UNCHANGED"


def test_e12_a_policy_that_is_given_again_is_modified_and_keeps_its_id() -> None:
    known = {**OPEN, "metadata": {**OPEN["metadata"], "uid": "u-1"}}
    base = [*BASE[:-1], known]
    again = {**OPEN, "metadata": {**OPEN["metadata"], "uid": "u-2"}}
    new = {**policy("a/new"), "metadata": {"name": "new", "namespace": "a", "uid": "u-3"}}
    found = of([again, new], base=base)
    assert statuses(found) == {"a/deny": "UNCHANGED", "u-1": "MODIFIED", "a/new": "ADDED"}
    assert found["added"]["nodeDiffs"].keys() == {API, WEB}


def test_e12_what_is_to_be_deleted_has_to_be_there() -> None:
    with pytest.raises(NotFoundError, match="a/none"):
        of(remove=["NetworkPolicy a/none"])


def test_e12_every_policy_names_its_namespace() -> None:
    bare = {**DENY, "metadata": {"name": "bare"}}
    with pytest.raises(ArgumentError, match=r"no namespace: NetworkPolicy default/bare"):
        of([bare])
    assert simulate(read(BASE), yaml.safe_dump(bare)).render("json")  # in this view alone


@pytest.mark.parametrize("name", ["stackrox", "kube-system"])
def test_e12_nothing_is_simulated_in_namespaces_of_the_platform(name: str) -> None:
    there = policy(f"{name}/p", policyTypes=["Ingress"])
    with pytest.raises(ArgumentError, match=f"nothing is simulated in .*NetworkPolicy {name}/p"):
        of([there])
    with pytest.raises(ArgumentError, match=f"nothing is simulated in .*NetworkPolicy {name}/p"):
        of(remove=[f"NetworkPolicy {name}/p"], base=[*BASE, there])
    assert statuses(of(remove=["NetworkPolicy a/deny"], base=[*BASE, there]))[f"{name}/p"] == "UNCHANGED"
    assert simulate(read(BASE), yaml.safe_dump(there)).render("json")


def test_a_whole_cluster_may_take_the_place_of_the_one_that_is_there() -> None:
    after = read([*BASE[:-1], deployment("a/db")])
    found = rhacs_simulation(ClusterChange.of(read(BASE), after))
    assert statuses(found) == {"a/deny": "UNCHANGED", "a/open": "DELETED"}
    assert found["added"]["nodeDiffs"]["a/db[Deployment]"] == {
        "policyIds": ["a/deny"],
        "outEdges": {},
        "nonIsolatedIngress": False,
        "nonIsolatedEgress": True,
    }


def test_the_format_is_json_with_the_blocks_of_the_address_book() -> None:
    rule = {"to": [{"ipBlock": {"cidr": "203.0.113.7/32"}}]}
    leaving = policy("a/out", {"app": "web"}, policyTypes=["Egress"], egress=[rule])
    found = json.loads(simulate(read(BASE), yaml.safe_dump(leaving), book=book_of(["203.0.113.0/24"])).render("rhacs"))
    assert list(found) == ["simulatedGraph", "policies", "added", "removed", "notes"]
    entities = [one["entity"] for one in found["simulatedGraph"]["nodes"]]
    assert [one["externalSource"]["name"] for one in entities if one["type"] == "EXTERNAL_SOURCE"] == [
        "net 203.0.113.0/24"
    ]
    assert found["added"]["nodeDiffs"][WEB]["outEdges"] == {rhacs_id("203.0.113.0/24"): {"properties": []}}


def test_left_out_policies_are_counted(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(yaml.safe_dump(policy("a/wrong", policyTypes=["Inward"])))
    right = tmp_path / "right.yaml"
    right.write_text(yaml.safe_dump(policy("a/right")))
    found = rhacs_simulation(ClusterChange.of(read(BASE), [wrong, right]))
    assert found["notes"] == ["1 policy left out: the API server refuses them, or nothing defines them."]
    assert "a/wrong" not in statuses(found)
