"""Labels that controllers add to those of a pod template: which of them are certain, and which values."""

from __future__ import annotations

import pytest

from workbench.inventory import GENERATED_KEYS, ControllerLabels, load_manifests
from workbench.inventory.controller_labels import controller_labels

UID = "0fd3c9a0-8c6c-4c1e-9a52-52c0f0f2a9b1"


def added(group: str, kind: str, spec: str = "", name: str = "x") -> ControllerLabels:
    """Return what is added to the labels of an object with a template, whose spec has `spec` besides."""
    template = "template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c}]}}"
    inner = f"jobTemplate: {{spec: {{{spec}{template}}}}}" if kind == "CronJob" else f"{spec}{template}"
    text = f"apiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{inner}}}\n"
    (shape,) = load_manifests(text).objects.workloads[0].shapes
    assert shape.labels == {"app": "a"}
    return shape.controller_labels


@pytest.mark.parametrize(
    "group, kind, spec, wanted",
    [
        ("apps", "Deployment", "", "pod-template-hash=…"),
        ("apps", "ReplicaSet", "", ""),
        ("apps", "DaemonSet", "", "controller-revision-hash=…, pod-template-generation=…"),
        (
            "apps",
            "StatefulSet",
            "",
            "statefulset.kubernetes.io/pod-name=x-…, apps.kubernetes.io/pod-index=…, controller-revision-hash=x-…",
        ),
        (
            "batch",
            "Job",
            "",
            "job-name=x, batch.kubernetes.io/job-name=x, controller-uid=…, batch.kubernetes.io/controller-uid=…",
        ),
        ("batch", "Job", "manualSelector: true, ", ""),
        (
            "batch",
            "Job",
            "manualSelector: true, completionMode: Indexed, completions: 2, ",
            "batch.kubernetes.io/job-completion-index=…",
        ),
        (
            "batch",
            "CronJob",
            "",
            "job-name=x-…, batch.kubernetes.io/job-name=x-…, controller-uid=…, batch.kubernetes.io/controller-uid=…",
        ),
        ("apps.openshift.io", "DeploymentConfig", "", "deploymentconfig=x, deployment=x-…"),
    ],
)
def test_each_kind_of_controller_adds_its_own(group: str, kind: str, spec: str, wanted: str) -> None:
    labels = added(group, kind, spec)
    assert str(labels) == wanted
    assert group not in {"apps", "batch"} or GENERATED_KEYS.issuperset(labels.all_keys())


def test_a_job_that_was_read_from_a_cluster_says_its_uid() -> None:
    spec = {"template": {"metadata": {"labels": {"controller-uid": UID}}}}
    labels = controller_labels("batch", "Job", "x", spec)
    assert dict(labels.known)["batch.kubernetes.io/controller-uid"] == UID
    assert not labels.varying


def test_of_a_generated_name_the_beginning_is_known() -> None:
    (names, _) = controller_labels("batch", "Job", "x-", {}).varying
    assert names.part("job-name", "x-2k9wz") == "2k9wz"
    assert names.part("job-name", "x") is None


@pytest.mark.parametrize(
    "spec, possible, impossible",
    [
        ("replicas: 3, ", ["x-0", "x-2"], ["x-3", "x-", "x", "y-0", "x-00", "x-a", "x-0-1"]),
        ("", ["x-0", "x-99"], ["x-01"]),
        ("replicas: 0, ", ["x-0"], []),
        ("replicas: 2, ordinals: {start: 5}, ", ["x-5", "x-6"], ["x-0", "x-4", "x-7"]),
    ],
)
def test_ordinals_are_those_of_the_pods_that_there_are(spec: str, possible: list[str], impossible: list[str]) -> None:
    ordinals = added("apps", "StatefulSet", spec).varying[0]
    for name in possible:
        assert ordinals.part("statefulset.kubernetes.io/pod-name", name) == name.removeprefix("x-")
    for name in impossible:
        assert ordinals.part("statefulset.kubernetes.io/pod-name", name) is None


def test_a_cron_job_s_jobs_are_called_after_it_and_a_moment() -> None:
    names = added("batch", "CronJob").varying[0]
    assert names.part("job-name", "x-29123456") == "29123456"
    for other in ("x", "x-a", "y-29123456", "migrate"):
        assert names.part("job-name", other) is None
