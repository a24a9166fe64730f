"""A policy that is left out says which workloads that leaves open, and in which directions."""

from __future__ import annotations

from typing import Final

import pytest

from workbench.connectivity import Connectivity, evaluate
from workbench.ground import Problem
from workbench.inventory import Cluster, load_manifests

PODS: Final = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: node-agent, namespace: shop, labels: {app: agent}}
spec: {hostNetwork: true, containers: [{name: c, image: i}]}
"""


def policy(name: str, spec: str, namespace: str = "shop") -> str:
    return f"""
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{spec}}}
"""


def admin(spec: str) -> str:
    return f"""
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: c}}
spec: {{tier: Admin, priority: 1, subject: {{namespaces: {{}}}}, {spec}}}
"""


BAD: Final = "ingress: [{ports: [{port: 0}]}]"


def refusal(*manifests: str) -> Problem:
    """Return the one error of some manifests."""
    problems = load_manifests(PODS + "".join(manifests)).problems_found
    (problem,) = (problem for problem in problems if problem.severity == "error")
    return problem


@pytest.mark.parametrize(
    "spec, others, consequence",
    [
        (
            f"podSelector: {{matchLabels: {{app: db}}}}, {BAD}",
            "",
            "shop/db is open to all ingress, since no other policy selects it",
        ),
        (
            f"podSelector: {{}}, policyTypes: [Ingress, Egress], {BAD}",
            "",
            "shop/db and shop/web are open to all ingress and egress, since no other policy selects them",
        ),
        (
            f"podSelector: {{}}, policyTypes: [Ingress, Egress], {BAD}",
            policy("p", "podSelector: {matchLabels: {app: db}}"),
            "shop/db is open to all egress and shop/web is open to all ingress and egress",
        ),
        (
            f"podSelector: {{matchLabels: {{app: db}}}}, {BAD}",
            policy("p", "podSelector: {}"),
            "so what it allows is not allowed; other policies isolate shop/db",
        ),
        (f"podSelector: {{matchLabels: {{app: gone}}}}, {BAD}", "", "it selects no pods here"),
        (f"podSelector: {{matchLabels: {{app: agent}}}}, {BAD}", "", "it selects no pods here"),
        ("podSelector: {matchLabels: {app: db, tier: 'a b'}}", "", "shop/db is open to all ingress"),
        ("podSelector: {matchExpressions: [{key: app, operator: In}]}", "", "shop/db and shop/web are open"),
        (
            "podSelector: {matchExpressions: [{key: app, operator: In, values: [db, 'a b']}]}",
            "",
            "shop/db and shop/web are open",
        ),
        ("podSelector: {matchLabels: {app: db}}, ingress: none", "", "shop/db is open to all ingress"),
        ("podSelector: [], policyTypes: [Egress]", "", "shop/db and shop/web are open to all egress"),
        (
            f"podSelector: {{matchLabels: {{app: db}}}}, {BAD}",
            admin("ingress: [{action: Deny, from: [{namespaces: {}}]}]"),
            "shop/db is open to all ingress, but for what cluster-wide policies deny",
        ),
    ],
)
def test_it_says_what_is_open(spec: str, others: str, consequence: str) -> None:
    problem = refusal(policy("bad", spec), others)
    assert problem.object == "NetworkPolicy shop/bad"
    assert "; the policy is left out" in problem.message
    assert consequence in problem.message


def test_few_names_stand_for_many() -> None:
    pods = "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}, namespace: big}}\n"
        "spec: {containers: [{name: c, image: i}]}\n"
        for number in range(10, 60)
    )
    problem = refusal(pods, policy("bad", f"podSelector: {{}}, {BAD}", "big"))
    assert "big/p10, big/p11, big/p12 and 47 more are open to all ingress" in problem.message


def test_of_several_errors_one_says_it_in_full() -> None:
    found = load_manifests(PODS + policy("bad", "podSelector: {}, ingress: [{ports: [{port: 0}, {protocol: tcp}]}]"))
    first, second = (problem.message for problem in found.problems_found)
    assert "are open to all ingress" in first
    assert second.endswith("; the policy is left out")


@pytest.mark.parametrize(
    "spec, consequence",
    [
        ("ingress: [{action: Deny, from: [{}]}]", "the ingress that it denies is open for shop/db and shop/web"),
        ("ingress: [{action: Accept, from: [{}]}]", "its rules do not apply to shop/db and shop/web"),
    ],
)
def test_of_a_cluster_wide_policy_it_says_what_is_no_longer_denied(spec: str, consequence: str) -> None:
    assert consequence in refusal(admin(spec)).message


@pytest.mark.parametrize(
    "kind, group, namespace, severity, about",
    [
        ("CiliumNetworkPolicy", "cilium.io/v2", "shop", "warning", "answers about shop/db and shop/web may differ"),
        ("CiliumNetworkPolicy", "cilium.io/v2", "other", "info", "it selects no pods here"),
        ("GlobalNetworkPolicy", "projectcalico.org/v3", "", "warning", "answers about shop/db and shop/web may differ"),
    ],
)
def test_of_a_kind_that_is_not_evaluated_it_says_which_answers_may_differ(
    kind: str, group: str, namespace: str, severity: str, about: str
) -> None:
    written = f"---\napiVersion: {group}\nkind: {kind}\nmetadata: {{name: p, namespace: '{namespace}'}}\n"
    (problem,) = load_manifests(PODS + written).problems_found
    assert (problem.severity, problem.code) == (severity, "policy-not-evaluated")
    assert about in problem.message


def test_a_policy_that_nothing_defines_is_a_warning_about_these_answers() -> None:
    found = load_manifests(PODS + admin("egress: [{action: Deny, to: [{domainNames: [a.example]}]}]"))
    problem = next(problem for problem in found.problems_found if problem.code == "policy-not-evaluated")
    assert problem.severity == "warning"
    assert "answers about shop/db and shop/web may differ" in problem.message
    assert found.objects.policies == ()
    assert [left.in_force for left in found.objects.left_out] == [True]


def test_what_the_api_server_refuses_does_not_take_the_place_of_what_is_there() -> None:
    good = policy("p", "podSelector: {matchLabels: {app: db}}")
    found = load_manifests(PODS + good + good.replace("matchLabels", "matchLables"))
    assert [one.name for one in found.objects.policies] == ["p"]
    assert found.objects.left_out == ()


@pytest.mark.parametrize("kind", ["Networkpolicy", "NetworkPolicies", "NetworPolicy"])
def test_a_slip_in_the_kind_leaves_the_policy_out_with_what_that_leaves_open(kind: str) -> None:
    problem = refusal(
        policy("p", "podSelector: {matchLabels: {app: db}}").replace("kind: NetworkPolicy", f"kind: {kind}")
    )
    assert (problem.code, problem.field, problem.remedy) == ("unknown-kind", "kind", "is NetworkPolicy meant?")
    assert "so shop/db is open to all ingress, since no other policy selects it" in problem.message


def test_a_slip_in_the_kind_of_a_cluster_wide_policy_is_an_error_too() -> None:
    written = admin("ingress: [{action: Deny, from: [{namespaces: {}}]}]")
    problem = refusal(written.replace("ClusterNetworkPolicy", "ClusterNetworkPolcy"))
    assert problem.remedy == "is ClusterNetworkPolicy meant?"
    assert "the ingress that it denies is open for shop/db and shop/web" in problem.message


SLIP: Final = policy("bad", f"podSelector: {{matchLabels: {{app: db}}}}, {BAD}")
OPEN: Final = "shop/db is open to all ingress"
KEPT: Final = "so what it allows is not allowed; other policies isolate shop/db"


@pytest.mark.parametrize("as_map", [False, True])
class TestOtherPolicies:
    """What follows from leaving a policy out is said of the policies that are there when it is asked."""

    def messages(self, found: Cluster | Connectivity) -> list[str]:
        return [problem.message for problem in found.problems_found if problem.object == "NetworkPolicy shop/bad"]

    def given(self, text: str, as_map: bool) -> Cluster | Connectivity:  # noqa: FBT001  (a parameter of the test)
        cluster = load_manifests(PODS + text)
        return evaluate(cluster) if as_map else cluster

    def test_a_policy_that_is_added_closes_what_was_open(self, as_map: bool) -> None:  # noqa: FBT001
        before = self.given(SLIP, as_map)
        after = before.with_policies(add=load_manifests(policy("p", "podSelector: {}")))
        assert [OPEN in message for message in self.messages(before)] == [True]
        assert [KEPT in message for message in self.messages(after)] == [True]
        assert [OPEN in message for message in self.messages(before)] == [True], "the first one stays as it was"

    def test_a_policy_that_is_removed_opens_it(self, as_map: bool) -> None:  # noqa: FBT001
        before = self.given(SLIP + policy("p", "podSelector: {}"), as_map)
        after = before.with_policies(remove="NetworkPolicy shop/p")
        assert [KEPT in message for message in self.messages(before)] == [True]
        assert [OPEN in message for message in self.messages(after)] == [True]
        again = after.with_policies(add=load_manifests(policy("p", "podSelector: {}")))
        assert self.messages(again) == self.messages(before)

    def test_a_policy_that_is_put_right_or_removed_is_left_out_no_more(self, as_map: bool) -> None:  # noqa: FBT001
        before = self.given(SLIP, as_map)
        right = load_manifests(policy("bad", "podSelector: {matchLabels: {app: db}}"))
        assert self.messages(before.with_policies(add=right)) == []
        assert self.messages(before.with_policies(remove="NetworkPolicy shop/bad")) == []

    def test_one_that_is_added_says_what_follows_here(self, as_map: bool) -> None:  # noqa: FBT001
        added = load_manifests(SLIP)
        assert ["it selects no pods here" in message for message in self.messages(added)] == [True]
        assert [OPEN in message for message in self.messages(self.given("", as_map).with_policies(add=added))] == [True]

    def test_other_problems_stay(self, as_map: bool) -> None:  # noqa: FBT001
        before = self.given(SLIP + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: broken}\nspec: 7\n", as_map)
        after = before.with_policies(remove="NetworkPolicy shop/bad")
        assert {problem.object for problem in after.problems_found} == {"Pod broken"}


def test_where_unknown_fields_are_ignored_the_policies_without_them_count() -> None:
    slip = policy("slip", "podSelector: {matchLabels: {app: db}}, ingres: []")
    cluster = load_manifests(PODS + SLIP + slip)
    refused, ignored = (
        [one.message for one in cluster.problems_as_read(how) if one.object == "NetworkPolicy shop/bad"]
        for how in ("refuse", "ignore")
    )
    assert (OPEN in refused[0], KEPT in ignored[0]) == (True, True)


CILIUM: Final = """
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: shop}
spec: {endpointSelector: {}}
"""


def test_what_is_not_evaluated_is_so_in_later_maps() -> None:
    conn = evaluate(load_manifests(PODS))
    with_it = conn.with_policies(add=load_manifests(CILIUM))
    assert [left.ref for left in with_it.unevaluated] == ["CiliumNetworkPolicy shop/p"]
    assert "is not evaluated" in with_it.query("shop/web", "shop/db").notes[-1]
    assert with_it.with_policies(remove="CiliumNetworkPolicy shop/p").unevaluated == ()
    assert conn.unevaluated == ()
