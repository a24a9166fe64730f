"""The recipes of the usual guides, read back: what each opens and what it closes (generate 9)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.generate.town import Json, cluster_of, pod, proposed, service, specs, text_of, workload
from workbench.connectivity import evaluate
from workbench.generate import Proposal
from workbench.ground import ArgumentError
from workbench.inventory import Cluster

INTERNET, NEW = "networking/allow-internet-access", "networking/allow-all-connections"
A, B, D, C, DNS = "n/a", "n/b", "n/d", "m/c", "kube-system/dns"
OUTSIDE, INSIDE, METADATA = "203.0.113.7", "10.9.9.9", "169.254.169.254"
ENDS = (A, B, D, C, DNS, OUTSIDE, INSIDE, METADATA, "2001:4860::1", "fd00::1")
PUBLIC = {OUTSIDE, "2001:4860::1"}


def town(**labels: str) -> Cluster:
    """Return two namespaces and a DNS; n/a has more labels."""
    return cluster_of(
        workload(A, labels={"app": "a", **{key.replace("__", "/"): value for key, value in labels.items()}}),
        workload(B),
        workload(D),
        workload(C),
        workload(DNS, ports=[{"containerPort": 5353, "protocol": "UDP"}]),
        service("kube-system/kube-dns", {"app": "dns"}, {"port": 53, "targetPort": 5353, "protocol": "UDP"}),
    )


def recipe(name: str, cluster: Cluster, **options: Any) -> Proposal:  # noqa: ANN401
    return proposed(cluster, strategy="recipe", name=name, **{"namespaces": "n", **options})


def is_open(cluster: Cluster, port: int = 80, protocol: str = "TCP") -> Callable[[str, str], bool]:
    conn = evaluate(cluster)
    return lambda src, dst: conn.query(src, dst, port, protocol).allowed


def pairs() -> list[tuple[str, str]]:
    return [(src, dst) for src in ENDS for dst in ENDS if src != dst and ("/" in src or "/" in dst)]


def is_in(name: str) -> bool:
    return name.startswith("n/")


def touches(src: str, dst: str) -> bool:
    return is_in(src) or is_in(dst)


CASES: dict[str, tuple[str, dict[str, Any], Callable[[str, str], bool]]] = {
    "default-deny": ("", {}, lambda src, dst: not touches(src, dst)),
    "default-deny-ingress": ("", {}, lambda _, dst: not is_in(dst)),
    "default-deny-egress": ("", {}, lambda src, _: not is_in(src)),
    "allow-all-ingress": ("default-deny", {}, lambda src, _: not is_in(src)),
    "allow-all-egress": ("default-deny", {}, lambda _, dst: not is_in(dst)),
    "allow-same-namespace": ("", {}, lambda src, dst: not touches(src, dst) or (is_in(src) and is_in(dst))),
    "allow-from-namespaces": ("", {"peers": ("m",)}, lambda src, dst: not is_in(dst) or src == C),
    "allow-dns": ("", {}, lambda src, _: not is_in(src)),
    "allow-internet-access": ("", {}, lambda src, dst: src != A or dst in PUBLIC),
    "allow-new-deployments": ("default-deny", {}, lambda src, dst: not {B, D} & {src, dst}),
    "hub-and-spoke": (
        "",
        {"hub": A},
        lambda src, dst: not touches(src, dst) or (is_in(src) and is_in(dst) and A in {src, dst}),
    ),
}
LABELS = {"allow-internet-access": INTERNET, "allow-new-deployments": NEW}


@pytest.mark.parametrize("name", CASES)
def test_a_recipe_opens_and_closes_what_it_says(name: str) -> None:
    below, options, expected = CASES[name]
    cluster = town(**({LABELS[name].replace("/", "__"): "true"} if name in LABELS else {}))
    if below:
        cluster = recipe(below, cluster).changed_cluster
    found = recipe(name, cluster, **options)
    allowed = is_open(found.changed_cluster)
    assert {pair for pair in pairs() if allowed(*pair)} == {pair for pair in pairs() if expected(*pair)}


def test_every_recipe_is_tried() -> None:
    with pytest.raises(ArgumentError) as error:
        recipe("none", town())
    assert all(name in str(error.value) for name in CASES)
    assert str(error.value).count(", ") >= len(CASES) - 1


def test_dns_is_found_behind_its_service_at_the_port_of_its_pods() -> None:
    cluster = recipe("allow-dns", town()).changed_cluster
    at_pod, at_service = is_open(cluster, 5353, "UDP"), is_open(cluster, 53, "UDP")
    assert at_pod(A, DNS)
    assert not at_pod(A, C)
    assert not at_service(A, DNS)


def test_ports_narrow_a_recipe() -> None:
    cluster = recipe("allow-same-namespace", town(), ports="TCP 80").changed_cluster
    assert is_open(cluster, 80)(A, B)
    assert not is_open(cluster, 81)(A, B)


def test_it_is_written_for_every_namespace_that_is_asked_about() -> None:
    assert set(specs(recipe("default-deny", town(), namespaces=["n", "m"]))) == {"n/default-deny", "m/default-deny"}
    assert set(specs(recipe("default-deny", town(), namespaces=()))) == {"n/default-deny", "m/default-deny"}


def test_protected_namespaces_are_skipped() -> None:
    assert recipe("default-deny", town(), namespaces="kube-system").drafts == ()


@pytest.mark.parametrize("client", ["kubectl", "oc"])
def test_labels_are_given_by_commands(client: str) -> None:
    bare: list[Json] = [pod("n/p", {"app": "p"})]
    cluster = cluster_of(workload(A), bare)
    found = recipe("allow-internet-access", cluster, peers=(A, "n/p[Pod]"), client=client)
    patch = json.dumps({"spec": {"template": {"metadata": {"labels": {INTERNET: "true"}}}}}, separators=(",", ":"))
    assert set(found.commands) == {
        f"{client} -n n patch statefulset a -p '{patch}'",
        f"{client} -n n label pod p {INTERNET}=true",
    }
    assert text_of(found, "kubectl").startswith(f"# {found.commands[0]}\n")


def test_every_rule_says_which_recipe_it_is_of() -> None:
    for name, (_, options, _) in CASES.items():
        found = recipe(name, town(), **options)
        reasons = found.reasons()
        names = {one.name for one in found.policies}
        assert set(reasons["basis"]) <= {"recipe"}
        assert {said.partition(": ")[0] for said in reasons["said_by"]} <= names


@pytest.mark.parametrize(
    "name,options,said",
    [
        ("allow-from-namespaces", {}, "needs peers"),
        ("allow-from-namespaces", {"peers": ("nowhere",)}, "there is no namespace 'nowhere'"),
        ("hub-and-spoke", {}, "needs the workload in the middle"),
        ("default-deny", {"ports": "TCP x"}, "is not a port"),
    ],
)
def test_what_a_recipe_lacks_is_said(name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        recipe(name, town(), **options)


def test_a_hub_that_is_not_there_or_cannot_be_told_apart_is_left_out() -> None:
    assert [one.why.value for one in recipe("hub-and-spoke", town(), hub="m/c").left_out] == ["unresolved"]
    alike = cluster_of(workload(A, labels={"app": "x"}), workload(B, labels={"app": "x"}))
    assert [one.why.value for one in recipe("hub-and-spoke", alike, hub=A).left_out] == ["selects-others"]


@pytest.mark.parametrize("name", ["allow-internet-access", "allow-new-deployments"])
def test_a_workload_that_is_not_there_gets_no_label_and_it_says_so(name: str) -> None:
    found = recipe(name, town(), peers=(A, "n/none"))
    assert [one.partition(" ")[2].split()[:5] for one in found.commands] == [["-n", "n", "patch", "statefulset", "a"]]
    assert [(one.why.value, one.subject) for one in found.left_out] == [("unresolved", "n/none")]
