"""A second opinion: the rules of network policies applied one packet at a time to plain manifests.

Written from the specification alone, with no regard to how the engine does it, and sharing nothing with
it: it reads the manifests as they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = dict[str, Any]
End: TypeAlias = Json | str

WHOLE = ("0.0.0.0/0", "::/0")


class Packet(NamedTuple):
    """One packet to a pod or an address, from a pod or an address; ends are Pod manifests or IP addresses."""

    src: End
    dst: End
    protocol: str
    port: int


@dataclass(frozen=True)
class Rule:
    """A rule of a cluster-wide policy: what it is about, its two conditions and its action."""

    subject: Json
    peers: list[Json]
    ports: list[Json] | None
    action: str


@dataclass(frozen=True)
class Reading:
    """What counts where Kubernetes leaves room or tools differ.

    Attributes
    ----------
    host_network : {"node", "pod"}
        Whether pods of the host's network are nodes to policies, or pods like any others.
    cluster_addresses : {"ignored", "admin", "all"}
        Which policies match pods and nodes by their addresses: none, the cluster-wide ones, or all.
    finished_pods, sidecar_ports, controller_labels : bool
        Whether they count.
    """

    host_network: str = "node"
    cluster_addresses: str = "admin"
    finished_pods: bool = False
    sidecar_ports: bool = True
    controller_labels: bool = True


class Sort(NamedTuple):
    """Pods of one owner that are alike: two of them, and whose they are."""

    owner: str
    pod: Json
    twin: Json


class NaiveEvaluator:
    """Evaluates one packet after another against a list of manifests.

    Parameters
    ----------
    manifests : list of Json
    reading : Reading

    Attributes
    ----------
    sorts : list of Sort
        All pods that there may be.
    """

    def __init__(self, manifests: list[Json], reading: Reading = Reading()) -> None:
        self.namespaces = {m["metadata"]["name"]: m for m in manifests if m["kind"] == "Namespace"}
        self.policies = [m for m in manifests if m["kind"] == "NetworkPolicy"]
        self.nodes = [m for m in manifests if m["kind"] == "Node"]
        self.host_network = reading.host_network
        self.cluster_addresses = reading.cluster_addresses
        self.sorts = [sort for manifest in manifests for sort in sorts_of(manifest, reading)]
        known = [ip for sort in self.sorts for ip in addresses_of(sort.pod)]
        self.family = 6 if known and all(":" in ip for ip in known) else 4
        self.admin = {tier: rules_in_order(manifests, tier) for tier in ("Admin", "Baseline")}
        self._known: dict[Hashable, bool] = {}

    def allowed(self, packet: Packet) -> bool:
        """Tell whether egress of the source and ingress of the destination both let the packet pass."""
        return self._passes(packet.src, packet.dst, packet, "Egress") and self._passes(
            packet.dst, packet.src, packet, "Ingress"
        )

    def enters(self, packet: Packet) -> bool:
        """Tell whether ingress of the destination lets the packet pass, whatever holds it back at the source."""
        return self._passes(packet.dst, packet.src, packet, "Ingress")

    def reaches(self, packet: Packet) -> bool | None:
        """Tell whether a packet passes that a pod may send to itself or to its node, which no policy blocks.

        None where it does not pass unless the two are on one node, and that is not known.
        """
        if packet.src is packet.dst or self.allowed(packet):
            return True
        ends = [end for end in packet[:2] if not isinstance(end, str)]
        if len(ends) < len(packet[:2]) or self._is_out_of_reach(ends[0]) is self._is_out_of_reach(ends[1]):
            return False
        names = [end["spec"].get("nodeName") for end in ends]
        return names[0] == names[1] if all(names) else None

    def is_uncertain(self, packet: Packet) -> bool:
        """Tell whether an end is a pod of the host's network at an address that was not read."""
        return any(
            not isinstance(end, str) and self._is_out_of_reach(end) and not self._addresses_of(end)
            for end in packet[:2]
        )

    def _passes(self, subject: End, other: End, packet: Packet, direction: str) -> bool:
        if isinstance(subject, str) or self._is_out_of_reach(subject):
            return True
        decision = self._first("Admin", direction, subject, other, packet)
        if decision in {"Allow", "Accept"}:
            return True
        if decision == "Deny":
            return False
        isolating = [p for p in self.policies if self._isolates(p, subject, direction)]
        if isolating:
            rules = [(p, rule) for p in isolating for rule in p["spec"].get(direction.lower()) or []]
            return any(self._rule_matches(p, rule, other, packet) for p, rule in rules)
        return self._first("Baseline", direction, subject, other, packet) != "Deny"

    def _is_out_of_reach(self, pod: Json) -> bool:
        return bool(pod["spec"].get("hostNetwork")) and self.host_network == "node"

    # Cluster-wide policies

    def _first(self, tier: str, direction: str, subject: Json, other: End, packet: Packet) -> str | None:
        """Return the action of the first rule of a tier that matches."""
        return next(
            (
                rule.action
                for rule in self.admin[tier][direction]
                if self._is_between(rule, subject, other)
                and (rule.ports is None or any(admin_port_matches(port, packet) for port in rule.ports))
            ),
            None,
        )

    def _is_between(self, rule: Rule, subject: Json, other: End) -> bool:
        """Tell whether a rule is about a pod and the other end."""
        return self._once(
            ("subject", id(rule), id(subject)), lambda: self._is_in(rule.subject, subject)
        ) and self._once(
            ("peers", id(rule), other if isinstance(other, str) else id(other)),
            lambda: self._admin_peers_match(rule.peers, other),
        )

    def _admin_peers_match(self, peers: list[Json], other: End) -> bool:
        if any(self._is_in(peer, other) for peer in peers if "namespaces" in peer or "pods" in peer):
            return True
        networks = [network for peer in peers for network in peer.get("networks", [])]
        if networks and self._has_address_in(other, networks):
            return True
        if self.cluster_addresses == "ignored":
            return False
        selectors = [peer["nodes"] for peer in peers if "nodes" in peer]
        return any(self._has_address_in(other, self._node_addresses(selector)) for selector in selectors)

    def _is_in(self, peer: Json, end: End) -> bool:
        """Tell whether `end` is one of the pods that ``namespaces`` or ``pods`` select."""
        if isinstance(end, str) or self._is_out_of_reach(end):
            return False
        labels = self._namespace_labels(end["metadata"]["namespace"])
        if "namespaces" in peer:
            return selects(peer["namespaces"], labels)
        return selects(peer["pods"]["namespaceSelector"], labels) and selects(
            peer["pods"]["podSelector"], end["metadata"].get("labels", {})
        )

    def _has_address_in(self, end: End, networks: list[str]) -> bool:
        """Tell whether the address of an end, or every address that it may have, is in one of `networks`."""
        if isinstance(end, str):
            return any(in_block(end, network) for network in networks)
        if self.cluster_addresses == "ignored":
            return False
        addresses = self._addresses_of(end)
        if addresses:
            return any(in_block(addresses[0], network) for network in networks)
        on_nodes = [ip for ip in self._node_addresses({}) if ip_address(ip).version == self.family]
        if end["spec"].get("hostNetwork") and on_nodes:
            return all(any(in_block(ip, network) for network in networks) for ip in on_nodes)
        return covers_family(networks, self.family)

    def _addresses_of(self, pod: Json) -> list[str]:
        """Return the addresses of a pod; of one that is its node, those of the node where its own are not known."""
        own = addresses_of(pod)
        if own or not self._is_out_of_reach(pod):
            return own
        name = pod["spec"].get("nodeName")
        return [
            entry["address"]
            for node in self.nodes
            for entry in node["status"]["addresses"]
            if node["metadata"]["name"] == name and "IP" in entry["type"]
        ]

    def _node_addresses(self, selector: Json) -> list[str]:
        chosen = [node for node in self.nodes if selects(selector, node["metadata"].get("labels", {}))]
        return [entry["address"] for node in chosen for entry in node["status"]["addresses"] if "IP" in entry["type"]]

    # NetworkPolicy

    def _isolates(self, policy: Json, pod: Json, direction: str) -> bool:
        spec = policy["spec"]
        if policy["metadata"]["namespace"] != pod["metadata"]["namespace"]:
            return False
        types = spec.get("policyTypes")
        if types is None and direction == "Egress" and not spec.get("egress"):
            return False
        if types is not None and direction not in types:
            return False
        return self._once(
            ("isolates", id(policy), id(pod)), lambda: selects(spec["podSelector"], pod["metadata"].get("labels", {}))
        )

    def _rule_matches(self, policy: Json, rule: Json, other: End, packet: Packet) -> bool:
        peers = rule.get("from") or rule.get("to") or []
        ports = rule.get("ports") or []
        return (
            not peers
            or self._once(
                ("rule", id(rule), other if isinstance(other, str) else id(other)),
                lambda: (
                    any(self._peer_matches(policy, peer, other) for peer in peers if "ipBlock" not in peer)
                    or self._are_in_ip_blocks([peer["ipBlock"] for peer in peers if "ipBlock" in peer], other)
                ),
            )
        ) and (not ports or any(port_matches(port, packet) for port in ports))

    def _peer_matches(self, policy: Json, peer: Json, other: End) -> bool:
        if isinstance(other, str) or self._is_out_of_reach(other):
            return False
        namespace = other["metadata"]["namespace"]
        if "namespaceSelector" in peer:
            if not selects(peer["namespaceSelector"], self._namespace_labels(namespace)):
                return False
        elif namespace != policy["metadata"]["namespace"]:
            return False
        return "podSelector" not in peer or selects(peer["podSelector"], other["metadata"].get("labels", {}))

    def _are_in_ip_blocks(self, blocks: list[Json], other: End) -> bool:
        """Tell whether some block holds an address, or the blocks together every address that a pod may have."""
        if isinstance(other, str):
            return any(
                in_block(other, block["cidr"]) and not any(in_block(other, e) for e in block.get("except", []))
                for block in blocks
            )
        if self.cluster_addresses == "ignored":
            return False
        if self.cluster_addresses != "all" and not self._is_out_of_reach(other):
            return False
        addresses = self._addresses_of(other)
        if addresses:
            return self._are_in_ip_blocks(blocks, addresses[0])
        on_nodes = [ip for ip in self._node_addresses({}) if ip_address(ip).version == self.family]
        if other["spec"].get("hostNetwork") and on_nodes:
            return all(self._are_in_ip_blocks(blocks, ip) for ip in on_nodes)
        left = [part for block in blocks for part in without(block["cidr"], block.get("except", []))]
        return covers_family(left, self.family)

    def _namespace_labels(self, name: str) -> dict[str, str]:
        return {"kubernetes.io/metadata.name": name, **self.namespaces[name]["metadata"].get("labels", {})}

    def _once(self, key: Hashable, answer: Callable[[], bool]) -> bool:
        """Return an answer that does not depend on the packet's port, worked out once."""
        if key not in self._known:
            self._known[key] = answer()
        return self._known[key]


