"""The network graph of Red Hat ACS, worked out pair by pair from manifests: slow, and written from the rules alone.

It shares nothing with the workbench. Ports are sets of points of a small universe. With `as_there` it says what Red Hat
ACS says also where that is wrong (rhacs-simulator E10).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final, NamedTuple

__all__ = ["INTERNET", "POINTS", "Drawn", "differences", "drawn", "points_of"]

Json = dict[str, Any]
Network = IPv4Network | IPv6Network
INTERNET: Final = "afa12424-bde3-4313-b810-bb463cbe8f90"
NUMBERS: Final = (1, 53, 79, 80, 81, 90, 443, 8080, 8081, 65535)
POINTS: Final = frozenset((protocol, port) for protocol in ("TCP", "UDP", "SCTP") for port in NUMBERS)
PRIVATE: Final = [
    ip_network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fd00::/8")
]
Points = frozenset[tuple[str, int]]


class Drawn(NamedTuple):
    """A node."""

    policies: list[str]
    open_ingress: bool
    open_egress: bool
    access: bool
    asked: bool
    edges: dict[str, Points]


_OUTSIDE: Final = Drawn([], open_ingress=True, open_egress=True, access=True, asked=False, edges={})


def points_of(properties: Iterable[Json]) -> Points:
    """Return the points that the properties of an edge name."""
    found: set[tuple[str, int]] = set()
    for one in properties:
        protocol, first = one["protocol"].rpartition("_")[2], one["port"]
        last = int(one.get("endPort") or first)
        found |= {
            point for point in POINTS if protocol in {"ANY", point[0]} and (first == 0 or first <= point[1] <= last)
        }
    return frozenset(found)


def _holds(outer: Network, inner: Network) -> bool:
    bits = [one.max_prefixlen - outer.prefixlen for one in (outer, inner)]
    starts = [int(one.network_address) >> bit for one, bit in zip((outer, inner), bits, strict=True)]
    return outer.version == inner.version and outer.prefixlen <= inner.prefixlen and starts[0] == starts[1]


def _selects(selector: Json, labels: dict[str, str]) -> bool:
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for one in selector.get("matchExpressions") or ():
        value = labels.get(one["key"])
        holds = {
            "In": value in one.get("values", ()),
            "NotIn": value not in one.get("values", ()),
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not holds[one["operator"]]:
            return False
    return True


class _World:
    def __init__(self, objects: list[Json], blocks: dict[str, str], *, as_there: bool) -> None:
        self.blocks, self.as_there = blocks, as_there
        self.namespaces: dict[str, dict[str, str]] = {}
        self.deployments: dict[str, Json] = {}
        self.policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
        for one in objects:
            name = one["metadata"]["name"]
            if one["kind"] == "Namespace":
                labels = one["metadata"].get("labels") or {}
                self.namespaces[name] = {**labels, "kubernetes.io/metadata.name": name}
            elif one["kind"] == "Deployment":
                self.deployments[f"{one['metadata']['namespace']}/{name}[Deployment]"] = one

    def labels(self, name: str) -> dict[str, str]:
        found: dict[str, str] = self.deployments[name]["spec"]["template"]["metadata"].get("labels") or {}
        return found

    def space(self, name: str) -> str:
        return name.partition("/")[0]

    def selecting(self, name: str) -> list[Json]:
        return [
            one
            for one in self.policies
            if one["metadata"]["namespace"] == self.space(name)
            and _selects(one["spec"].get("podSelector") or {}, self.labels(name))
        ]

    def types(self, policy: Json) -> set[str]:
        spec = policy["spec"]
        if spec.get("policyTypes"):
            return set(spec["policyTypes"])
        has_egress = spec.get("egress") is not None if self.as_there else bool(spec.get("egress"))
        return {"Ingress", "Egress"} if has_egress else {"Ingress"}

    def is_isolated(self, name: str, direction: str) -> bool:
        return name in self.deployments and any(direction in self.types(one) for one in self.selecting(name))

    def rules(self, name: str, direction: str) -> list[tuple[Json, Json]]:
        return [
            (policy, rule or {})
            for policy in self.selecting(name)
            if self.as_there or direction in self.types(policy)
            for rule in policy["spec"].get(direction.lower()) or ()
        ]

    def outside(self, block: Json) -> set[str]:
        asked = ip_network(block["cidr"], strict=False)
        known = {ip_network(cidr): ident for cidr, ident in self.blocks.items()}
        around = [one for one in known if _holds(one, asked)]
        if around:
            return {known[max(around, key=lambda one: one.prefixlen)]}
        inside = [one for one in known if _holds(asked, one)]
        largest = [one for one in inside if not any(one != other and _holds(other, one) for other in inside)]
        excepted = [ip_network(one, strict=False) for one in block.get("except") or ()]
        return {INTERNET} | {known[one] for one in largest if not any(_holds(other, one) for other in excepted)}

    def means(self, policy: Json, rule: Json, side: str, end: str) -> bool:
        peers = rule.get(side)
        if not peers:
            return end in self.deployments or end == INTERNET
        return any(self.is_peer(policy, peer, end) for peer in peers)

    def is_peer(self, policy: Json, peer: Json, end: str) -> bool:
        if block := peer.get("ipBlock"):
            asked = ip_network(block["cidr"], strict=False)
            if end in self.deployments:
                return any(one.version == asked.version and one.overlaps(asked) for one in PRIVATE)
            return end in self.outside(block)
        if end not in self.deployments:
            return False
        spaces = peer.get("namespaceSelector")
        if spaces is None and peer.get("podSelector") is None:
            return False
        if spaces is None:
            there = self.space(end) == policy["metadata"]["namespace"]
        else:
            there = _selects(spaces, self.namespaces[self.space(end)])
        return there and _selects(peer.get("podSelector") or {}, self.labels(end))

    def ports(self, rule: Json, destination: str) -> Points:
        if not rule.get("ports"):
            return POINTS
        found: set[tuple[str, int]] = set()
        for one in rule["ports"]:
            protocol = one.get("protocol") or "TCP"
            if self.as_there and protocol == "SCTP":
                protocol = "TCP"
            port = one.get("port")
            if isinstance(port, str):
                found |= {(protocol, number) for number in self.named(destination, port, protocol)}
            elif port is None:
                found |= {point for point in POINTS if point[0] == protocol}
            else:
                last = port if self.as_there else one.get("endPort", port)
                found |= {point for point in POINTS if point[0] == protocol and port <= point[1] <= last}
        return frozenset(found) & POINTS

    def named(self, name: str, port: str, protocol: str) -> set[int]:
        if name not in self.deployments:
            return set()
        containers = self.deployments[name]["spec"]["template"]["spec"]["containers"]
        return {
            one["containerPort"]
            for container in containers
            for one in container.get("ports") or ()
            if (one.get("name"), one.get("protocol", "TCP")) == (port, protocol)
        }

    def admitted(self, near: str, far: str, direction: str, destination: str) -> Points:
        side = "from" if direction == "Ingress" else "to"
        listed = (
            self.ports(rule, destination)
            for policy, rule in self.rules(near, direction)
            if self.means(policy, rule, side, far)
        )
        return frozenset().union(*listed)

    def edge(self, src: str, dst: str) -> Points:
        leaves = self.admitted(src, dst, "Egress", dst) if self.is_isolated(src, "Egress") else None
        enters = self.admitted(dst, src, "Ingress", dst) if self.is_isolated(dst, "Ingress") else None
        if leaves is None:
            return frozenset() if enters is None else enters
        return leaves if enters is None else leaves & enters

    def has_access(self, name: str) -> bool:
        return not self.is_isolated(name, "Egress") or any(
            not rule.get("to") or any(peer.get("ipBlock") for peer in rule["to"])
            for _, rule in self.rules(name, "Egress")
        )


def drawn(
    objects: list[Json], blocks: dict[str, str], asked: Iterable[str] | None = None, *, as_there: bool = False
) -> dict[str, Drawn]:
    """Return the nodes by their ids; `blocks` are the ids of known blocks."""
    world = _World(objects, blocks, as_there=as_there)
    every = [*world.deployments, INTERNET, *blocks.values()]
    wanted = set(world.deployments if asked is None else asked)
    edges: dict[str, dict[str, Points]] = {one: {} for one in every}
    for src in every:
        for dst in every:
            if src != dst and wanted & {src, dst} and (ports := world.edge(src, dst)):
                edges[src][dst] = ports
    shown = wanted | {one for one in every if edges[one]} | {dst for one in every for dst in edges[one]}
    open_in = any(not world.is_isolated(one, "Ingress") for one in wanted)
    open_out = any(not world.is_isolated(one, "Egress") for one in wanted)
    for one in world.deployments:
        if open_in and not world.is_isolated(one, "Egress"):
            shown.add(one)
        if open_out and not world.is_isolated(one, "Ingress"):
            shown.add(one)
    if open_in or open_out:
        shown.add(INTERNET)
    return {
        one: Drawn(
            sorted(f"{each['metadata']['namespace']}/{each['metadata']['name']}" for each in world.selecting(one)),
            not world.is_isolated(one, "Ingress"),
            not world.is_isolated(one, "Egress"),
            world.has_access(one),
            one in wanted,
            edges[one],
        )
        if one in world.deployments
        else _OUTSIDE._replace(edges=edges[one])
        for one in shown
    }


def differences(old: dict[str, Drawn], new: dict[str, Drawn]) -> dict[str, tuple[Any, ...]]:
    """Return what each node has in `new` that it has not in `old`: policies, neighbours, ports, open directions.

    Swapped, it is what it loses.
    """
    found: dict[str, tuple[Any, ...]] = {}
    for name, node in new.items():
        if name not in old:
            found[name] = (node.policies, dict(node.edges), node.open_ingress, node.open_egress)
            continue
        was = old[name]
        edges = {
            dst: (ports - was.edges[dst] if dst in was.edges else frozenset())
            for dst, ports in node.edges.items()
            if dst not in was.edges or ports - was.edges[dst]
        }
        said = (
            sorted(set(node.policies) - set(was.policies)),
            edges,
            node.open_ingress and not was.open_ingress,
            node.open_egress and not was.open_egress,
        )
        if any(said):
            found[name] = said
    return found
