"""Which pods and ports count in a reading: `Semantics.finished_pods` and `Semantics.sidecar_ports`."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, lines, pod, policy
from workbench.connectivity import Semantics

DONE = pod("done", labels="app: done").replace("spec:", "status: {phase: Succeeded, podIP: 10.0.0.9}\nspec:", 1)
WEB = pod("web", labels="app: web").replace("spec:", "status: {phase: Running, podIP: 10.0.0.9}\nspec:", 1)
SIDECAR = "{restartPolicy: Always, ports: [{name: m, containerPort: 9}]}"
AGENT = pod("db", labels="app: db", spec=f"initContainers: [{SIDECAR}]")
NAMED = policy("podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: m}]}]")
NAMES = ("finished_pods", "sidecar_ports")


def test_finished_pods_are_no_ends_unless_the_reading_has_them() -> None:
    assert not any("done" in line for line in lines(WEB, DONE))
    assert any("done" in line for line in lines(WEB, DONE, semantics=Semantics(finished_pods=True)))
    assert any("done" in line for line in lines(WEB, DONE, semantics=Semantics.REFERENCE))


def test_workloads_that_have_finished_are_named_once() -> None:
    (problem,) = [one for one in compute(WEB, DONE).problems_found if one.code == "finished-workloads"]
    assert (problem.severity, problem.message) == (
        "info",
        "1 workload has finished and is no end of connections: default/done[Pod]",
    )
    assert not compute(WEB, DONE, semantics=Semantics.REFERENCE).problems_found


def test_a_question_about_a_finished_pod_says_so() -> None:
    found = compute(WEB, DONE, pod("x"))
    for name in ("default/done[Pod]", "default/done", "done"):
        with pytest.raises(LookupError, match="has finished"):
            found.query(name, "x")
        with pytest.raises(LookupError, match="has finished"):
            found.query("x", name)


def test_an_address_is_that_of_the_pod_that_lives() -> None:
    for order in ((WEB, DONE), (DONE, WEB)):
        assert compute(*order, pod("x")).query("x", "10.0.0.9").dst == "default/web[Pod]"


def test_an_address_that_only_a_finished_pod_had_is_no_one_s() -> None:
    with pytest.raises(LookupError, match="no pod has it now"):
        compute(DONE, pod("x")).query("x", "10.0.0.9")


def test_an_address_that_two_living_pods_have_means_neither() -> None:
    with pytest.raises(LookupError, match="may mean 2 workloads"):
        compute(WEB, WEB.replace("name: web", "name: other"), pod("x")).query("x", "10.0.0.9")


def test_a_sidecar_s_port_is_found_by_its_name() -> None:
    found = compute(pod("x"), AGENT, NAMED)
    assert str(found.query("x", "db").connection) == "TCP 9"
    assert not any("unresolved" in problem.code for problem in found.problems_found)
    without = compute(pod("x"), AGENT, NAMED, semantics=Semantics(sidecar_ports=False))
    assert [problem.code for problem in without.problems_found] == ["unresolved-named-port"]
    assert not without.query("x", "db").connection


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_s_reading_is_the_other_one(name: str) -> None:
    assert getattr(Semantics(), name) is not getattr(Semantics.REFERENCE, name)


def test_services_and_ingresses_lead_to_a_sidecar_s_port_by_its_name() -> None:
    ways = """
apiVersion: v1
kind: Service
metadata: {name: metrics, namespace: default}
spec: {selector: {app: db}, ports: [{port: 80, targetPort: m}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: way, namespace: default}
spec: {defaultBackend: {service: {name: metrics, port: {number: 80}}}}
---"""
    found = compute(pod("x"), AGENT, ways)
    assert str(found.query("x", "metrics.default", 80).asked) == "TCP 9"
    assert "{ingress-controller} => default/db[Pod] : TCP 9" in found.to_text()
    assert "{ingress-controller}" not in compute(pod("x"), AGENT, ways, semantics=Semantics.REFERENCE).to_text()
