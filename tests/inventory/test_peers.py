"""semantics 1-5: which peers a set of manifests makes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.inventory import Cluster, load_manifests

if TYPE_CHECKING:
    from pathlib import Path


def peers(text: str) -> list[str]:
    return [workload.peer for workload in load_manifests(text).objects.workloads]


def codes(cluster: Cluster) -> list[str]:
    return [problem.code for problem in cluster.problems_found]


def pod(name: str, labels: str = "{}", owner: str = "", namespace: str = "default", spec: str = "") -> str:
    references = f"  ownerReferences: [{owner}]\n" if owner else ""
    return (
        f"---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: {namespace}\n"
        f"  labels: {labels}\n{references}spec:\n  containers: [{{name: c}}]\n{spec}"
    )


def controller(kind: str, name: str, labels: str = "{app: x}", owner: str = "", replicas: int = 1) -> str:
    references = f"  ownerReferences: [{owner}]\n" if owner else ""
    return (
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{references}"
        f"spec:\n  replicas: {replicas}\n  template:\n    metadata: {{labels: {labels}}}\n"
        "    spec: {containers: [{name: c}]}\n"
    )


class TestRule1Files:
    def test_folders_are_read_recursively_and_lists_taken_apart(self, tmp_path: Path) -> None:
        (tmp_path / "a/b").mkdir(parents=True)
        (tmp_path / "a/b/pods.json").write_text(
            '{"kind": "PodList", "apiVersion": "v1", "items": ['
            '{"metadata": {"name": "p"}, "spec": {"containers": [{}]}}]}'
        )
        (tmp_path / "d.yml").write_text(controller("Deployment", "d"))
        cluster = load_manifests(tmp_path)
        assert [workload.peer for workload in cluster.objects.workloads] == ["default/d[Deployment]", "default/p[Pod]"]

    def test_unknown_kinds_are_no_problem_and_kept_as_written(self) -> None:
        cluster = load_manifests("apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 3}\n")
        assert codes(cluster) == []
        assert cluster.manifests_of("Widget")[0].content["spec"] == {"size": 3}

    def test_a_file_that_cannot_be_read_is_a_problem_and_the_rest_is_loaded(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("kind: [\n")
        (tmp_path / "b.yaml").write_text(pod("p"))
        cluster = load_manifests(tmp_path)
        assert len(cluster.objects.workloads) == 1
        assert [(p.code, p.file) for p in cluster.problems_found] == [("yaml-syntax", str(tmp_path / "a.yaml"))]


class TestRule2Namespaces:
    def test_a_missing_namespace_means_default(self) -> None:
        assert peers("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{}]}\n") == ["default/p[Pod]"]

    def test_a_namespace_that_nothing_declares_is_synthesised(self) -> None:
        (namespace,) = load_manifests(pod("p", namespace="shop")).objects.namespaces
        assert (namespace.name, namespace.declared) == ("shop", False)
        assert namespace.labels == {"kubernetes.io/metadata.name": "shop"}

    def test_a_service_s_namespace_is_synthesised_too(self) -> None:
        text = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: x}\nspec: {ports: [{port: 80}]}\n"
        assert [namespace.name for namespace in load_manifests(text).objects.namespaces] == ["x"]

    def test_declared_namespaces_get_their_name_label(self) -> None:
        text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n"
        (namespace,) = load_manifests(text).objects.namespaces
        assert namespace.declared
        assert namespace.labels == {"kubernetes.io/metadata.name": "shop", "team": "a"}

    def test_the_api_server_sets_the_name_label_whatever_is_written(self) -> None:
        text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {kubernetes.io/metadata.name: other}}\n"
        cluster = load_manifests(text)
        (namespace,) = cluster.objects.namespaces
        assert namespace.labels == {"kubernetes.io/metadata.name": "shop"}
        (problem,) = cluster.problems_found
        assert (problem.severity, problem.code) == ("warning", "namespace-name-label")
        assert problem.field == "metadata.labels.kubernetes.io/metadata.name"

    def test_a_name_label_with_the_name_is_no_problem(self) -> None:
        text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {kubernetes.io/metadata.name: shop}}\n"
        assert codes(load_manifests(text)) == []

    def test_equal_names_in_two_namespaces_stay_apart(self) -> None:
        assert peers(pod("p", namespace="a") + pod("p", namespace="b")) == ["a/p[Pod]", "b/p[Pod]"]


class TestRule3Owners:
    def test_a_pod_takes_its_controller_s_name_and_kind_verbatim(self) -> None:
        assert peers(pod("p", owner="{kind: ReplicaSet, name: x-77d5, controller: true}")) == [
            "default/x-77d5[ReplicaSet]"
        ]

    def test_an_owner_that_does_not_control_is_none(self) -> None:
        assert peers(pod("p", owner="{kind: ReplicaSet, name: x}")) == ["default/p[Pod]"]
        assert peers(pod("p", owner="{kind: ReplicaSet, name: x, controller: false}")) == ["default/p[Pod]"]

    def test_a_node_is_no_owner(self) -> None:
        assert peers(pod("p", owner="{kind: Node, name: n, controller: true}")) == ["default/p[Pod]"]

    def test_an_owner_without_a_kind_is_a_pod(self) -> None:
        assert peers(pod("p", owner="{name: x, controller: true}")) == ["default/x[Pod]"]

    def test_pods_of_one_owner_are_one_workload(self) -> None:
        owner = "{kind: StatefulSet, name: db, controller: true}"
        cluster = load_manifests(pod("db-0", owner=owner) + pod("db-1", owner=owner))
        (workload,) = cluster.objects.workloads
        assert workload.shapes[0].pods == ("db-0", "db-1")

    def test_pods_of_equal_owners_in_two_namespaces_stay_apart(self) -> None:
        owner = "{kind: StatefulSet, name: db, controller: true}"
        text = pod("db-0", owner=owner, namespace="a") + pod("db-0", owner=owner, namespace="b")
        assert peers(text) == ["a/db[StatefulSet]", "b/db[StatefulSet]"]


class TestOwnersThatAreThere:
    DEPLOYMENT_OWNER = "{kind: Deployment, name: x, controller: true}"
    SET_OWNER = "{kind: ReplicaSet, name: x-1, controller: true}"

    def test_deployment_replica_sets_and_pods_are_one_workload(self) -> None:
        text = (
            controller("Deployment", "x", replicas=2)
            + controller("ReplicaSet", "x-0", "{app: x, pod-template-hash: '0'}", self.DEPLOYMENT_OWNER, replicas=0)
            + controller("ReplicaSet", "x-1", "{app: x, pod-template-hash: '1'}", self.DEPLOYMENT_OWNER)
            + pod("x-1-a", "{app: x, pod-template-hash: '1'}", self.SET_OWNER)
            + pod("x-1-b", "{app: x, pod-template-hash: '1'}", self.SET_OWNER)
        )
        cluster = load_manifests(text)
        (workload,) = cluster.objects.workloads
        assert (workload.peer, workload.replicas) == ("default/x[Deployment]", 2)
        assert [(shape.pods, shape.labels["pod-template-hash"]) for shape in workload.shapes] == [
            (("x-1-a", "x-1-b"), "1")
        ]
        assert codes(cluster) == []

    def test_without_pods_the_topmost_template_counts(self) -> None:
        text = controller("Deployment", "x", "{v: new}") + controller(
            "ReplicaSet", "x-0", "{v: old}", self.DEPLOYMENT_OWNER
        )
        (workload,) = load_manifests(text).objects.workloads
        assert [shape.labels for shape in workload.shapes] == [{"v": "new"}]

    def test_one_step_beyond_what_is_there_is_taken_verbatim(self) -> None:
        text = controller("ReplicaSet", "x-1", owner=self.DEPLOYMENT_OWNER) + pod("p", "{app: x}", self.SET_OWNER)
        assert peers(text) == ["default/x[Deployment]"]

    def test_replica_sets_that_are_scaled_down_add_no_shape(self) -> None:
        text = controller("ReplicaSet", "x-0", "{v: old}", self.DEPLOYMENT_OWNER, replicas=0) + controller(
            "ReplicaSet", "x-1", "{v: new}", self.DEPLOYMENT_OWNER
        )
        (workload,) = load_manifests(text).objects.workloads
        assert [shape.labels for shape in workload.shapes] == [{"v": "new"}]

    def test_cron_job_jobs_and_pods_are_one_workload(self) -> None:
        template = "template: {metadata: {labels: {app: b}}, spec: {containers: [{}]}}"
        text = (
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: b}\n"
            f"spec: {{jobTemplate: {{spec: {{{template}}}}}}}\n"
            "---\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: b-1\n"
            f"  ownerReferences: [{{kind: CronJob, name: b, controller: true}}]\nspec: {{{template}}}\n"
        ) + pod("b-1-x", "{app: b, job-name: b-1}", "{kind: Job, name: b-1, controller: true}")
        assert peers(text) == ["default/b[CronJob]"]

    def test_what_an_operator_s_resource_owns_is_not_merged(self) -> None:
        owner = "{apiVersion: example.org/v1, kind: Stack, name: all, controller: true}"
        text = controller("Deployment", "a", owner=owner) + controller("Deployment", "b", owner=owner)
        assert peers(text) == ["default/a[Deployment]", "default/b[Deployment]"]

    def test_owners_in_a_circle_end(self) -> None:
        text = controller("ReplicaSet", "a", owner="{kind: ReplicaSet, name: b, controller: true}") + controller(
            "ReplicaSet", "b", owner="{kind: ReplicaSet, name: a, controller: true}"
        )
        assert len(peers(text)) == 2

    def test_the_order_of_objects_does_not_matter(self) -> None:
        texts = [controller("Deployment", "x"), controller("ReplicaSet", "x-1", owner=self.DEPLOYMENT_OWNER)]
        texts.append(pod("p", "{app: x}", self.SET_OWNER))
        assert peers("".join(texts)) == peers("".join(reversed(texts))) == ["default/x[Deployment]"]


class TestRule4Templates:
    def test_labels_and_ports_come_from_the_pod_template(self) -> None:
        text = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: x, labels: {of: the-deployment}}
spec:
  template:
    metadata: {labels: {of: the-pods}}
    spec:
      containers:
      - ports: [{name: http, containerPort: 8080}, {containerPort: 53, protocol: UDP}]
      - ports: [{containerPort: 9090.0}, {containerPort: 53, protocol: UDP}]
"""
        (workload,) = load_manifests(text).objects.workloads
        (shape,) = workload.shapes
        assert shape.labels == {"of": "the-pods"}
        assert [(p.name, p.protocol, p.port) for p in shape.ports] == [
            ("http", "TCP", 8080),
            ("", "UDP", 53),
            ("", "TCP", 9090),
        ]

    def test_ports_of_init_containers_count_if_they_keep_running(self) -> None:
        restarts = {"": [], ", restartPolicy: Always": [(80, True)], ", restartPolicy: OnFailure": []}
        for written, wanted in restarts.items():
            text = pod("p", spec=f"  initContainers: [{{ports: [{{containerPort: 80}}]{written}}}]\n")
            (shape,) = load_manifests(text).objects.workloads[0].shapes
            assert [(port.port, port.sidecar) for port in shape.ports] == wanted

    def test_every_workload_kind_is_read(self) -> None:
        template = "template: {metadata: {labels: {a: b}}, spec: {containers: [{}]}}"
        text = "".join(
            f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{{template}}}\n"
            for version, kind in (
                ("apps/v1", "Deployment"),
                ("apps/v1", "ReplicaSet"),
                ("apps/v1", "StatefulSet"),
                ("apps/v1", "DaemonSet"),
                ("batch/v1", "Job"),
                ("v1", "ReplicationController"),
                ("apps.openshift.io/v1", "DeploymentConfig"),
                ("kubevirt.io/v1", "VirtualMachine"),
            )
        )
        cluster = load_manifests(text)
        assert codes(cluster) == []
        assert {workload.kind for workload in cluster.objects.workloads} == {
            *("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"),
            *("ReplicationController", "DeploymentConfig", "VirtualMachine"),
        }
        assert all(workload.shapes[0].labels == {"a": "b"} for workload in cluster.objects.workloads)

    def test_a_virtual_machine_stands_for_the_pod_that_runs_it(self) -> None:
        machine = "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: vm}\nspec: {template: {}}\n"
        runner = pod("virt-launcher-vm-x", "{a: b}", "{kind: VirtualMachineInstance, name: vm, controller: true}")
        assert peers(machine + runner) == ["default/vm[VirtualMachine]"]

    def test_without_a_virtual_machine_its_pod_stays(self) -> None:
        assert peers(pod("virt-launcher-vm-x")) == ["default/virt-launcher-vm-x[Pod]"]


