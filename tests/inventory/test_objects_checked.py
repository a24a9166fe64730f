"""Objects that the API server would not take: what is reported, where, and what is kept nevertheless."""

from __future__ import annotations

import pytest

from workbench.ground import Problem, ProblemError
from workbench.inventory import Cluster, load_manifests

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: c
        ports:
        - containerPort: 80
"""


WHOLE = (
    "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}"
)


def problems(cluster: Cluster, code: str) -> list[Problem]:
    return [problem for problem in cluster.problems_found if problem.code == code]


class TestWrongFields:
    @pytest.mark.parametrize(
        "old, new, field, line",
        [
            ("{app: web}", "{app: 7}", "spec.template.metadata.labels.app", 9),
            ("{app: web}", "[app]", "spec.template.metadata.labels", 9),
            ("name: web", "name: 7", "metadata.name", 4),
            ("  name: web\n", "", "metadata.name", 3),
            ("      containers:", "      hostNetwork: 'true'\n      containers:", "spec.template.spec.hostNetwork", 11),
            ("spec:\n  template", "spec:\n  replicas: -1\n  template", "spec.replicas", 7),
            ("spec:\n  template", "spec:\n  replicas: 9999999999\n  template", "spec.replicas", 7),
        ],
    )
    def test_each_names_its_path_and_line_and_the_object_is_left_out(
        self, old: str, new: str, field: str, line: int
    ) -> None:
        cluster = load_manifests(DEPLOYMENT.replace(old, new, 1))
        (problem,) = cluster.problems_found
        assert (problem.code, problem.severity.value) == ("invalid-object", "error")
        assert (problem.field, problem.line, problem.file) == (field, line, "<text>")
        assert cluster.objects.workloads == ()
        assert len(cluster.objects.manifests) == 1

    def test_several_are_all_named(self) -> None:
        cluster = load_manifests(DEPLOYMENT.replace("name: web", "name: 7").replace("{app: web}", "{app: 1}"))
        assert len(problems(cluster, "invalid-object")) == 2

    def test_a_missing_template_is_named(self) -> None:
        (problem,) = load_manifests(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: x}\nspec: {}\n"
        ).problems_found
        assert problem.field == "spec.template"

    def test_text_that_was_meant_gets_the_remedy(self) -> None:
        (problem,) = load_manifests(DEPLOYMENT.replace("{app: web}", "{app: 7}")).problems_found
        assert "quotes" in problem.remedy


class TestWhatKubernetesTakes:
    def test_null_means_missing(self) -> None:
        text = DEPLOYMENT.replace("- containerPort: 80", "- containerPort: 80\n          protocol: null").replace(
            "      containers:", "      hostNetwork: null\n      serviceAccountName: ~\n      containers:"
        )
        cluster = load_manifests(text.replace("spec:\n  template", "spec:\n  replicas:\n  template", 1))
        (workload,) = cluster.objects.workloads
        assert cluster.problems_found == ()
        assert (workload.replicas, workload.shapes[0].ports[0].protocol) == (None, "TCP")

    def test_a_null_label_is_an_empty_one(self) -> None:
        (workload,) = load_manifests(DEPLOYMENT.replace("{app: web}", "{app: null}")).objects.workloads
        assert workload.shapes[0].labels == {"app": ""}

    @pytest.mark.parametrize("number", ["80.0", "8e1", "0120", "0x50", "8_0"])
    def test_whole_numbers_may_be_written_in_many_ways(self, number: str) -> None:
        (workload,) = load_manifests(DEPLOYMENT.replace("80", number)).objects.workloads
        assert workload.shapes[0].ports[0].port == 80

    def test_an_unquoted_y_is_a_boolean_where_one_is_wanted(self) -> None:
        text = DEPLOYMENT.replace("      containers:", "      hostNetwork: y\n      containers:")
        assert load_manifests(text).objects.workloads[0].shapes[0].host_network

    def test_a_name_may_be_left_to_the_server(self) -> None:
        (workload,) = load_manifests(DEPLOYMENT.replace("name: web", "generateName: web-")).objects.workloads
        assert workload.name == "web-"


class TestAddresses:
    @pytest.mark.parametrize(
        "status, field",
        [
            ("podIP: 10.0.0.300, podIPs: [{ip: 10.0.0.3}]", "podIP"),
            ("podIPs: [{ip: 10.0.0.3}, {ip: x}]", "podIPs[1].ip"),
        ],
    )
    def test_an_address_of_a_pod_that_is_none_is_a_warning_and_left_out(self, status: str, field: str) -> None:
        pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c}]}\n"
        cluster = load_manifests(f"{pod}status: {{{status}}}\n")
        (problem,) = cluster.problems_found
        assert (problem.code, problem.severity.value) == ("invalid-address", "warning")
        assert (problem.field, problem.line) == (f"status.{field}", 5)
        assert cluster.objects.workloads[0].shapes[0].ips == ("10.0.0.3",)


class TestNamesAndLabels:
    @pytest.mark.parametrize(
        "old, new, code, field",
        [
            ("name: web", "name: Web_1", "invalid-name", "metadata.name"),
            ("namespace: shop", "namespace: a.b", "invalid-name", "metadata.namespace"),
            ("{app: web}", "{app: a b}", "invalid-label", "spec.template.metadata.labels.app"),
            ("{app: web}", "{'a/b/c': x}", "invalid-label", "spec.template.metadata.labels.a/b/c"),
            ("{app: web}", "{app: " + "x" * 64 + "}", "invalid-label", "spec.template.metadata.labels.app"),
            (
                "containers:\n      - name: c",
                "containers: []\n      x:\n      - name: c",
                "no-containers",
                "spec.template.spec.containers",
            ),
        ],
    )
    def test_what_the_server_refuses_is_an_error_and_the_object_kept(
        self, old: str, new: str, code: str, field: str
    ) -> None:
        cluster = load_manifests(DEPLOYMENT.replace(old, new, 1))
        (problem,) = cluster.problems_found
        assert (problem.code, problem.severity.value, problem.field) == (code, "error", field)
        assert len(cluster.objects.workloads) == 1

    @pytest.mark.parametrize("labels", ["{a.b/c_d-e: F.g_h-1, x: ''}", "{A: " + "x" * 63 + "}"])
    def test_good_labels_are_no_problem(self, labels: str) -> None:
        assert load_manifests(DEPLOYMENT.replace("{app: web}", labels)).problems_found == ()


class TestVersions:
    @pytest.mark.parametrize(
        "version, kind, told",
        [
            ("extensions/v1beta1", "Deployment", "1.16"),
            ("apps/v1beta1", "Deployment", "1.16"),
            ("apps/v2", "Deployment", "no Deployment"),
            ("v1", "Deployment", "no Deployment"),
            ("app/v1", "Deployment", "no Deployment"),
            ("apps.k8s.io/v1", "Deployment", "no Deployment"),
            ("apps/v1", "ReplicationController", "no ReplicationController"),
            ("v1", "DeploymentConfig", "OpenShift 3"),
        ],
    )
    def test_old_and_mistaken_versions_are_read_with_a_warning(self, version: str, kind: str, told: str) -> None:
        text = DEPLOYMENT.replace("apps/v1", version).replace("kind: Deployment", f"kind: {kind}")
        cluster = load_manifests(text)
        (problem,) = cluster.problems_found
        assert (problem.code, problem.severity.value, problem.field) == ("api-version", "warning", "apiVersion")
        assert told in problem.message
        assert problem.remedy.startswith("write apiVersion: ")
        assert len(cluster.objects.workloads) == 1

    def test_a_missing_version_is_an_error_and_the_object_is_read(self) -> None:
        cluster = load_manifests(DEPLOYMENT.replace("apiVersion: apps/v1\n", ""))
        (problem,) = cluster.problems_found
        assert (problem.code, problem.severity.value) == ("api-version", "error")
        assert len(cluster.objects.workloads) == 1

    def test_the_same_kind_of_another_group_is_another_kind(self) -> None:
        text = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: s}\nspec: {template: {}}\n"
        cluster = load_manifests(text)
        assert (cluster.problems_found, cluster.objects.services) == ((), ())

    @pytest.mark.parametrize(
        "version, kind, meant",
        [("networking.k8s.io/v1", "NetworkPolcy", "NetworkPolicy"), ("v1", "pod", "Pod"), ("apps/v1", "Widget", "")],
    )
    def test_a_misspelt_kind_of_kubernetes_own_groups_is_an_error(self, version: str, kind: str, meant: str) -> None:
        (problem,) = load_manifests(f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n").problems_found
        assert (problem.code, problem.severity.value, problem.line) == ("unknown-kind", "error", 2)
        assert meant in problem.remedy


class TestRepetitions:
    def test_the_later_object_counts_and_both_places_are_named(self) -> None:
        cluster = load_manifests(DEPLOYMENT + "---\n" + DEPLOYMENT.replace("{app: web}", "{app: later}"))
        (workload,) = cluster.objects.workloads
        assert workload.shapes[0].labels == {"app": "later"}
        (problem,) = cluster.problems_found
        assert (problem.code, problem.severity.value, problem.line) == ("duplicate-object", "warning", 16)
        assert "<text>:1" in problem.message

    def test_no_namespace_and_default_are_the_same(self) -> None:
        text = DEPLOYMENT.replace("  namespace: shop\n", "") + "---\n" + DEPLOYMENT.replace("shop", "default", 1)
        cluster = load_manifests(text.replace("{app: web}", "{app: other}", 1))
        assert len(cluster.objects.workloads) == 1
        assert len(problems(cluster, "duplicate-object")) == 1

    def test_equal_objects_say_nothing_new(self) -> None:
        written_by_the_server = DEPLOYMENT.replace("  namespace: shop\n", "  namespace: shop\n  resourceVersion: '7'\n")
        cluster = load_manifests(f"{DEPLOYMENT}---\n{DEPLOYMENT}---\n{written_by_the_server}status: {{replicas: 1}}\n")
        assert len(cluster.objects.workloads) == 1
        assert cluster.problems_found == ()

    @pytest.mark.parametrize("fragment", ["{replicas: 3}", "{template: {spec: {containers: 7}}}", "7"])
    def test_what_cannot_be_read_does_not_replace_what_can(self, fragment: str) -> None:
        patch = (
            f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec: {fragment}\n"
        )
        for text in (DEPLOYMENT + patch, patch + "---\n" + DEPLOYMENT, DEPLOYMENT + patch + patch.replace("3", "4")):
            cluster = load_manifests(text)
            (workload,) = cluster.objects.workloads
            assert workload.shapes[0].labels == {"app": "web"}
        cluster = load_manifests(DEPLOYMENT + patch)
        assert {problem.severity.value for problem in cluster.problems_found} == {"error"}
        assert problems(cluster, "incomplete-repetition")
        assert all(problem.line and problem.line > 15 for problem in cluster.problems_found)

    @pytest.mark.parametrize(
        "kind, whole, fragment, lacks",
        [
            ("Deployment", WHOLE, "template: {spec: {nodeSelector: {a: b}, containers: []}}", "containers"),
            ("Deployment", WHOLE, "template: {spec: {containers: [{name: c, resources: {}}]}}", "spec.selector"),
            (
                "Deployment",
                WHOLE,
                "selector: {matchLabels: {a: b}}, template: {spec: {containers: [{name: c}]}}",
                "image",
            ),
            ("Service", "selector: {a: b}, ports: [{port: 80}]", "type: LoadBalancer", "spec.ports"),
            ("Ingress", "defaultBackend: {service: {name: s, port: {number: 80}}}", "tls: []", "spec.rules"),
            ("Pod", "containers: [{name: c, image: i}]", "nodeName: node", "spec.containers"),
        ],
    )
    @pytest.mark.parametrize("first", [True, False])
    def test_a_fragment_does_not_replace_a_complete_object(
        self, kind: str, whole: str, fragment: str, lacks: str, *, first: bool
    ) -> None:
        version = {"Deployment": "apps/v1", "Ingress": "networking.k8s.io/v1"}.get(kind, "v1")
        complete, patch = (
            f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{{spec}}}\n"
            for spec in (whole, fragment)
        )
        cluster = load_manifests("---\n".join([patch, complete] if first else [complete, patch]))
        (kept,) = cluster.objects.manifests
        assert kept.source.line == (6 if first else 1)
        (problem,) = cluster.problems_found
        assert (problem.code, problem.severity, problem.line) == ("incomplete-repetition", "error", 1 if first else 6)
        assert lacks in problem.message

    def test_policies_are_reported_first_and_objects_without_a_part_in_connectivity_as_info(self) -> None:
        config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n"
        policy = (
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n"
            "spec: {podSelector: {}, ingress: [{}]}\n"
        )
        text = config + config.replace("b}", "c}") + policy + policy.replace("[{}]", "[]")
        assert [(p.code, p.severity.value) for p in load_manifests(text).problems_found] == [
            ("duplicate-policy", "warning"),
            ("duplicate-object", "info"),
        ]

    def test_of_a_pod_read_twice_its_address_matters_and_its_conditions_do_not(self) -> None:
        pod = (
            "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}]}\n"
            "status: {podIP: 10.0.0.1, phase: Running, conditions: [{type: Ready}]}\n"
        )
        assert not load_manifests(pod + pod.replace("Ready", "Other")).problems_found
        assert problems(load_manifests(pod + pod.replace("10.0.0.1", "10.0.0.2")), "duplicate-object")

    @pytest.mark.parametrize("old, new", [("shop", "other"), ("name: web", "name: b"), ("Deployment", "StatefulSet")])
    def test_another_namespace_name_or_kind_is_another_object(self, old: str, new: str) -> None:
        cluster = load_manifests(DEPLOYMENT + "---\n" + DEPLOYMENT.replace(old, new, 1))
        assert cluster.problems_found == ()
        assert len(cluster.objects.workloads) == 2


class TestStrict:
    def test_the_first_error_is_raised(self) -> None:
        with pytest.raises(ProblemError, match="containerPort") as caught:
            load_manifests(DEPLOYMENT.replace("80", "a"), strict=True)
        assert caught.value.problem.code == "invalid-port"

    def test_warnings_are_not(self) -> None:
        cluster = load_manifests(DEPLOYMENT.replace("apps/v1", "apps/v1beta1"), strict=True)
        assert len(cluster.problems_found) == 1


class TestBadPorts:
    @pytest.mark.parametrize(
        "port, field",
        [
            ("{name: http}", "containerPort"),
            ("{containerPort: 70000}", "containerPort"),
            ("{containerPort: http}", "containerPort"),
            ("{containerPort: 80.5}", "containerPort"),
            ("{containerPort: true}", "containerPort"),
            ("{containerPort: 81, protocol: tcp}", "protocol"),
            ("7", ""),
        ],
    )
    def test_a_port_that_is_malformed_costs_itself(self, port: str, field: str) -> None:
        cluster = load_manifests(
            DEPLOYMENT.replace("        - containerPort", f"        - {port}\n        - containerPort")
        )
        (workload,) = cluster.objects.workloads
        assert [one.port for one in workload.shapes[0].ports] == [80]
        (problem,) = cluster.problems_found
        assert (problem.code, problem.severity.value, problem.line) == ("invalid-port", "error", 14)
        assert problem.field == ".".join(filter(None, ("spec.template.spec.containers[0].ports[0]", field)))
        assert "this port is left out" in problem.message

    def test_ports_that_are_no_list_cost_themselves(self) -> None:
        cluster = load_manifests(DEPLOYMENT.replace("        - containerPort", "          containerPort"))
        assert cluster.objects.workloads[0].shapes[0].ports == ()
        assert [problem.code for problem in cluster.problems_found] == ["invalid-port"]

    def test_what_else_is_wrong_still_costs_the_object(self) -> None:
        cluster = load_manifests(DEPLOYMENT.replace("80", "a").replace("{app: web}", "7"))
        assert not cluster.objects.workloads
        assert {problem.code for problem in cluster.problems_found} == {"invalid-port", "invalid-object"}

    def test_a_bad_port_in_a_machine_s_interface_costs_itself(self) -> None:
        text = (
            "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: vm}\nspec: {template: {spec: {domain:"
            " {devices: {interfaces: [{name: i, ports: [{name: x}, {port: 80}]}]}}}}}\n"
        )
        assert [port.port for port in load_manifests(text).objects.workloads[0].shapes[0].ports] == [80]
