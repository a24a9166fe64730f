"""Labels of namespaces that no manifest declares are not known, and that is said where a selector asks for them."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, namespace, pod, policy
from workbench.ground import Problem
from workbench.inventory import load_manifests

NAME = "kubernetes.io/metadata.name"
PODS = (pod("prom", namespace="mon"), pod("db", namespace="app"))


def rule(labels: str) -> str:
    peer = f"{{namespaceSelector: {{matchLabels: {{{labels}}}}}}}"
    return policy(f"podSelector: {{}}, ingress: [{{from: [{peer}]}}]", namespace="app")


def told(*documents: str) -> list[Problem]:
    return [problem for problem in compute(*documents).problems_found if problem.code == "undeclared-namespace"]


def test_it_is_said_once_for_a_policy() -> None:
    (problem,) = told(*PODS, rule("team: mon"))
    assert (problem.severity, problem.object) == ("info", "NetworkPolicy app/policy")
    assert "namespaces app, mon are in no manifest" in problem.message
    assert "team=mon" in problem.message


@pytest.mark.parametrize("labels", ["", f"{NAME}: mon", f"{NAME}: other, team: mon"])
def test_the_name_is_known(labels: str) -> None:
    assert not told(*PODS, rule(labels))


def test_a_namespace_s_own_manifest_says_its_labels() -> None:
    (problem,) = told(*PODS, namespace("app"), rule("team: mon"))
    assert "namespace mon is in no manifest" in problem.message
    assert not told(*PODS, namespace("app"), namespace("mon"), rule("team: mon"))


def test_what_a_policy_is_about_may_depend_on_it_too() -> None:
    admin = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: all}
spec: {tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {team: mon}}}}
---"""
    assert [problem.object for problem in told(*PODS, admin)] == ["ClusterNetworkPolicy all"]


def test_what_if_says_it_of_new_policies() -> None:
    base = compute(*PODS)
    assert not base.problems_found
    added = load_manifests(rule("team: mon")).objects.policies
    changed = base.with_policies(add=added)
    assert [problem.code for problem in changed.problems_found] == ["undeclared-namespace"]
    assert not changed.with_policies(remove=[added[0].ref]).problems_found


NOTE = (
    "Namespace mon is in no manifest: NetworkPolicy app/policy is taken not to choose it by namespaceSelector team=mon."
)


def test_an_answer_that_depends_on_it_says_so() -> None:
    found = compute(*PODS, pod("x", namespace="far"), namespace("far"), rule("team: mon"))
    assert NOTE in found.query("prom", "db").notes
    assert not found.query("x", "db").notes
    assert NOTE not in found.query("db", "prom").notes


def test_where_another_policy_allows_it_anyway_nothing_depends_on_it() -> None:
    everyone = policy("podSelector: {}, ingress: [{}]", "everyone", "app")
    found = compute(*PODS, rule("team: mon"), everyone)
    assert found.query("prom", "db").verdict == "allowed"
    assert not found.query("prom", "db").notes


def test_an_answer_that_is_yes_for_want_of_a_label_says_so_too() -> None:
    absent = "{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}"
    found = compute(*PODS, policy(f"podSelector: {{}}, ingress: [{{from: [{absent}]}}]", namespace="app"))
    (note,) = found.query("prom", "db").notes
    assert note.endswith("NetworkPolicy app/policy is taken to choose it by namespaceSelector !team.")


def admin(
    subject: str, tier: str = "Admin", direction: str = "ingress: [{action: Deny, from: [{namespaces: {}}]}]"
) -> str:
    return f"""
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: all}}
spec: {{tier: {tier}, priority: 1, subject: {{{subject}}}, {direction}}}
---"""


TEAM = "namespaces: {matchLabels: {team: mon}}"
ABOUT = (
    "Namespace mon is in no manifest: ClusterNetworkPolicy all is taken not to be about it by namespaceSelector"
    " team=mon."
)


@pytest.mark.parametrize(
    "documents, notes",
    [
        ((admin(TEAM),), [ABOUT]),
        ((admin(TEAM, "Baseline"),), [ABOUT]),
        ((admin(TEAM), namespace("mon")), []),
        ((admin(f"namespaces: {{matchLabels: {{{NAME}: mon}}}}"),), []),
        ((admin("pods: {namespaceSelector: {matchLabels: {team: mon}}, podSelector: {matchLabels: {app: x}}}"),), []),
        ((admin(TEAM, direction="egress: [{action: Deny, to: [{namespaces: {}}]}]"),), []),  # the other direction
        ((admin(TEAM, "Baseline"), policy("podSelector: {}, ingress: [{}]", namespace="mon")), []),  # decided before
        ((admin(TEAM), policy("podSelector: {}, ingress: [{}]", namespace="mon")), [ABOUT]),
    ],
)
def test_an_answer_says_which_policies_may_be_about_an_end(documents: tuple[str, ...], notes: list[str]) -> None:
    found = compute(*PODS, *documents).query("db", "prom").notes
    assert [note for note in found if note.startswith("Namespace mon") and " to be about it " in note] == notes


def test_a_policy_that_is_about_an_end_for_want_of_a_label_is_said_too() -> None:
    absent = "namespaces: {matchExpressions: [{key: team, operator: DoesNotExist}]}"
    (note,) = [one for one in compute(*PODS, admin(absent)).query("db", "prom").notes if "mon is" in one]
    assert note.endswith("ClusterNetworkPolicy all is taken to be about it by namespaceSelector !team.")


@pytest.mark.parametrize("version", ["project.openshift.io/v1", "v1"])
@pytest.mark.parametrize(
    "beside, verdict",
    [("", "allowed"), (namespace("mon", "team: other"), "denied")],  # the namespace itself counts
)
def test_a_project_of_openshift_declares_its_namespace(version: str, beside: str, verdict: str) -> None:
    project = namespace("mon", "team: mon").replace(
        "apiVersion: v1\nkind: Namespace", f"apiVersion: {version}\nkind: Project"
    )
    for documents in ((project, beside), (beside, project)):
        found = compute(*PODS, namespace("app"), *documents, rule("team: mon"))
        assert not told(*PODS, namespace("app"), *documents, rule("team: mon"))
        assert found.query("prom", "db").verdict == verdict
