"""Assertions hold where policies do what is asserted; else their errors say who decides, where, and what to do."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.baseline.seen import Seen, flows, policy, shop
from tests.connectivity.clusters import Json, any_clusters
from tests.connectivity.manifests import compute, namespace, pod
from tests.connectivity.manifests import policy as network_policy
from tests.connectivity.test_engine_against_naive import compute as computed
from tests.whatif.shop import MANIFESTS, written
from workbench.connectivity import Connectivity, Semantics, evaluate
from workbench.ground import ArgumentError
from workbench.inventory import Cluster, load_manifests
from workbench.manifests import yaml_text
from workbench.whatif import (
    ClusterChange,
    PolicyAssertionError,
    assert_allowed,
    assert_denied,
    assert_flows_survive,
    assert_isolated,
    assert_no_change,
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    return load_manifests(written(tmp_path_factory.mktemp("shop")))


@pytest.fixture(scope="module")
def allowed(cluster: Cluster) -> Connectivity:
    return evaluate(cluster)


# --- connections --------------------------------------------------------------------------------------------------


def test_what_is_allowed_is_asserted_of_a_cluster_and_of_its_connectivity(
    cluster: Cluster, allowed: Connectivity
) -> None:
    for given_as in (cluster, allowed):
        assert_allowed(given_as, "shop/web", "shop/db", 5432)
        assert_allowed(given_as, "shop/web", "shop/db", "5432", "tcp")
        assert_denied(given_as, "shop/web", "shop/db", 5433)
        assert_denied(given_as, "shop/web", "shop/db", 5432, "UDP")
        assert_denied(given_as, "shop/web", "shop/db", "80,5000-5431")
        assert_allowed(given_as, "shop/job", "edge/gateway")
        assert_denied(given_as, "shop/job", "shop/db")


def test_what_is_denied_says_which_policy_denies_it_and_where(allowed: Connectivity) -> None:
    with pytest.raises(PolicyAssertionError) as found:
        assert_allowed(allowed, "shop/job", "shop/db", 5432)
    (failure,) = found.value.failures
    assert failure.message == "shop/job -> shop/db : TCP 5432 is denied, and is to be allowed"
    assert "Ingress of shop/db[Pod]: denied" in failure.evidence
    (place,) = failure.places
    assert (place.policy, Path(place.file).name) == ("NetworkPolicy shop/db", "shop.yaml")
    assert Path(place.file).read_text().splitlines()[(place.line or 0) - 1].startswith("apiVersion: networking")
    assert str(place) in str(found.value)
    assert "allow it for the ingress of shop/db[Pod] in NetworkPolicy shop/db or a policy beside it" in failure.remedy


def test_what_is_allowed_says_which_rule_allows_it_and_where(allowed: Connectivity) -> None:
    with pytest.raises(PolicyAssertionError) as found:
        assert_denied(allowed, "shop/web", "shop/db", 5432)
    (failure,) = found.value.failures
    assert "NetworkPolicy shop/db allows TCP 5432 by spec.ingress[0]" in str(found.value)
    assert failure.remedy == "narrow what is allowed by NetworkPolicy shop/db, or change what is expected"


def test_what_no_policy_is_about_says_so(allowed: Connectivity) -> None:
    with pytest.raises(PolicyAssertionError, match="no policy is about it: add one that isolates the egress of"):
        assert_denied(allowed, "shop/job", "edge/gateway")


def test_what_is_allowed_in_part_is_neither_allowed_nor_denied(allowed: Connectivity) -> None:
    for claim in (assert_allowed, assert_denied):
        with pytest.raises(PolicyAssertionError, match="is allowed in part") as found:
            claim(allowed, "shop/web", "shop/db")
        assert "but only on TCP 5432" in str(found.value)


def test_all_failures_are_in_one_error(allowed: Connectivity) -> None:
    with pytest.raises(PolicyAssertionError) as found:
        assert_allowed(allowed, ["shop/job", "edge/gateway", "shop/web"], ["shop/db", "shop/web"], 5432)
    messages = [one.message.partition(" is ")[0] for one in found.value.failures]
    assert messages == [
        "shop/job -> shop/db : TCP 5432",
        "shop/job -> shop/web : TCP 5432",
        "edge/gateway -> shop/db : TCP 5432",
        "edge/gateway -> shop/web : TCP 5432",
    ]
    assert str(found.value).startswith("6 connections are to be allowed, and in ")


@pytest.mark.parametrize("pattern", ["shop/*", "*/db", "*", "s*p/d*", "db*", "*/*[Pod]"])
def test_a_pattern_chooses_workloads_by_namespace_and_name(allowed: Connectivity, pattern: str) -> None:
    with pytest.raises(PolicyAssertionError, match=r"edge/gateway -> shop/db\[Pod\] : TCP 5432 is denied"):
        assert_allowed(allowed, "edge/gateway", pattern, 5432)


def test_a_pattern_stays_within_the_namespace_that_it_names(allowed: Connectivity) -> None:
    assert_denied(allowed, "edge/*", "shop/db", 5432)
    assert_allowed(allowed, "shop/j*", "edge/*")
    with pytest.raises(PolicyAssertionError, match="no workload is called sho"):
        assert_allowed(allowed, "edge/gateway", "sho*p*/db*/x")


def test_a_workload_that_a_pattern_chooses_is_not_paired_with_itself(allowed: Connectivity) -> None:
    assert_denied(allowed, ["*/db", "*/job"], "*/db")
    assert_denied(allowed, "*", "shop/db", 80)
    assert_denied(allowed, ["shop/db", "shop/job"], "*/db", 80)
    with pytest.raises(PolicyAssertionError, match="a pod always reaches itself"):
        assert_denied(allowed, "shop/db", "shop/db")


@pytest.mark.parametrize("claim", [assert_allowed, assert_denied])
def test_a_name_that_means_nothing_fails_whatever_is_asserted(claim: object, allowed: Connectivity) -> None:
    assert callable(claim)
    for names in (("shop/wbe", "shop/db"), ("shop/web", "shop/nothing*"), ("shop/web", ["shop/d", "shop/d"])):
        with pytest.raises(PolicyAssertionError) as found:
            claim(allowed, *names)
        assert [one.answered for one in found.value.failures] == [False]
        assert "to do: write a name" in str(found.value)


def test_a_port_or_protocol_that_is_none_is_an_error_of_the_test_and_no_failure(allowed: Connectivity) -> None:
    for port, protocol in ((70_000, "TCP"), ("http", "TCP"), (80, "ICMP"), (True, "TCP")):
        with pytest.raises(ArgumentError):
            assert_denied(allowed, "shop/web", "shop/db", port, protocol)


def test_of_many_failures_the_first_have_evidence_and_the_others_are_listed_then_counted() -> None:
    many = compute(*(pod(f"p{number:03}", "many") for number in range(150)))
    with pytest.raises(PolicyAssertionError) as found:
        assert_denied(many, "many/p000", "many/*", 80)
    assert len(found.value.failures) == 149
    text = str(found.value)
    assert text.count("to do: ") == 10
    assert text.count(" is allowed, and is to be denied") == 100
    assert text.endswith("… and 49 more")


def test_an_error_survives_the_way_from_one_process_to_another(allowed: Connectivity) -> None:
    with pytest.raises(PolicyAssertionError) as found:
        assert_denied(allowed, "shop/web", "shop/db", 5432)
    again = pickle.loads(pickle.dumps(found.value))  # noqa: S301  (what was dumped just now)
    assert (str(again), again.failures) == (str(found.value), found.value.failures)


def holds(claim: object, *asked: object) -> bool:
    """Tell whether an assertion holds."""
    assert callable(claim)
    try:
        claim(*asked)
    except PolicyAssertionError:
        return False
    return True


@settings(max_examples=20)
@given(any_clusters(), st.sampled_from((None, 53, 80, 81)), st.sampled_from(("TCP", "UDP")))
def test_an_assertion_of_what_is_answered_holds_and_its_opposite_fails(
    manifests: list[Json], port: int | None, protocol: str
) -> None:
    found = computed(manifests, Semantics())
    names = [peer.name for peer in found.workloads_named()][:4]
    for src in names:
        for dst in (*names, "10.1.2.3"):
            verdict = found.query(src, dst, port, protocol).verdict
            said = {claim: holds(claim, found, src, dst, port, protocol) for claim in (assert_allowed, assert_denied)}
            assert said == {assert_allowed: verdict == "allowed", assert_denied: verdict == "denied"}


# --- isolation ----------------------------------------------------------------------------------------------------


def test_a_workload_that_a_policy_isolates_is_isolated(allowed: Connectivity) -> None:
    assert_isolated(allowed, "shop/db")
    assert_isolated(allowed, ["shop/db", "shop/web"], "ingress")


def test_who_is_not_isolated_is_named_with_the_policies_about_the_other_direction(allowed: Connectivity) -> None:
    with pytest.raises(PolicyAssertionError) as found:
        assert_isolated(allowed, "shop/*")
    assert [one.message for one in found.value.failures] == [
        "shop/job[Pod] is not isolated for ingress",
        "shop/job[Pod] is not isolated for egress",
        "shop/web[Pod] is not isolated for egress",
    ]
    assert found.value.failures[2].evidence == (
        "no policy is about its egress, so everything is allowed",
        "NetworkPolicy shop/web selects it, and is not about egress",
    )
    assert "with Egress among its policyTypes" in found.value.failures[2].remedy


ADMIN = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: admin}}
spec:
  tier: {tier}
  priority: 5
  subject: {{namespaces: {{}}}}
  egress:
  - {{action: Deny, to: [{{namespaces: {{}}}}, {{networks: [0.0.0.0/0, "::/0"]}}]{ports}}}
---"""


