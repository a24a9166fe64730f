"""Questions about one pair, as public reports have them: Services, nodes, the host's network, addresses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cases.suite import case
from tests.cli.command import command
from workbench.connectivity import Answer, evaluate
from workbench.inventory import load_manifests


def asked(name: str, file: str, *words: str) -> Any:  # noqa: ANN401  (JSON)
    """Return the JSON answer that the command line gives about manifests of a case, and its exit status."""
    path = case(name) / file
    result = command("connectivity", "query", *words[:2], path, *words[2:], "-o", "json", "--exit-code")
    assert result.exit_code in {0, 3, 4}, result.stderr
    answer = json.loads(result.stdout)
    assert result.exit_code == {"allowed": 0, "denied": 3, "partly": 4}[answer["verdict"]]
    return answer


def queried(name: str, src: str, dst: str, port: int | None = None) -> Answer:
    return evaluate(load_manifests(case(name) / "m.yaml")).query(src, dst, port)


def mapped(name: str, *options: str) -> list[str]:
    return command("connectivity", "map", case(name) / "m.yaml", *options).stdout.splitlines()


def test_no_selector_chooses_pods_of_the_hosts_network() -> None:
    found = mapped("policies/a04-hostnetwork-peer")
    assert "app/db[Pod] => app/agent[DaemonSet] : All Connections" in found
    assert not [line for line in found if line.startswith("app/agent[DaemonSet] => app/db[Pod]")]
    assert not [line for line in found if line.startswith("app/prom[Pod] => app/agent[DaemonSet]")]
    for ends in (("app/agent", "app/db", 5432), ("app/prom", "app/agent", 61678)):
        answer = queried("policies/a04-hostnetwork-peer", *ends)
        assert (answer.verdict, str(answer.connection)) == ("partly", "No Connections")  # the node may be the same


def test_read_as_pods_they_are_subject_and_peer() -> None:
    found = mapped("policies/a04-hostnetwork-peer", "--host-network", "pod")
    assert "app/agent[DaemonSet] => app/db[Pod] : TCP 5432" in found
    assert not [line for line in found if "=> app/agent[DaemonSet]" in line and not line.startswith("app/agent")]


@pytest.mark.parametrize("file,verdict", [("bad.yaml", "denied"), ("ok.yaml", "allowed")])
def test_policies_see_the_ports_of_pods(file: str, verdict: str) -> None:
    answer = asked("policies/a23-service-port-vs-pod-port", file, "app/client", "web.app.svc", "-p", "80")
    assert (answer["verdict"], answer["asked"]) == (verdict, "TCP 8080")


@pytest.mark.parametrize("src,dst,verdict", [("client", "web", "allowed"), ("client", "db", "denied"),
                                             ("client2", "db", "allowed")])  # fmt: skip
def test_blocks_hold_pods_where_asked_for_and_otherwise_the_answer_says_that_they_do_not(
    src: str, dst: str, verdict: str
) -> None:
    name, ends = "policies/a40-ipblock-and-pods", (f"app/{src}", f"app/{dst}", "-p", "80")
    assert asked(name, "m.yaml", *ends, "--cluster-addresses", "all")["verdict"] == verdict
    plain = asked(name, "m.yaml", *ends)
    assert plain["verdict"] == "denied"
    assert bool([note for note in plain["notes"] if "ipBlocks hold pods" in note]) == (verdict == "allowed")


def test_an_address_of_a_service_in_a_block_is_told() -> None:
    name = "policies/a41-service-ip-in-ipblock"
    dns = asked(name, "m.yaml", "app/client", "10.96.0.10", "-p", "53", "--protocol", "udp")
    assert (dns["verdict"], dns["dst"], dns["service"]) == (
        "denied",
        "kube-system/coredns[Pod]",
        "Service kube-system/dns",
    )
    assert "NetworkPolicy app/e names 10.96.0.10" in " ".join(dns["notes"])
    api = asked(name, "m.yaml", "app/client", "10.96.0.1", "-p", "443")
    assert (api["verdict"], api["service"]) == ("denied", "Service default/kubernetes")


@pytest.mark.parametrize(
    "words,verdict,asked_about",
    [
        (("web.app.svc.cluster.local", "-p", "80"), "allowed", "TCP 8080"),
        (("web.app.svc", "-p", "443"), "denied", "TCP 8443"),
        (("head.app.svc", "-p", "8080"), "allowed", "TCP 8080"),
        (("20.1.1.1", "-p", "80"), "allowed", "TCP 8080"),
        (("web.app.svc",), "partly", "TCP 8080,8443"),
    ],
)
def test_services_are_asked_about_by_what_they_offer(words: tuple[str, ...], verdict: str, asked_about: str) -> None:
    answer = asked("policies/a64-service-queries", "m.yaml", "app/c", *words)
    assert (answer["verdict"], answer["asked"]) == (verdict, asked_about)


def test_a_port_that_a_service_has_not_and_a_name_that_leads_outside_are_told() -> None:
    manifests = case("policies/a64-service-queries") / "m.yaml"
    missing = command("connectivity", "query", "app/c", "web.app.svc", manifests, "-p", "81", "--exit-code")
    assert missing.exit_code == 3
    assert missing.stdout.startswith("denied: Service app/web offers no port 81 (it offers 80, 443).\n")
    outside = asked("policies/a64-service-queries", "m.yaml", "app/c", "ext.app.svc", "-p", "443")
    assert outside["dst"] == "x.example.com"
    assert "leads outside" in " ".join(outside["notes"])


def test_a_finished_pod_is_no_end_and_its_address_is_the_living_pods() -> None:
    name = "policies/a03-completed-pod"
    answer = queried(name, "app/client", "10.1.0.9", 80)
    assert (answer.verdict, answer.dst) == ("allowed", "app/api[Pod]")
    finished = queried(name, "app/backup-x", "app/db", 5432)
    assert (finished.verdict, finished.headline) == (
        "denied",
        "denied: app/backup-x[Pod] has finished and has no network.",
    )