FINISHED = ("Succeeded", "Failed")
HASHES = ("abc", "another")


def sorts_of(manifest: Json, reading: Reading) -> Iterator[Sort]:
    """Yield the sorts of pods that a Pod is, or that a workload makes from its template."""
    metadata, spec = manifest["metadata"], manifest.get("spec", {})
    if manifest["kind"] == "Pod":
        if reading.finished_pods or manifest.get("status", {}).get("phase") not in FINISHED:
            owner = next(iter(metadata.get("ownerReferences", ())), {"name": metadata["name"], "kind": "Pod"})
            name = f"{metadata['namespace']}/{owner['name']}[{owner['kind']}]"
            yield _sort(name, manifest, {}, reading)
    elif "template" in spec:
        pod = {**spec["template"], "metadata": {**spec["template"]["metadata"], "namespace": metadata["namespace"]}}
        for labels in _added_labels(manifest) if reading.controller_labels else ({},):
            yield _sort(f"{metadata['namespace']}/{metadata['name']}[{manifest['kind']}]", pod, labels, reading)


def _sort(owner: str, pod: Json, labels: dict[str, str], reading: Reading) -> Sort:
    """Return pods with further labels, and with those containers only whose ports count."""
    sidecars = [one for one in pod["spec"].get("initContainers", ()) if one.get("restartPolicy") == "Always"]
    containers = [*pod["spec"]["containers"], *(sidecars if reading.sidecar_ports else ())]
    metadata = {**pod["metadata"], "labels": {**pod["metadata"].get("labels", {}), **labels}}
    counted = {**pod, "metadata": metadata, "spec": {**pod["spec"], "containers": containers}}
    return Sort(owner, counted, dict(counted))


