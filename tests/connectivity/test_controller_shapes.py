"""Selectors on labels that controllers add: known ones choose, ordinals become ends, unknown ones give both answers."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, lines, pod, policy
from workbench.connectivity import Connectivity, Semantics, sanity
from workbench.inventory import load_manifests

POD_NAME = "statefulset.kubernetes.io/pod-name"
JOB_NAME = "batch.kubernetes.io/job-name"
SPEC = "spec: {containers: [{name: c, ports: [{containerPort: 5432}]}]}"


def templated(group: str, kind: str, name: str, more: str = "", labels: str = "app: db") -> str:
    template = f"template: {{metadata: {{labels: {{{labels}}}}}, {SPEC}}}"
    inner = f"jobTemplate: {{spec: {{{more}{template}}}}}" if kind == "CronJob" else f"{more}{template}"
    head = f"apiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: default}}"
    return f"\n{head}\nspec: {{{inner}}}\n---"


DB = templated("apps", "StatefulSet", "db", "replicas: 3, ")
JOB = templated("batch", "Job", "migrate", labels="app: job")
X = pod("x")


def isolating(labels: str, name: str = "policy", namespace: str = "default") -> str:
    return policy(f"podSelector: {labels}, ingress: []", name, namespace)


def names(found: Connectivity) -> list[str]:
    return [peer.name for peer in found.workloads_named()]


def codes(found: Connectivity) -> list[str]:
    return [problem.code for problem in found.problems_found]


@pytest.mark.parametrize("key", ["job-name", JOB_NAME])
def test_a_job_s_pods_are_chosen_by_its_name(key: str) -> None:
    peer = f"{{podSelector: {{matchLabels: {{{key}: %s}}}}}}"
    rule = f"podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: [{peer}]}}]"
    found = compute(DB, JOB, X, policy(rule % "migrate"))
    assert found.query("migrate", "db").allowed
    assert not found.query("x", "db").connection
    assert codes(found) == []
    assert not compute(DB, JOB, policy(rule % "other")).query("migrate", "db").connection
    assert (
        not compute(DB, JOB, policy(rule % "migrate"), semantics=Semantics(controller_labels=False))
        .query("migrate", "db")
        .connection
    )


def test_an_ordinal_that_a_selector_names_is_an_end_of_its_own() -> None:
    found = compute(DB, X, isolating(f"{{matchLabels: {{{POD_NAME}: db-0}}}}"))
    whole = "default/db[StatefulSet]"
    assert names(found) == [f"{whole}{{{POD_NAME}=(other)}}", f"{whole}{{{POD_NAME}=db-0}}", "default/x[Pod]"]
    assert not found.query("x", f"{whole}{{{POD_NAME}=db-0}}").connection
    assert found.query("x", f"{whole}{{{POD_NAME}=(other)}}").allowed
    assert not found.query("x", "default/db-0").connection
    assert [(p.severity, p.code) for p in found.problems_found] == [("info", "pods-by-ordinal")]
    assert not [finding for finding in sanity(found) if finding.code == "empty" and finding.rule is None]


def test_rows_carry_the_workload_and_the_shape() -> None:
    frame = compute(DB, X, isolating(f"{{matchLabels: {{{POD_NAME}: db-0}}}}")).to_frame(src="x")
    inside = frame[frame["dst_namespace"] != ""]
    assert set(zip(inside["dst_name"], inside["dst_shape"], strict=True)) == {("db", f"{{{POD_NAME}=(other)}}")}
    assert set(inside["src_shape"]) == {""}


def test_one_pod_has_no_siblings_and_the_others_have() -> None:
    found = lines(DB, policy(f"podSelector: {{matchLabels: {{{POD_NAME}: db-0}}}}, ingress: [{{}}], egress: []"))
    one, others = (f"default/db[StatefulSet]{{{POD_NAME}={name}}}" for name in ("db-0", "(other)"))
    assert f"{others} => {others} : All Connections" in found
    assert not any(line.startswith(f"{one} => {one}") for line in found)
    assert f"{one} => {others} : All Connections" in found


def test_pods_that_all_policies_treat_alike_stay_one_end() -> None:
    values = f"{{matchExpressions: [{{key: {POD_NAME}, operator: In, values: [db-0, db-1, db-2]}}]}}"
    assert names(compute(DB, isolating(values))) == ["default/db[StatefulSet]"]
    exists = f"{{matchExpressions: [{{key: {POD_NAME}, operator: Exists}}]}}"
    found = compute(DB, X, isolating(exists))
    assert names(found) == ["default/db[StatefulSet]", "default/x[Pod]"]
    assert not found.query("x", "db").connection
    assert found.query("db", "x").allowed


@pytest.mark.parametrize(
    "key, value", [(POD_NAME, "db-7"), (POD_NAME, "other-0"), ("apps.kubernetes.io/pod-index", "7")]
)
def test_a_pod_that_is_not_there_is_not_chosen(key: str, value: str) -> None:
    found = compute(DB, X, isolating(f'{{matchLabels: {{{key}: "{value}"}}}}'))
    assert names(found) == ["default/db[StatefulSet]", "default/x[Pod]"]
    assert found.query("x", "db").allowed
    assert codes(found) == []


def test_name_and_index_mean_the_same_pod() -> None:
    index = 'apps.kubernetes.io/pod-index: "1"'
    both = isolating(f"{{matchLabels: {{{POD_NAME}: db-1, {index}}}}}")
    assert not compute(DB, X, both).query("x", "default/db-1").connection
    neither = isolating(f"{{matchLabels: {{{POD_NAME}: db-0, {index}}}}}")
    assert compute(DB, X, neither).query("x", "default/db-1").allowed


def test_a_stateful_set_of_one_has_its_one_pod() -> None:
    one = templated("apps", "StatefulSet", "db", "replicas: 1, ")
    found = compute(one, X, isolating(f"{{matchLabels: {{{POD_NAME}: db-0}}}}"))
    assert names(found) == ["default/db[StatefulSet]", "default/x[Pod]"]
    assert not found.query("x", "db").connection


@pytest.mark.parametrize(
    "operator, isolated", [("In", {"(other)": False, "abc": True}), ("NotIn", {"(other)": True, "abc": False})]
)
def test_of_a_value_that_is_not_known_both_answers_are_given(operator: str, isolated: dict[str, bool]) -> None:
    web = templated("apps", "Deployment", "web", labels="app: web")
    values = "{matchLabels: {app: web}, matchExpressions: [{key: pod-template-hash, operator: %s, values: [abc]}]}"
    found = compute(web, X, isolating(values % operator))
    for value, wanted in isolated.items():
        answer = found.query("x", f"default/web[Deployment]{{pod-template-hash={value}}}")
        assert bool(answer.connection) is not wanted
    (problem,) = found.problems_found
    assert (problem.severity, problem.code) == ("warning", "unknown-label-value")
    assert "pod-template-hash=abc" in problem.message


@pytest.mark.parametrize("operator, isolated", [("Exists", True), ("DoesNotExist", False)])
def test_that_the_label_is_there_is_known(operator: str, isolated: bool) -> None:  # noqa: FBT001  (a parameter)
    web = templated("apps", "Deployment", "web", labels="app: web")
    labels = f"{{matchLabels: {{app: web}}, matchExpressions: [{{key: pod-template-hash, operator: {operator}}}]}}"
    found = compute(web, X, isolating(labels))
    assert bool(found.query("x", "web").connection) is not isolated
    assert codes(found) == []


@pytest.mark.parametrize(
    "labels, namespace",
    [
        ("{matchLabels: {app: other, pod-template-hash: abc}}", "default"),
        ("{matchLabels: {pod-template-hash: abc}}", "far"),
    ],
)
def test_a_selector_that_cannot_mean_the_workload_says_nothing_of_it(labels: str, namespace: str) -> None:
    web = templated("apps", "Deployment", "web", labels="app: web")
    found = compute(web, X, isolating(labels, namespace=namespace))
    assert names(found) == ["default/web[Deployment]", "default/x[Pod]"]
    assert codes(found) == []


def test_a_cron_job_is_not_meant_by_the_name_of_a_job() -> None:
    cron = templated("batch", "CronJob", "nightly", labels="app: n")
    assert names(compute(cron, isolating("{matchLabels: {job-name: migrate}}"))) == ["default/nightly[CronJob]"]
    assert len(names(compute(cron, isolating("{matchLabels: {job-name: nightly-29123456}}")))) == 2


def test_pods_that_were_read_have_the_labels_that_they_have() -> None:
    owner = "ownerReferences: [{kind: StatefulSet, name: db, controller: true}], labels: {"
    pods = [pod(f"db-{n}", labels=f"{POD_NAME}: db-{n}").replace("labels: {", owner) for n in range(2)]
    found = compute(DB, *pods, X, isolating(f"{{matchLabels: {{{POD_NAME}: db-2}}}}"))
    assert names(found) == ["default/db[StatefulSet]", "default/x[Pod]"]


def test_a_service_for_one_ordinal_leads_to_it() -> None:
    service = f"""
