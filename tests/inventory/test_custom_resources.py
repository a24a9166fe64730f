"""Custom resources that make pods: which of them are workloads, and what is said of the others."""

from __future__ import annotations

import json

import pytest

from tests.connectivity.manifests import compute
from tests.inventory.every_kind import Json
from tests.inventory.spoiling import paths, replaced
from workbench.connectivity import Semantics
from workbench.inventory import Cluster, Workload, load_manifests

CONTAINER = "{name: c, image: i, ports: [{containerPort: 80}]}"
TEMPLATE = f"template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{CONTAINER}]}}}}"


def resource(version: str, kind: str, spec: str, name: str = "web", more: str = "") -> str:
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}{more}}}\nspec: {{{spec}}}\n"


def owned(version: str, kind: str, name: str, by: str, spec: str = TEMPLATE, more: str = "") -> str:
    owner_kind, _, owner = by.partition(" ")
    owners = f", ownerReferences: [{{kind: {owner_kind}, name: {owner}, controller: true}}]{more}"
    return resource(version, kind, spec, name, owners)


def only(cluster: Cluster) -> Workload:
    (workload,) = cluster.objects.workloads
    return workload


def codes(cluster: Cluster) -> list[str]:
    return [problem.code for problem in cluster.problems_found]


ROLLOUT = resource("argoproj.io/v1alpha1", "Rollout", f"replicas: 2, {TEMPLATE}")


@pytest.mark.parametrize(
    "version, kind",
    [("argoproj.io/v1alpha1", "Rollout"), ("example.org/v1", "Fleet"), ("apps.kruise.io/v1", "CloneSet")],
)
def test_a_pod_template_at_its_usual_place_makes_a_workload(version: str, kind: str) -> None:
    cluster = load_manifests(resource(version, kind, f"replicas: 2, {TEMPLATE}"))
    workload = only(cluster)
    assert (workload.peer, workload.replicas, workload.custom) == (f"default/web[{kind}]", 2, True)
    assert workload.shapes[0].labels == {"app": "web"}
    assert [port.port for port in workload.shapes[0].ports] == [80]
    assert not codes(cluster)


@pytest.mark.parametrize(
    "version, kind, spec",
    [
        ("example.org/v1", "Widget", "size: 3"),
        ("example.org/v1", "Widget", "template: {metadata: {labels: {app: web}}}"),
        ("example.org/v1", "Widget", "template: {spec: {containers: {}}}"),
        ("example.org/v1", "Widget", "template: {spec: {containers: [{size: 3}]}}"),
        ("cert-manager.io/v1", "Certificate", "secretTemplate: {labels: {app: web}}"),
        ("kyverno.io/v1", "ClusterPolicy", f"rules: [{{validate: {{pattern: {{spec: {{{TEMPLATE}}}}}}}}}]"),
        ("example.org/v1", "JobTemplate", f"inner: {{{TEMPLATE}}}"),
    ],
)
def test_what_makes_no_pods_is_no_workload(version: str, kind: str, spec: str) -> None:
    cluster = load_manifests(resource(version, kind, spec))
    assert not cluster.objects.workloads
    assert not codes(cluster)


@pytest.mark.parametrize(
    "version, kind, spec",
    [
        ("postgresql.cnpg.io/v1", "Cluster", "instances: 3"),
        ("argoproj.io/v1alpha1", "Workflow", "entrypoint: main"),
        ("example.org/v1", "Fleet", f"parts: [{{name: a, {TEMPLATE}}}]"),
        ("kubeflow.org/v1", "PyTorchJob", f"pytorchReplicaSpecs: {{Worker: {{{TEMPLATE}}}}}"),
        (
            "leaderworkerset.x-k8s.io/v1",
            "LeaderWorkerSet",
            f"leaderWorkerTemplate: {{{TEMPLATE.replace('template', 'workerTemplate')}}}",
        ),
    ],
)
def test_of_pods_that_cannot_be_read_a_problem_says_so(version: str, kind: str, spec: str) -> None:
    cluster = load_manifests(resource(version, kind, spec))
    assert not cluster.objects.workloads
    (problem,) = cluster.problems_found
    assert (problem.severity, problem.code) == ("warning", "pods-not-read")
    assert problem.message.startswith(f"pods of {kind} default/web are not in the answers")


def test_an_object_whose_name_is_made_up_is_named_by_its_beginning() -> None:
    written = resource("argoproj.io/v1alpha1", "Workflow", "entrypoint: main").replace("name: web", "generateName: wf-")
    (problem,) = load_manifests(written).problems_found
    assert problem.message.startswith("pods of Workflow default/wf- are not in the answers")
    assert problem.object == "Workflow wf-"