@pytest.mark.parametrize("tier", ["Admin", "Baseline"])
def test_an_admin_policy_isolates_only_where_its_rules_leave_nothing_open(tier: str) -> None:
    pods = (namespace("shop"), pod("web", "shop"), pod("db", "shop"))
    closed = compute(*pods, ADMIN.format(tier=tier, ports=""))
    assert_isolated(closed, "shop/*", "egress")
    some = compute(*pods, ADMIN.format(tier=tier, ports=", protocols: [{tcp: {destinationPort: {number: 53}}}]"))
    with pytest.raises(PolicyAssertionError, match=r"no rule allows shop/web\[Pod\] -> shop/db\[Pod\] : SCTP") as found:
        assert_isolated(some, "shop/web", "egress")
    assert "ClusterNetworkPolicy admin leaves open what its rules are not about" in str(found.value)


def test_isolation_of_no_workload_and_in_no_direction_is_not_asserted(allowed: Connectivity) -> None:
    with pytest.raises(PolicyAssertionError, match="no workload is called shop/nothing"):
        assert_isolated(allowed, "shop/nothing")
    with pytest.raises(ArgumentError, match="write 'ingress' or 'egress'"):
        assert_isolated(allowed, "shop/db", "sideways")  # type: ignore[arg-type]


# --- changes ------------------------------------------------------------------------------------------------------


