"""In which order a change is made, so that no step on the way cuts what is to stay (what-if 8)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.examples import examples
from tests.generate.town import cluster_of, namespace, policy, workload
from workbench.connectivity import evaluate
from workbench.ground import ArgumentError
from workbench.inventory import Cluster, load_manifests
from workbench.whatif import RolloutOrder, rollout_order
from workbench.whatif.edges import Edge
from workbench.whatif.ordering import EXACT

Json = dict[str, Any]
WEB, DB, CACHE = (workload(f"shop/{name}", f"10.0.0.{number}") for number, name in enumerate(("web", "db", "cache"), 1))
SHOP = cluster_of(namespace("shop"), WEB, DB, CACHE)
TO_DB: Edge = ("shop/web", "shop/db", 5432, "TCP")
FROM_CACHE: Edge = ("shop/cache", "shop/db", 5432, "TCP")


def admitting(name: str, caller: str) -> Json:
    peer = {"podSelector": {"matchLabels": {"app": caller}}}
    return policy(f"shop/{name}", {"app": "db"}, ingress=[{"from": [peer], "ports": [{"port": 5432}]}])


def steps(found: RolloutOrder) -> list[tuple[str, str, bool]]:
    return [(one.action, one.policy.rpartition("/")[2], one.temporary) for one in found.steps]


def states(cluster: Cluster, found: RolloutOrder) -> list[Cluster]:
    """Return the cluster after each step, computed anew."""
    reached = [cluster]
    for one in found.steps:
        last = reached[-1]
        added = () if one.document is None else one.document
        reached.append(last.with_policies(added, remove=one.policy if one.action == "delete" else ()))
    return reached


def check_every_step(cluster: Cluster, found: RolloutOrder) -> None:
    for state in states(cluster, found):
        conn = evaluate(state)
        for src, dst, port, protocol in found.protected:
            assert conn.query(src, dst, port, protocol).allowed, (state, src, dst, port)


def test_what_admits_comes_before_what_denies() -> None:
    change = yaml.safe_dump_all([policy("shop/deny"), admitting("from-web", "web")])
    found = rollout_order(SHOP, change, protected=[TO_DB])
    assert steps(found) == [("apply", "from-web", False), ("apply", "deny", False)]
    check_every_step(SHOP, found)


def test_a_later_step_that_would_cut_something_waits_for_what_admits_it() -> None:
    harmless = policy("shop/a-first", {"app": "web"}, ingress=[{}])
    both = policy("shop/c-last", {"app": "db"}, ingress=[{"ports": [{"port": 5432}]}])
    found = rollout_order(
        SHOP, yaml.safe_dump_all([harmless, admitting("b-web", "web"), both]), protected=[TO_DB, FROM_CACHE]
    )
    assert [name for _, name, _ in steps(found)] == ["a-first", "c-last", "b-web"]
    check_every_step(SHOP, found)


def test_where_every_order_cuts_something_there_are_temporary_policies() -> None:
    change = yaml.safe_dump_all([admitting("from-web", "web"), admitting("from-cache", "cache")])
    found = rollout_order(SHOP, change, protected=[TO_DB, FROM_CACHE])
    assert [one[2] for one in steps(found)] == [True, False, False, True]
    assert set(found.blocked_by) == {TO_DB, FROM_CACHE}
    check_every_step(SHOP, found)
    (temporary,) = found.temporary
    assert (temporary.isolates, len(temporary.rules)) == (frozenset({"ingress"}), 1)
    assert {one.ref for one in states(SHOP, found)[-1].objects.policies} == {
        "NetworkPolicy shop/from-web",
        "NetworkPolicy shop/from-cache",
    }


def test_temporary_policies_take_the_place_of_none_and_open_no_other_workload() -> None:
    there = policy("shop/temporary-db-statefulset", {"app": "cache"}, ingress=[{}])
    cluster = SHOP.with_policies(load_manifests(yaml.safe_dump(there)))
    change = yaml.safe_dump_all([admitting("from-web", "web"), admitting("from-cache", "cache")])
    found = rollout_order(cluster, change, protected=[TO_DB, FROM_CACHE])
    assert [one.ref for one in found.temporary] == ["NetworkPolicy shop/temporary-db-statefulset-2"]
    check_every_step(cluster, found)
    assert "NetworkPolicy shop/temporary-db-statefulset" in {
        one.ref for one in states(cluster, found)[-1].objects.policies
    }
    # Labels that others have, too, would open those as well: there is no order then.
    twins = [workload(f"shop/{name}", labels={"tier": "data"}) for name in ("db", "archive")]
    closed = policy("shop/archive", {"tier": "data"}, policyTypes=["Egress"])
    alike = cluster_of(namespace("shop"), WEB, CACHE, *twins, closed)
    both = [
        policy(f"shop/{name}", {"tier": "data"}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": name}}}]}])
        for name in ("web", "cache")
    ]
    blocked = rollout_order(alike, yaml.safe_dump_all(both), protected=[TO_DB, FROM_CACHE])
    assert (blocked.steps, set(blocked.blocked_by)) == ((), {TO_DB, FROM_CACHE})


def test_policies_that_exchange_what_they_admit_have_copies_meanwhile() -> None:
    cluster = SHOP.with_policies(load_manifests(yaml.safe_dump_all([admitting("a", "web"), admitting("b", "cache")])))
    change = yaml.safe_dump_all([admitting("a", "cache"), admitting("b", "web")])
    found = rollout_order(cluster, change, protected=[TO_DB, FROM_CACHE])
    assert steps(found)[0] == ("apply", "temporary-a", True)
    check_every_step(cluster, found)


def test_a_policy_is_deleted_when_another_admits_the_same() -> None:
    cluster = SHOP.with_policies(load_manifests(yaml.safe_dump_all([policy("shop/deny"), admitting("old", "web")])))
    found = rollout_order(
        cluster, yaml.safe_dump(admitting("new", "web")), protected=[TO_DB], remove="NetworkPolicy shop/old"
    )
    assert steps(found) == [("apply", "new", False), ("delete", "old", False)]


def test_the_steps_are_files_that_sort_in_their_order() -> None:
    cluster = SHOP.with_policies(load_manifests(yaml.safe_dump(admitting("old", "web"))))
    change = yaml.safe_dump(admitting("new", "web"))
    files = rollout_order(cluster, change, protected=[TO_DB], remove="NetworkPolicy shop/old").to_files()
    assert list(files) == sorted(files) == ["1-apply-shop-new.yaml", "2-delete-shop-old.sh"]
    assert files["2-delete-shop-old.sh"] == "kubectl -n shop delete networkpolicy old\n"


def test_what_is_not_allowed_on_both_sides_cannot_be_kept() -> None:
    with pytest.raises(ArgumentError, match="is not allowed after"):
        rollout_order(SHOP, yaml.safe_dump(policy("shop/deny")), protected=[TO_DB])
    with pytest.raises(ArgumentError, match="no flow and no edge"):
        rollout_order(SHOP, yaml.safe_dump(policy("shop/deny")))


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), st.data())
def test_every_prefix_of_an_order_keeps_what_is_protected(manifests: list[Json], data: st.DataObject) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    policies = list(cluster.objects.policies)
    there = data.draw(st.sets(st.sampled_from(policies), max_size=4)) if policies else set()
    first = cluster.with_policies(remove=[one.ref for one in policies if one not in there])
    added = [one for one in policies if one not in there][:EXACT]
    removed = [one.ref for one in there if data.draw(st.booleans())]
    before, after = evaluate(first), evaluate(first.with_policies(added, remove=removed))
    names = [peer.name for peer in before.workloads_named()]
    edges = [(src, dst, port, "TCP") for src in names for dst in names if src != dst for port in (80, 443)]
    sides = zip(edges, before.verdicts(edges), after.verdicts(edges), strict=True)
    protected = [edge for edge, was, now in sides if was.verdict == now.verdict == "allowed"]
    if not protected:
        return
    found = rollout_order(first, added, protected=protected, remove=removed)
    if found.steps:
        check_every_step(first, found)
        last = states(first, found)[-1]
        assert {one.ref for one in last.objects.policies} == {one.ref for one in after.cluster.objects.policies}
    else:
        assert found.blocked_by or not found.change.changed