def _added_labels(workload: Json) -> Iterator[dict[str, str]]:
    """Yield the labels that a controller adds to the template's, for each sort of pods that may come of it."""
    name = workload["metadata"]["name"]
    match workload["kind"]:
        case "StatefulSet":
            for number in range(workload["spec"]["replicas"]):
                yield {
                    "statefulset.kubernetes.io/pod-name": f"{name}-{number}",
                    "apps.kubernetes.io/pod-index": str(number),
                    "controller-revision-hash": "some",
                }
        case "Job":
            labels = {"job-name": name, "controller-uid": "some"}
            yield {f"{prefix}{key}": value for prefix in ("", "batch.kubernetes.io/") for key, value in labels.items()}
        case _:
            yield from ({"pod-template-hash": value} for value in HASHES)


def rules_in_order(manifests: list[Json], tier: str) -> dict[str, list[Rule]]:
    """Return the rules of one tier of cluster-wide policies, by direction, in the order in which they are evaluated."""
    older = {"Admin": "AdminNetworkPolicy", "Baseline": "BaselineAdminNetworkPolicy"}[tier]
    policies = [
        m
        for m in manifests
        if m["kind"] == older or (m["kind"] == "ClusterNetworkPolicy" and m["spec"]["tier"] == tier)
    ]
    policies.sort(key=lambda m: m["spec"].get("priority", 0))
    return {
        direction: [
            Rule(m["spec"]["subject"], rule[side], rule.get("ports", rule.get("protocols")) or None, rule["action"])
            for m in policies
            for rule in m["spec"].get(direction.lower(), [])
        ]
        for direction, side in (("Ingress", "from"), ("Egress", "to"))
    }


