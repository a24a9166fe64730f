"""Public reports about what a pod, a label, a port and an object is, and the right answers to them."""

from __future__ import annotations

from tests.cases.suite import case
from workbench.connectivity import Connectivity, evaluate, sanity
from workbench.inventory import load_manifests


def computed(name: str) -> Connectivity:
    return evaluate(load_manifests(case(f"policies/{name}")))


def test_the_port_of_a_sidecar_counts_and_that_of_an_init_container_does_not() -> None:
    found = computed("a01-sidecar-named-port")
    assert str(found.query("app/scraper", "app/store").connection) == "TCP 8099"
    assert "store[Pod] : TCP 8099" in found.render("txt")


def test_finished_pods_are_no_ends_and_an_address_is_the_living_pod_s() -> None:
    found = computed("a03-completed-pod")
    assert not any(name in found.render("txt") for name in ("backup", "crash"))
    assert found.query("app/backup-x", "app/db", 5432).obstacle == "app/backup-x[Pod] has finished and has no network"
    answer = found.query("app/client", "10.1.0.9", 80)
    assert (answer.dst, answer.allowed) == ("app/api[Pod]", True)


def test_a_namespace_is_called_as_it_is_called() -> None:
    found = computed("a24-metadata-name-override")
    assert not found.query("test/x", "app/db").connection


def test_equal_repetitions_are_silent() -> None:
    cluster = load_manifests(case("policies/a38-must-gather"))
    assert len(cluster.objects.workloads) == 2
    assert not [problem for problem in cluster.problems_found if problem.code.startswith("duplicate")]


def test_a_policy_given_twice_is_not_hidden_behind_other_objects() -> None:
    found = load_manifests(case("policies/a43-duplicate-noise")).problems_found
    assert [(problem.code, problem.severity) for problem in found if problem.severity != "info"] == [
        ("duplicate-policy", "warning")
    ]


def test_a_fragment_does_not_replace_what_is_complete() -> None:
    cluster = load_manifests(case("policies/a44-invalid-shadows-valid"))
    assert "app/web[Deployment]" in [workload.peer for workload in cluster.objects.workloads]
    assert [problem.file.rpartition("/")[2] for problem in cluster.problems_found if problem.severity == "error"] == [
        "2.yaml"
    ]


def test_labels_that_controllers_add_are_known() -> None:
    found = computed("a21-controller-labels")
    assert len([peer for peer in found.workloads_named() if peer.workload == "db"]) == 2
    assert found.query("app/migrate", "app/db", 5432).verdict == "allowed"
    assert [problem.code for problem in found.problems_found] == ["pods-by-ordinal"]
    assert not [finding for finding in sanity(found) if finding.code == "empty" and finding.rule is None]


def test_labels_of_a_namespace_without_a_manifest_are_not_known() -> None:
    found = computed("a53-undeclared-namespace-labels")
    told = [problem for problem in found.problems_found if problem.code == "undeclared-namespace"]
    assert any("mon" in problem.message for problem in told)


def test_objects_without_a_namespace_go_where_they_are_sent() -> None:
    folder = case("policies/a54-helm-output-without-namespace")
    assert [problem.code for problem in load_manifests(folder).problems_found] == ["namespace-without-pods"]
    found = evaluate(load_manifests(folder, namespace="shop"))
    assert not found.query("shop/other", "shop/web").connection


def test_custom_resources_that_make_pods_are_workloads() -> None:
    cluster = load_manifests(case("policies/a33-argo-rollout"))
    assert {"app/web[Rollout]", "app/k8s[Prometheus]"} <= {workload.peer for workload in cluster.objects.workloads}
    found = evaluate(cluster)
    assert found.query("app/k8s", "app/web", 80).allowed
    assert not found.query("app/client", "app/web", 80).connection
    assert not [finding for finding in sanity(found) if finding.code == "empty"]
    assert not [problem for problem in found.problems_found if problem.code == "backend-without-pods"]