class TestRule5Shapes:
    OWNER = "{kind: ReplicaSet, name: x, controller: true}"

    def test_pods_with_different_labels_are_shapes_of_one_workload_and_reported(self) -> None:
        text = pod("a", "{app: x, tier: one}", self.OWNER) + pod("b", "{app: x, tier: two, extra: e}", self.OWNER)
        cluster = load_manifests(text)
        (workload,) = cluster.objects.workloads
        assert [(shape.labels["tier"], shape.pods) for shape in workload.shapes] == [("one", ("a",)), ("two", ("b",))]
        (problem,) = cluster.problems_found
        assert (problem.code, problem.severity.value, problem.object) == ("pods-differ", "warning", "Pod default/b")
        assert "(extra, tier)" in problem.message

    def test_labels_that_controllers_write_are_shapes_but_no_news(self) -> None:
        text = pod("a", "{app: x, pod-template-hash: '1', batch.kubernetes.io/job-name: a}", self.OWNER) + pod(
            "b", "{app: x, pod-template-hash: '2', statefulset.kubernetes.io/pod-name: b}", self.OWNER
        )
        cluster = load_manifests(text)
        assert len(cluster.objects.workloads[0].shapes) == 2
        assert codes(cluster) == []

    def test_pods_that_are_alike_are_one_shape(self) -> None:
        text = pod("a", "{app: x}", self.OWNER) + pod("b", "{app: x}", self.OWNER)
        assert len(load_manifests(text).objects.workloads[0].shapes) == 1

    def test_ports_and_host_network_make_shapes_too(self) -> None:
        text = (
            pod("a", "{app: x}", self.OWNER)
            + pod("b", "{app: x}", self.OWNER, spec="  hostNetwork: true\n")
            + pod("c", "{app: x}", self.OWNER).replace("[{name: c}]", "[{ports: [{containerPort: 1}]}]")
        )
        cluster = load_manifests(text)
        shapes = cluster.objects.workloads[0].shapes
        assert [(shape.host_network, len(shape.ports)) for shape in shapes] == [(False, 0), (True, 0), (False, 1)]
        assert codes(cluster) == []


def test_pods_bring_their_addresses_and_service_account() -> None:
    text = pod(
        "p", spec="  serviceAccountName: sa\nstatus: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}\n"
    )
    (workload,) = load_manifests(text).objects.workloads
    assert workload.service_account == "sa"
    assert workload.shapes[0].ips == ("10.0.0.1", "fd00::1")