def addresses_of(pod: Json) -> list[str]:
    """Return the addresses of a pod, the first one first; none where they were not read."""
    return [entry["ip"] for entry in pod.get("status", {}).get("podIPs", [])]


def selects(selector: Json, labels: dict[str, str]) -> bool:
    """Tell whether a label selector chooses an object with `labels`."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        key, operator, values = expression["key"], expression["operator"], expression.get("values", [])
        if operator == "In" and labels.get(key) not in values:
            return False
        if operator == "NotIn" and labels.get(key) in values:
            return False
        if operator == "Exists" and key not in labels:
            return False
        if operator == "DoesNotExist" and key in labels:
            return False
    return True


def in_block(address: str, cidr: str) -> bool:
    """Tell whether an address lies in a CIDR of its family."""
    return ip_address(address) in ip_network(cidr)


def without(cidr: str, exceptions: list[str]) -> list[str]:
    """Return the CIDRs that are left of one without some parts of it."""
    parts: list[Any] = [ip_network(cidr)]
    cut: list[Any] = [ip_network(exception) for exception in exceptions]  # of the same family
    for exception in cut:
        left = [part for part in parts if not exception.overlaps(part)]
        for part in parts:
            left += part.address_exclude(exception) if exception.subnet_of(part) and exception != part else []
        parts = left
    return [str(part) for part in parts]


def covers_family(networks: list[str], family: int) -> bool:
    """Tell whether CIDRs together hold all addresses of a family."""
    if family == 4:
        return list(collapse_addresses(map(IPv4Network, (n for n in networks if ":" not in n)))) == [
            ip_network(WHOLE[0])
        ]
    return list(collapse_addresses(map(IPv6Network, (n for n in networks if ":" in n)))) == [ip_network(WHOLE[1])]


def port_matches(port: Json, packet: Packet) -> bool:
    """Tell whether one entry of a NetworkPolicy rule's ports matches the packet."""
    if port.get("protocol", "TCP") != packet.protocol:
        return False
    wanted = port.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return bool(wanted <= packet.port <= port.get("endPort", wanted))
    return has_named_port(wanted, packet)


def admin_port_matches(port: Json, packet: Packet) -> bool:
    """Tell whether one entry of an admin rule's ``ports`` or ``protocols`` matches the packet."""
    name = port.get("namedPort", port.get("destinationNamedPort"))
    if name is not None:
        return has_named_port(name, packet)
    if "portNumber" in port:
        wanted = port["portNumber"]
        return wanted.get("protocol", "TCP") == packet.protocol and bool(wanted["port"] == packet.port)
    if "portRange" in port:
        wanted = port["portRange"]
        in_range = bool(wanted["start"] <= packet.port <= wanted["end"])
        return in_range and bool(wanted.get("protocol", "TCP") == packet.protocol)
    wanted = port.get(packet.protocol.lower())
    if wanted is None:
        return False
    destination = wanted["destinationPort"]
    if "number" in destination:
        return bool(destination["number"] == packet.port)
    return bool(destination["range"]["start"] <= packet.port <= destination["range"]["end"])


def has_named_port(name: str, packet: Packet) -> bool:
    """Tell whether a container of the destination calls the packet's port so."""
    if isinstance(packet.dst, str):
        return False
    declared = [p for container in packet.dst["spec"]["containers"] for p in container.get("ports", [])]
    return any(
        p.get("name") == name and p.get("protocol", "TCP") == packet.protocol and p["containerPort"] == packet.port
        for p in declared
    )