apiVersion: v1
kind: Service
metadata: {{name: first}}
spec: {{selector: {{{POD_NAME}: db-0}}, ports: [{{port: 5432}}]}}
---"""
    found = compute(DB, X, service, isolating(f"{{matchLabels: {{{POD_NAME}: db-1}}}}"))
    answer = found.query("x", "first.default", 5432)
    assert answer.allowed
    assert names(compute(DB, X, service)) == ["default/db[StatefulSet]", "default/x[Pod]"]


def test_what_if_tells_pods_apart_that_no_policy_told_apart_before() -> None:
    base = compute(DB, X)
    added = load_manifests(isolating(f"{{matchLabels: {{{POD_NAME}: db-0}}}}")).objects.policies
    changed = base.with_policies(add=added)
    whole = compute(DB, X, isolating(f"{{matchLabels: {{{POD_NAME}: db-0}}}}"))
    assert changed.render("txt") == whole.render("txt")
    assert codes(changed) == codes(whole) == ["pods-by-ordinal"]
    assert changed.with_policies(remove=[added[0].ref]).render("txt") == base.render("txt")


def test_what_if_without_the_policy_that_told_pods_apart_they_are_one_end_again() -> None:
    told = isolating(f"{{matchLabels: {{{POD_NAME}: db-0}}}}")
    without = compute(DB, X, told).with_policies(remove=["NetworkPolicy default/policy"])
    assert names(without) == ["default/db[StatefulSet]", "default/x[Pod]"]
    assert without.render("txt") == compute(DB, X).render("txt")


def test_the_reference_knows_the_labels_of_the_template_only() -> None:
    policies = isolating(f"{{matchLabels: {{{POD_NAME}: db-0}}}}")
    assert names(compute(DB, X, policies, semantics=Semantics.REFERENCE)) == [
        "default/db[StatefulSet]",
        "default/x[Pod]",
    ]


def test_a_pod_is_known_by_the_name_that_its_ordinal_gives_it() -> None:
    found = compute(DB, X, isolating(f"{{matchLabels: {{{POD_NAME}: db-0}}}}"))
    assert not found.query("x", "default/db-0").connection
    assert found.query("x", "default/db-1").allowed
    assert compute(DB, X).query("x", "db-2").dst == "default/db[StatefulSet]"
    for name in ("db-3", "db-01", "far/db-1", "x-0"):
        with pytest.raises(LookupError):
            compute(DB, X).query("x", name)


def test_a_question_about_the_workload_is_answered_for_all_its_pods() -> None:
    told = isolating(f"{{matchLabels: {{{POD_NAME}: db-0}}}}")
    assert compute(DB, X, told).query("x", "db").verdict == "partly"
    assert compute(DB, X, told).query("db", "x").verdict == "allowed"
    assert compute(DB, X, told, isolating("{matchLabels: {app: db}}", "all")).query("x", "db").verdict == "denied"