def test_nothing_is_missing_where_its_pods_were_read() -> None:
    cluster = load_manifests(
        resource("postgresql.cnpg.io/v1", "Cluster", "instances: 1", "db")
        + owned("v1", "Pod", "db-1", "Cluster db", "containers: [{name: c}]")
    )
    assert only(cluster).peer == "default/db[Cluster]"
    assert not codes(cluster)


@pytest.mark.parametrize("controller", ["true", "false"])
@pytest.mark.parametrize("maker", ["Kafka k", "Kafka other"])
def test_nothing_is_missing_where_pods_of_an_object_between_were_read(controller: str, maker: str) -> None:
    between = owned("core.strimzi.io/v1beta2", "StrimziPodSet", "set", maker, "pods: []")
    cluster = load_manifests(
        resource("kafka.strimzi.io/v1beta2", "Kafka", "kafka: {}", "k")
        + between.replace("controller: true", f"controller: {controller}")
        + owned("v1", "Pod", "set-0", "StrimziPodSet set", "containers: [{name: c}]")
    )
    assert only(cluster).peer == "default/set[StrimziPodSet]"
    assert codes(cluster) == ([] if maker == "Kafka k" else ["pods-not-read"])


def test_replicas_that_are_no_number_are_not_known() -> None:
    cluster = load_manifests(resource("example.org/v1", "Fleet", f"replicas: {{min: 1}}, {TEMPLATE}"))
    assert only(cluster).replicas is None
    assert not codes(cluster)


class TestOwners:
    def test_replica_sets_and_pods_are_named_after_a_rollout_and_tell_more(self) -> None:
        replica_set = owned(
            "apps/v1", "ReplicaSet", "web-1", "Rollout web", TEMPLATE.replace("app: web", "app: web, h: a")
        )
        workload = only(load_manifests(ROLLOUT + replica_set))
        assert (workload.peer, workload.custom) == ("default/web[Rollout]", False)
        assert workload.shapes[0].labels == {"app": "web", "h": "a"}
        pod = owned("v1", "Pod", "web-1-x", "ReplicaSet web-1", "containers: [{name: c}]", ", labels: {app: pod}")
        workload = only(load_manifests(ROLLOUT + replica_set + pod))
        assert (workload.peer, workload.shapes[0].labels) == ("default/web[Rollout]", {"app": "pod"})

    def test_a_controller_that_an_operator_made_stands_for_the_resource(self) -> None:
        fleet = resource("example.org/v1", "Fleet", TEMPLATE)
        stateful = owned("apps/v1", "StatefulSet", "web-set", "Fleet web")
        assert only(load_manifests(fleet + stateful)).peer == "default/web-set[StatefulSet]"

    def test_a_rollout_may_have_the_template_of_a_deployment(self) -> None:
        reference = "workloadRef: {apiVersion: apps/v1, kind: Deployment, name: base}"
        rollout = resource("argoproj.io/v1alpha1", "Rollout", reference)
        objects = load_manifests(rollout + resource("apps/v1", "Deployment", TEMPLATE, "base")).objects
        assert [(one.peer, one.shapes[0].labels) for one in objects.workloads] == [
            ("default/base[Deployment]", {"app": "web"}),
            ("default/web[Rollout]", {"app": "web"}),
        ]
        cluster = load_manifests(rollout)
        assert (cluster.objects.workloads, codes(cluster)) == ((), ["pods-not-read"])
        assert "Deployment base" in cluster.problems_found[0].message


class TestKnative:
    SERVICE = resource("serving.knative.dev/v1", "Service", TEMPLATE)

    def test_its_kind_is_told_apart_from_a_service_of_kubernetes(self) -> None:
        cluster = load_manifests(self.SERVICE)
        assert only(cluster).peer == "default/web[Service.serving.knative.dev]"
        assert not cluster.objects.services

    def test_its_pods_are_labelled_with_its_name(self) -> None:
        assert "serving.knative.dev/service=web" in str(only(load_manifests(self.SERVICE)).shapes[0].controller_labels)

    def test_the_deployment_of_a_revision_stands_for_it(self) -> None:
        labels = ", labels: {serving.knative.dev/service: web}"
        revision = owned(
            "serving.knative.dev/v1", "Revision", "web-00001", "Configuration web", "containers: [{image: i}]"
        )
        configuration = owned("serving.knative.dev/v1", "Configuration", "web", "Service web")
        deployment = owned("apps/v1", "Deployment", "web-00001-deployment", "Revision web-00001", more=labels)
        cluster = load_manifests(self.SERVICE + configuration + revision + deployment)
        assert only(cluster).peer == "default/web-00001-deployment[Deployment]"
        assert not codes(cluster)


