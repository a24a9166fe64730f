"""Pods that have finished: who they were stays known, and an address belongs to the pod that lives."""

from __future__ import annotations

import pytest

from workbench.inventory import Cluster, Workload, load_manifests


def pod(name: str, phase: str = "", owner: str = "", ip: str = "", spec: str = "") -> str:
    kind, _, owner_name = owner.partition(" ")
    owners = f", ownerReferences: [{{kind: {kind}, name: {owner_name}, controller: true}}]" if owner else ""
    status = ", ".join(f"{key}: {value}" for key, value in (("phase", phase), ("podIP", ip)) if value)
    return (
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: a}}{owners}}}\n"
        f"spec: {{containers: [{{name: c}}]{spec}}}\nstatus: {{{status}}}\n"
    )


def job(name: str, owner: str = "", conditions: str = "", replicas: str = "") -> str:
    owners = f", ownerReferences: [{{kind: CronJob, name: {owner}, controller: true}}]" if owner else ""
    return (
        f"---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}{owners}}}\n"
        f"spec: {{{replicas}template: {{metadata: {{labels: {{app: a}}}}, spec: {{containers: [{{name: c}}]}}}}}}\n"
        f"status: {{conditions: [{conditions}]}}\n"
    )


def controller(kind: str, name: str) -> str:
    return (
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
        "spec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c}]}}}\n"
    )


CRON_JOB = """---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c}]}}}}}
"""
DONE = "{type: Complete, status: 'True'}"


def only(cluster: Cluster) -> Workload:
    (workload,) = cluster.objects.workloads
    return workload


def shapes(text: str) -> list[tuple[bool, tuple[str, ...]]]:
    """Return, for each shape of the one workload, whether it has finished and its pods."""
    return [(shape.finished, shape.pods) for shape in only(load_manifests(text)).shapes]


@pytest.mark.parametrize(
    "phase, finished",
    [("Running", False), ("Pending", False), ("Unknown", False), ("", False), ("Succeeded", True), ("Failed", True)],
)
def test_two_phases_are_final(phase: str, finished: bool) -> None:  # noqa: FBT001  (a parameter of the test)
    assert shapes(pod("p", phase)) == [(finished, ("p",))]


def test_finished_and_living_pods_of_one_owner_are_shapes_apart() -> None:
    owner = "ReplicaSet web-1"
    text = pod("a", "Running", owner) + pod("b", "Failed", owner) + pod("c", "Pending", owner)
    assert shapes(text) == [(False, ("a", "c")), (True, ("b",))]


def test_a_living_pod_stands_for_its_owner_and_the_template_does_not() -> None:
    text = controller("ReplicaSet", "web") + pod("a", "Running", "ReplicaSet web")
    assert shapes(text) == [(False, ("a",))]


def test_a_template_stands_for_the_pods_to_come_where_all_have_finished() -> None:
    text = controller("ReplicaSet", "web") + pod("a", "Failed", "ReplicaSet web")
    assert shapes(text) == [(True, ("a",)), (False, ())]


def test_a_job_that_is_done_makes_no_pods_any_more() -> None:
    assert shapes(job("migrate", conditions=DONE)) == [(True, ())]
    assert shapes(job("migrate", conditions=DONE) + pod("p", "Succeeded", "Job migrate")) == [(True, ("p",))]
    assert shapes(job("migrate", conditions="{type: Failed, status: 'True'}")) == [(True, ())]


def test_a_job_that_is_not_done_may_try_again() -> None:
    for conditions in ("", "{type: Complete, status: 'False'}", "{type: Suspended, status: 'True'}"):
        text = job("migrate", conditions=conditions) + pod("p", "Failed", "Job migrate")
        assert shapes(text) == [(True, ("p",)), (False, ())]


def test_a_cron_job_runs_again_though_its_jobs_are_done() -> None:
    text = CRON_JOB + job("nightly-1", "nightly", DONE) + pod("p", "Succeeded", "Job nightly-1")
    assert shapes(text) == [(True, ("p",)), (False, ())]


def test_of_jobs_without_their_cron_job_those_not_done_stand_for_it() -> None:
    text = job("n-1", "nightly", DONE) + job("n-2", "nightly")
    assert shapes(text) == [(False, ())]
    assert shapes(job("n-1", "nightly", DONE)) == [(True, ())]


def test_labels_that_differ_from_those_of_finished_pods_are_no_news() -> None:
    other = pod("old", "Failed", "ReplicaSet web").replace("app: a", "app: before")
    cluster = load_manifests(pod("a", "Running", "ReplicaSet web") + other)
    assert not cluster.problems_found


class TestSharedAddresses:
    def test_two_living_pods_with_one_address_are_a_problem(self) -> None:
        cluster = load_manifests(pod("a", "Running", ip="10.0.0.1") + pod("b", "Running", ip="10.0.0.1"))
        (problem,) = cluster.problems_found
        assert (problem.code, problem.object) == ("shared-address", "Pod b")
        assert "Pod a" in problem.message

    def test_addresses_are_compared_and_not_their_spelling(self) -> None:
        cluster = load_manifests(pod("a", ip='"fd00::1"') + pod("b", ip='"fd00:0::1"'))
        assert [problem.code for problem in cluster.problems_found] == ["shared-address"]

    @pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
    def test_an_address_of_a_finished_pod_may_be_another_s_by_now(self, phase: str) -> None:
        assert not load_manifests(pod("a", phase, ip="10.0.0.1") + pod("b", ip="10.0.0.1")).problems_found

    def test_pods_of_the_host_s_network_share_their_node_s(self) -> None:
        host = ", hostNetwork: true"
        text = pod("a", ip="10.0.0.1", spec=host) + pod("b", ip="10.0.0.1", spec=host)
        assert not load_manifests(text).problems_found
