"""Which pods and ports count in a reading: `Semantics.finished_pods` and `Semantics.sidecar_ports`."""

from __future__ import annotations

from itertools import permutations

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
        "1 workload has finished and is left out of connections: default/done[Pod]",
    )
    assert not compute(WEB, DONE, semantics=Semantics.REFERENCE).problems_found


@pytest.mark.parametrize("name", ["default/done[Pod]", "default/done", "done"])
@pytest.mark.parametrize("port", [None, 80])
def test_a_question_about_a_finished_pod_is_denied_since_it_has_no_network(name: str, port: int | None) -> None:
    found = compute(WEB, DONE, pod("x"))
    for ends in ((name, "x"), ("x", name), (name, name), (name, "1.1.1.1"), ("outside", name)):
        answer = found.query(*ends, port)
        assert (answer.verdict, bool(answer), str(answer.connection)) == ("denied", False, "No Connections")
        assert answer.headline == "denied: default/done[Pod] has finished and has no network."
        assert {reason.note for verdict in answer.verdicts for reason in verdict.reasons} == {answer.obstacle}


def test_other_questions_about_a_finished_pod_say_so() -> None:
    found = compute(WEB, DONE, pod("x"))
    with pytest.raises(LookupError, match="has finished and has no network"):
        found.explain("done")
    with pytest.raises(LookupError, match="has finished and has no network"):
        found.reach("done")


OWNED = "ownerReferences: [{kind: Job, name: migrate, controller: true}], labels:"


def test_a_finished_pod_of_a_workload_that_goes_on_is_told_from_it() -> None:
    gone = pod("migrate-1").replace("labels:", OWNED).replace("spec:", "status: {phase: Failed}\nspec:", 1)
    found = compute(gone, pod("migrate-2").replace("labels:", OWNED), pod("x"))
    assert found.query("migrate", "x").allowed
    answer = found.query("x", "default/migrate-1", 80)
    assert (
        answer.headline == "denied: default/migrate-1, a pod of default/migrate[Job], has finished and has no network."
    )
    assert answer.dst == "default/migrate-1[Pod]"


def test_a_name_of_several_finished_workloads_is_ambiguous() -> None:
    found = compute(DONE, DONE.replace("namespace: default", "namespace: other"), pod("x"))
    with pytest.raises(LookupError, match=r"'done' may mean 2 workloads: default/done\[Pod\], other/done\[Pod\]"):
        found.query("x", "done")
    assert found.query("x", "other/done").dst == "other/done[Pod]"


def test_a_name_that_is_nearly_a_finished_one_is_a_mistake_with_the_right_name() -> None:
    with pytest.raises(LookupError, match="did you mean default/done"):
        compute(DONE, pod("x")).query("default/don", "x")


def test_an_address_is_that_of_the_pod_that_lives() -> None:
    for order in ((WEB, DONE), (DONE, WEB)):
        assert compute(*order, pod("x")).query("x", "10.0.0.9").dst == "default/web[Pod]"


def test_an_address_that_only_a_finished_pod_had_is_no_one_s() -> None:
    answer = compute(DONE, pod("x")).query("x", "10.0.0.9")
    assert (answer.verdict, answer.dst) == ("denied", "10.0.0.9")
    assert "10.0.0.9 was the address of default/done[Pod]" in answer.headline
    assert "no pod has it now" in answer.headline


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
    assert "{ingress-controller} => default/db[Pod] : TCP 9" in found.render("txt")
    assert "{ingress-controller}" not in compute(pod("x"), AGENT, ways, semantics=Semantics.REFERENCE).render("txt")


@pytest.mark.parametrize("peers", list(permutations("abcd")), ids="".join)
def test_a_port_is_declared_by_any_of_a_rules_peers_in_whatever_order_they_stand(peers: tuple[str, ...]) -> None:
    to = ", ".join(f"{{podSelector: {{matchLabels: {{app: {peer}}}}}}}" for peer in peers)
    named = policy(f"podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{to}], ports: [{{port: m}}]}}]")
    for declares in "abcd":
        pods = [
            pod(one, labels=f"app: {one}", ports="{name: m, containerPort: 9}" if one == declares else "")
            for one in "abcd"
        ]
        found = compute(*pods, named)
        assert [problem.code for problem in found.problems_found] == []
        assert found.query("a" if declares != "a" else "b", declares, 9).allowed