class TestPrometheusOperator:
    @pytest.mark.parametrize(
        "kind, name, ports",
        [
            ("Prometheus", "prometheus", ["web"]),
            ("Alertmanager", "alertmanager", ["web", "mesh-tcp", "mesh-udp"]),
            ("ThanosRuler", "thanos-ruler", ["grpc", "web"]),
        ],
    )
    def test_labels_and_ports_are_those_that_it_documents(self, kind: str, name: str, ports: list[str]) -> None:
        spec = "podMetadata: {labels: {team: a}}, replicas: 2, serviceAccountName: account"
        workload = only(load_manifests(resource("monitoring.coreos.com/v1", kind, spec, "k8s")))
        (shape,) = workload.shapes
        assert (workload.peer, workload.replicas, workload.service_account) == (f"default/k8s[{kind}]", 2, "account")
        assert {
            "team": "a",
            "app.kubernetes.io/name": name,
            "app.kubernetes.io/instance": "k8s",
            name: "k8s",
        }.items() <= (shape.labels.items())
        assert [port.name for port in shape.ports] == ports
        assert f"statefulset.kubernetes.io/pod-name={name}-k8s-" in str(shape.controller_labels)

    def test_what_its_spec_says_of_them_counts(self) -> None:
        spec = "portName: http, shards: 2, version: v2.51.0, hostNetwork: true, thanos: {}"
        (shape,) = only(load_manifests(resource("monitoring.coreos.com/v1", "Prometheus", spec))).shapes
        assert shape.host_network
        assert [(port.name, port.port) for port in shape.ports] == [("http", 9090), ("http", 10902), ("grpc", 10901)]
        assert shape.labels["app.kubernetes.io/version"] == "2.51.0"
        assert "operator.prometheus.io/shard" not in shape.labels
        (shape,) = only(load_manifests(resource("monitoring.coreos.com/v1", "Prometheus", "listenLocal: true"))).shapes
        assert shape.ports == ()


def test_a_scaled_job_makes_jobs_from_its_target() -> None:
    cluster = load_manifests(resource("keda.sh/v1alpha1", "ScaledJob", f"jobTargetRef: {{{TEMPLATE}}}"))
    assert only(cluster).shapes[0].labels == {"app": "web"}
    assert not codes(cluster)


def test_a_malformed_template_is_an_error_and_does_not_replace_a_complete_one() -> None:
    broken = ROLLOUT.replace("{app: web}", "7")
    assert codes(load_manifests(broken)) == ["invalid-object"]
    cluster = load_manifests(ROLLOUT + broken)
    assert only(cluster).shapes[0].labels == {"app": "web"}
    assert codes(cluster) == ["invalid-object", "incomplete-repetition"]


def test_the_reference_passes_custom_resources_over() -> None:
    assert [peer.name for peer in compute(ROLLOUT).workloads_named()] == ["default/web[Rollout]"]
    assert not compute(ROLLOUT, semantics=Semantics.REFERENCE).workloads_named()


CONTAINERS = [{"name": "c", "image": "i", "restartPolicy": "Always", "ports": [{"name": "p", "containerPort": 80}]}]
POD_TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": CONTAINERS, "initContainers": CONTAINERS},
}
EXAMPLES = [
    {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "web"},
        "spec": {"replicas": 2, "template": POD_TEMPLATE},
    },
    {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "web"},
        "spec": {"workloadRef": {"kind": "Deployment", "name": "base"}},
    },
    {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "k8s"},
        "spec": {"replicas": 1, "shards": 1, "version": "v1", "podMetadata": {"labels": {"a": "b"}}, "thanos": {}},
    },
    {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledJob",
        "metadata": {"name": "job"},
        "spec": {"jobTargetRef": {"template": POD_TEMPLATE}},
    },
    {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {"replicas": 2, "ordinals": {"start": 1}, "template": POD_TEMPLATE},
    },
    {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "job"},
        "spec": {"completionMode": "Indexed", "completions": 2, "manualSelector": False, "template": POD_TEMPLATE},
        "status": {"conditions": [{"type": "Complete", "status": "True"}]},
    },
    {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "s", "labels": {"kubernetes.io/service-name": "s"}},
        "addressType": "IPv4",
        "endpoints": [
            {"addresses": ["10.0.0.1"], "conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": "p"}}
        ],
        "ports": [{"name": "p", "protocol": "TCP", "port": 80}],
    },
    {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "s"},
        "subsets": [
            {"addresses": [{"ip": "10.0.0.1", "targetRef": {"kind": "Pod", "name": "p"}}], "ports": [{"port": 80}]}
        ],
    },
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["kind"]))
def test_any_type_in_any_field_is_survived(example: Json) -> None:
    for path in paths(example):
        for value in (None, "text", [7], {"a": True}):
            spoilt = replaced(example, path, value)
            cluster = load_manifests(f"{json.dumps(spoilt, indent=1)}\n{json.dumps(example, indent=1)}\n")
            assert len(cluster.workloads) == sum(len(workload.shapes) for workload in cluster.objects.workloads)
