"""What a change can be, and what becomes of each policy (what-if 1)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.generate.town import cluster_of, namespace, pod, policy, proposed, workload
from workbench.ground import ArgumentError, MissingFileError, NotFoundError
from workbench.inventory import Cluster, load_manifests
from workbench.whatif import ClusterChange, PolicyStatus, simulate

WEB, DB = workload("shop/web", "10.0.0.1"), workload("shop/db", "10.0.0.2")
DENY = policy("shop/deny")
ONLY_WEB = policy("shop/db", {"app": "db"}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}])


@pytest.fixture
def shop() -> Cluster:
    return cluster_of(namespace("shop"), WEB, DB, DENY, ONLY_WEB)


def statuses(change: ClusterChange) -> dict[str, str]:
    return {one.ref.rpartition("/")[2]: one.status.value for one in change.policies}


def test_a_text_adds_policies_and_takes_the_place_of_those_of_its_names(shop: Cluster) -> None:
    text = yaml.safe_dump_all([policy("shop/db", {"app": "db"}), policy("shop/new")])
    assert statuses(ClusterChange.of(shop, text)) == {"deny": "unchanged", "db": "modified", "new": "added"}


def test_a_policy_that_says_the_same_is_unchanged_wherever_it_stands(shop: Cluster, tmp_path: Path) -> None:
    same = {**ONLY_WEB, "spec": {**ONLY_WEB["spec"]}, "metadata": {**ONLY_WEB["metadata"], "labels": {"a": "b"}}}
    (tmp_path / "same.yaml").write_text("\n\n" + yaml.safe_dump(same))
    change = ClusterChange.of(shop, tmp_path / "same.yaml")
    assert (statuses(change)["db"], change.changed) == ("unchanged", ())
    assert simulate(shop, change).verdict == "nothing changes"


def test_policies_are_deleted_by_reference(shop: Cluster) -> None:
    assert statuses(ClusterChange.of(shop, remove="NetworkPolicy shop/db")) == {"deny": "unchanged", "db": "deleted"}
    with pytest.raises(NotFoundError, match="NetworkPolicy shop/db"):
        ClusterChange.of(shop, remove="db")


def test_what_is_deleted_and_given_stays_as_it_is_given(shop: Cluster) -> None:
    text = yaml.safe_dump(policy("shop/db", {"app": "db"}))
    assert statuses(ClusterChange.of(shop, text, remove="NetworkPolicy shop/db"))["db"] == "modified"


def test_a_proposal_comes_with_what_it_replaces(shop: Cluster) -> None:
    proposal = proposed(shop, strategy="recipe", name="default-deny")
    change = ClusterChange.of(shop, proposal)
    assert {one.ref for one in change.changed if one.after is not None} == {one.ref for one in proposal.policies}
    assert {one.ref for one in change.policies if one.status is PolicyStatus.DELETED} <= set(proposal.replaces)


def test_a_whole_cluster_may_have_other_workloads(shop: Cluster) -> None:
    more = cluster_of(namespace("shop"), WEB, DB, workload("shop/cache"), DENY)
    found = simulate(shop, more)
    assert statuses(found.change) == {"deny": "unchanged", "db": "deleted"}
    assert [peer.workload for peer in found.difference.added_workloads] == ["cache"]


def test_a_policy_without_a_namespace_is_one_of_the_namespace_that_is_asked_for(shop: Cluster) -> None:
    nameless = {**DENY, "metadata": {"name": "new"}}
    refs = {one.ref for one in ClusterChange.of(shop, yaml.safe_dump(nameless), namespace="shop").changed}
    assert refs == {"NetworkPolicy shop/new"}
    assert {one.ref for one in ClusterChange.of(shop, yaml.safe_dump(nameless)).changed} == {
        "NetworkPolicy default/new"
    }


def test_other_objects_change_nothing_and_are_counted(shop: Cluster) -> None:
    change = ClusterChange.of(shop, yaml.safe_dump_all([policy("shop/new"), pod("shop/other"), namespace("elsewhere")]))
    assert [(one.code, one.message) for one in change.said if one.code == "change-not-policies"] == [
        ("change-not-policies", "2 objects of the change are no policies, and nothing changes by that")
    ]
    assert len(change.after.objects.workloads) == len(shop.objects.workloads)


@pytest.mark.parametrize(
    "given, error",
    [
        ("kind: Pod\napiVersion: v1\nmetadata: {name: p}\n", ArgumentError),
        ("[not: yaml\n", ArgumentError),
        ("nowhere.yaml", MissingFileError),
        (7, TypeError),
        ([7], TypeError),
    ],
)
def test_what_is_no_change_is_refused(shop: Cluster, given: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        ClusterChange.of(shop, given)  # type: ignore[arg-type]


def test_a_policy_that_the_api_server_refuses_takes_no_place_and_says_where_it_is_wrong(shop: Cluster) -> None:
    text = yaml.safe_dump({**ONLY_WEB, "spec": {"podSelector": {}, "policyTypes": ["Ingres"]}})
    found = simulate(shop, text)
    assert not found.difference
    assert [(one.file, one.line is not None) for one in found.change.said if one.severity == "error"] == [
        ("<text>", True)
    ]


def test_the_reverse_takes_a_change_back(shop: Cluster) -> None:
    change = ClusterChange.of(
        shop, yaml.safe_dump_all([policy("shop/db"), policy("shop/new")]), remove="NetworkPolicy shop/deny"
    )
    back = change.reverse
    assert back.cluster is change.after
    assert statuses(back) == {"deny": "added", "db": "modified", "new": "deleted"}
    assert not simulate(back.after, shop).change.changed
    whole = ClusterChange.of(shop, load_manifests(yaml.safe_dump_all([namespace("shop"), *WEB])))
    assert whole.reverse.after is shop
