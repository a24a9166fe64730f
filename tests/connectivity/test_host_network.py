"""Pods of the host's network: to policies they are their node, or pods like any others; never something between."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, lines, pod, policy, ports
from workbench.connectivity import Semantics
from workbench.inventory import load_manifests

AGENT = pod("agent", labels="app: agent", spec="hostNetwork: true", ports="{name: metrics, containerPort: 9100}")
DB = pod("db", labels="app: db")
PROM = pod("prom", labels="app: prom")
DENY_AGENT = policy("podSelector: {matchLabels: {app: agent}}, policyTypes: [Ingress, Egress]", "deny-agent")
AS_PODS = Semantics(host_network="pod")


def into_db(*peers: str) -> str:
    listed = ", ".join(peers)
    return policy(
        f"podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: [{listed}], ports: [{{port: 5432}}]}}]"
    )


def out_of_prom(*peers: str) -> str:
    listed = ", ".join(peers)
    spec = f"podSelector: {{matchLabels: {{app: prom}}}}, policyTypes: [Egress], egress: [{{to: [{listed}]}}]"
    return policy(spec, "prom")


def on_node(name: str = "agent", node: str = "", ip: str = "") -> str:
    placed = AGENT.replace("hostNetwork: true", f"hostNetwork: true\n  nodeName: '{node}'").replace(
        "agent,", f"{name},", 1
    )
    status = f"\nstatus: {{podIP: {ip}, podIPs: [{{ip: {ip}}}]}}" if ip else ""
    return placed.removesuffix("\n---") + status + "\n---"


def node(name: str, address: str) -> str:
    status = f"{{addresses: [{{type: InternalIP, address: {address}}}]}}"
    return f"\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\nstatus: {status}\n---"


SELECTORS = ("{podSelector: {matchLabels: {app: agent}}}", "{podSelector: {}}", "{namespaceSelector: {}}")


@pytest.mark.parametrize("peer", SELECTORS)
def test_no_selector_opens_anything_to_or_from_the_host(peer: str) -> None:
    found = lines(AGENT, DB, PROM, DENY_AGENT, into_db(peer), out_of_prom(peer))
    assert not [line for line in found if line.startswith("default/agent") and "db" in line]
    assert not [line for line in found if line.startswith("default/prom") and "agent" in line]
    assert "default/db[Pod] => default/agent[Pod] : All Connections" in found  # deny-agent does not apply


@pytest.mark.parametrize("peer", SELECTORS)
def test_read_as_pods_they_are_subject_and_peer_of_selectors(peer: str) -> None:
    found = lines(AGENT, DB, PROM, into_db(peer), out_of_prom(peer), semantics=AS_PODS)
    assert "default/agent[Pod] => default/db[Pod] : TCP 5432" in found
    assert "default/prom[Pod] => default/agent[Pod] : All Connections" in found
    closed = lines(AGENT, DB, DENY_AGENT, semantics=AS_PODS)
    assert not [line for line in closed if "agent" in line.replace("deny-agent", "")]


@pytest.mark.parametrize(
    "peers",
    [
        (),
        ("{ipBlock: {cidr: 0.0.0.0/0}}",),
        ("{ipBlock: {cidr: 0.0.0.0/1}}", "{ipBlock: {cidr: 128.0.0.0/1}}"),
        ("{podSelector: {}}", "{ipBlock: {cidr: 0.0.0.0/0}}"),
    ],
)
def test_what_is_open_to_everyone_or_to_every_address_is_open_to_nodes(peers: tuple[str, ...]) -> None:
    found = compute(AGENT, DB, PROM, into_db(*peers), out_of_prom(*peers))
    assert ports(found, "agent", "db") == "TCP 5432"
    assert ports(found, "prom", "agent") == "All Connections"


@pytest.mark.parametrize(
    "block,expected",
    [
        ("10.1.0.0/16", "TCP 5432"),
        ("10.2.0.0/16", "No Connections"),
        ("0.0.0.0/0, except: [10.1.0.7/32]", "No Connections"),
    ],
)
@pytest.mark.parametrize(
    "documents",
    [(on_node(ip="10.1.0.7"),), (on_node(node="one"), node("one", "10.1.0.7"))],
    ids=["own address", "address of its node"],
)
def test_a_narrower_block_holds_the_nodes_that_are_in_it(documents: tuple[str, ...], block: str, expected: str) -> None:
    found = compute(*documents, DB, into_db(f"{{ipBlock: {{cidr: {block}}}}}"))
    assert ports(found, "agent", "db") == expected
    assert (
        "default/agent[Pod] => default/db[Pod] : TCP 5432"
        in lines(*documents, DB, into_db(f"{{ipBlock: {{cidr: {block}}}}}"))
    ) == (expected == "TCP 5432")


def test_all_nodes_in_a_block_hold_a_pod_on_some_node() -> None:
    block = into_db("{ipBlock: {cidr: 10.1.0.0/16}}")
    one, two, far = node("one", "10.1.0.7"), node("two", "10.1.9.9"), node("far", "10.2.0.1")
    assert ports(compute(AGENT, DB, one, two, block), "agent", "db") == "TCP 5432"
    assert ports(compute(AGENT, DB, one, far, block), "agent", "db") == "No Connections"


def test_pods_of_other_networks_are_in_no_block_because_nodes_are() -> None:
    found = compute(AGENT, DB, PROM, into_db("{ipBlock: {cidr: 0.0.0.0/0}}"))
    assert ports(found, "prom", "db") == "No Connections"


def test_where_addresses_are_ignored_blocks_hold_no_node() -> None:
    reading = Semantics(cluster_addresses="ignored")
    found = compute(AGENT, DB, into_db("{ipBlock: {cidr: 0.0.0.0/0}}"), semantics=reading)
    assert ports(found, "agent", "db") == "No Connections"


def test_a_policy_that_is_added_may_bring_a_block_that_parts_nodes() -> None:
    before = compute(on_node(ip="10.1.0.7"), on_node("other", ip="10.2.0.7"), DB)
    added = load_manifests(into_db("{ipBlock: {cidr: 10.1.0.0/16}}")).objects.policies
    after = before.with_policies(add=added)
    assert (ports(after, "agent", "db"), ports(after, "other", "db")) == ("TCP 5432", "No Connections")


def test_the_ingress_controller_is_still_chosen_by_a_namespace_selector() -> None:
    service = (
        "\napiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {app: db}, ports: [{port: 80}]}\n---"
    )
    way = (
        "\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: way}\n"
        "spec: {defaultBackend: {service: {name: db, port: {number: 80}}}}\n---"
    )
    db = pod("db", labels="app: db", ports="{containerPort: 80}")
    found = lines(AGENT, db, service, way, into_db("{namespaceSelector: {}}").replace("5432", "80"))
    assert "{ingress-controller} => default/db[Pod] : TCP 80" in found