NO_EGRESS = network_policy("podSelector: {}, policyTypes: [Egress]", "no-egress", "shop")


def test_a_policy_that_changes_nothing_is_no_change(cluster: Cluster) -> None:
    again = network_policy("podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]", "again", "shop")
    assert_no_change(cluster, ClusterChange.of(cluster, again).after)


def test_what_a_change_opens_and_closes_is_said_with_who_decides_afterwards(cluster: Cluster) -> None:
    with pytest.raises(PolicyAssertionError) as found:
        assert_no_change(cluster, cluster.with_policies(remove="NetworkPolicy shop/web"))
    messages = {one.message for one in found.value.failures}
    assert "edge/gateway[Pod] -> shop/web[Pod]: the change opens SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535" in messages
    assert "no policy selects it for ingress, so everything is allowed" in str(found.value)
    with pytest.raises(PolicyAssertionError, match=r"shop/web\[Pod\] -> shop/db\[Pod\]: the change closes TCP 5432"):
        assert_no_change(cluster, ClusterChange.of(cluster, NO_EGRESS).after)


def test_policies_that_differ_and_are_not_evaluated_leave_it_open_whether_anything_changes(cluster: Cluster) -> None:
    calico = """
apiVersion: crd.projectcalico.org/v1
kind: NetworkPolicy
metadata: {name: calico, namespace: shop}
spec: {selector: all(), types: [Ingress]}
"""
    other = load_manifests(f"{MANIFESTS}{calico}")
    with pytest.raises(PolicyAssertionError) as found:
        assert_no_change(cluster, other)
    assert [one.answered for one in found.value.failures] == [False]


# --- flows --------------------------------------------------------------------------------------------------------

OUTSIDE = "203.0.113.7"


def test_a_change_that_cuts_no_flow_lets_them_survive(tmp_path: Path) -> None:
    seen = flows(tmp_path, Seen("web", "api", 80))
    assert_flows_survive(shop(), written_policy(tmp_path, "api", 80), seen)


def test_a_flow_that_is_cut_has_its_count_its_times_and_the_policy(tmp_path: Path) -> None:
    seen = flows(tmp_path, Seen("web", "api", 80), Seen("web", "db", 5432, 1), Seen("web", "db", 5432, 3))
    path = written_policy(tmp_path, "db", 80)
    with pytest.raises(PolicyAssertionError) as found:
        assert_flows_survive(shop(), path, seen)
    (failure,) = found.value.failures
    assert failure.message == (
        "shop/web[StatefulSet] -> shop/db[StatefulSet] : TCP 5432: 2 flows would be cut, "
        "seen from 2026-11-17 01:00:00 to 2026-11-17 03:00:00 UTC"
    )
    assert [(one.policy, one.file) for one in failure.places] == [("NetworkPolicy shop/only", str(path))]
    assert str(found.value).startswith("3 flows are to survive the change:")


def test_what_is_uncertain_fails_only_where_that_is_wanted(tmp_path: Path) -> None:
    cluster = shop(without=("db",))
    seen = flows(tmp_path, Seen("db", "api", 80), cluster=cluster)
    path = written_policy(tmp_path, "api", 81)
    assert_flows_survive(cluster, path, seen)
    with pytest.raises(PolicyAssertionError, match="1 flow may be cut") as found:
        assert_flows_survive(cluster, path, seen, uncertain="fail")
    assert "not certain: an end is none that is known" in str(found.value)
    with pytest.raises(ArgumentError, match="write 'pass' or 'fail'"):
        assert_flows_survive(cluster, path, seen, uncertain="maybe")  # type: ignore[arg-type]


def test_a_recording_without_flows_shows_nothing(tmp_path: Path) -> None:
    seen = flows(tmp_path, Seen("web", "api", 80)).between("2030-01-01", None)
    with pytest.raises(PolicyAssertionError, match="no flow was seen, so nothing is shown"):
        assert_flows_survive(shop(), written_policy(tmp_path, "api", 80), seen)


def written_policy(folder: Path, app: str, port: int) -> Path:
    """Return a file with a policy that admits one port to an application."""
    path = folder / "policy.yaml"
    path.write_text(yaml_text([policy("only", app, port=port)]))
    return path
