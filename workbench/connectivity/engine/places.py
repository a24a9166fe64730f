"""Where in the address space are pods and nodes, as far as policies can tell (semantics 9, 16).

``networks`` of an admin policy match every connection to an address in them, also one to a pod: accepting
or denying ``0.0.0.0/0`` accepts or denies all IPv4 traffic within the cluster. So each pod has a place:

- A pod whose address was read (``status.podIP``) is where that address is. Of a pod with addresses of
  both families, the first counts; `workbench.connectivity.engine.unknowns` warns where the other would not
  be matched alike.
- A pod whose address is unknown, such as one of a Deployment's template, has some address of the
  cluster's family: IPv6 where every pod and Service address that was read is IPv6, else IPv4. It is
  matched by blocks that cover the whole family, and by no narrower one, which mostly is about the
  outside; a Problem names the rules for which this is a guess.
- A pod of the host's network is where its node is. Unless it is a pod like any others (`Semantics`), every
  policy's blocks hold it, ``ipBlock`` among them, as they hold the node. Where neither its address nor its
  node is known, it has the address of some node: blocks that hold all nodes match it, and so ``nodes: {}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from workbench.connectivity.engine.externals import Externals
from workbench.connectivity.engine.semantics import Semantics
from workbench.ground import ALL_IPV4, ALL_IPV6, Address, AddressSet, parse_address
from workbench.inventory import NodeDirectory, Objects, Placement, PodVariant, canonical
from workbench.policy import EVERYTHING, Block, Nodes, Policy, RulePeer, Selector, Tier

__all__ = ["Places"]


_ON_SOME_NODE: Final = -1
_UNKNOWN: Final[Mapping[int, int]] = {4: -4, 6: -6}
"""Places of pods of which only the address family is known."""
_WHOLE: Final[Mapping[int, AddressSet]] = {4: ALL_IPV4, 6: ALL_IPV6}


class Places:
    """Where pods and nodes are, as far as the policies of a cluster tell addresses apart.

    A place is an atom of addresses, or says that the address is unknown. Nodes have atoms of their own
    where more blocks hold them than hold pods.

    Parameters
    ----------
    objects : Objects
    semantics : Semantics
    """

    def __init__(self, objects: Objects, semantics: Semantics) -> None:
        self._reading = semantics.cluster_addresses
        self._nodes = () if self._reading == "ignored" else objects.nodes
        self.directory = NodeDirectory.of(objects)
        self._known: dict[Selector, AddressSet] = {}
        shapes = [shape for workload in objects.workloads for shape in workload.shapes]
        hosts = [shape for shape in shapes if shape.host_network and semantics.host_network == "node"]
        self._hosts_apart = bool(hosts) and self._reading != "ignored"
        hosted = [self._address_of(one) for shape in hosts for one in shape.placements or (Placement(),)]
        self._hosts_are_known = self._hosts_apart and any(hosted)
        without_ips = any(shape.host_network and not shape.ips for shape in shapes)
        self._hosts_are_unknown = not all(hosted) if self._hosts_apart else without_ips
        addresses = [ip for shape in shapes for ip in shape.ips]
        self._some_are_known = bool(addresses) and self._reading != "ignored"
        self._home = _family_of_unknown([*addresses, *(ip for one in objects.services for ip in one.cluster_ips)])
        self._blocks = frozenset(self._blocks_of(objects.policies, hosts=False))
        self._node_blocks = frozenset(self._blocks_of(objects.policies, hosts=True) if self._hosts_are_known else ())
        self._axis = Externals(self._blocks)
        self._node_axis = Externals(self._node_blocks)

    def addresses_of(self, peer: RulePeer) -> AddressSet | None:
        """Return the addresses that a peer of a rule stands for; None where it is not a peer by address."""
        if isinstance(peer, Block):
            return peer.addresses
        return self._selected(peer.nodes) if isinstance(peer, Nodes) else None

    def hold_pods(self, tier: Tier) -> bool:
        """Tell whether addresses in policies of `tier` are also those of pods."""
        return self._reading == "all" or (self._reading == "admin" and tier is not Tier.NETWORK_POLICY)

    def hold_hosts(self, tier: Tier) -> bool:
        """Tell whether addresses in policies of `tier` are also those of pods of the host's network."""
        return self._hosts_apart or self.hold_pods(tier)

    def hold_unknown(self, tier: Tier) -> bool:
        """Tell whether blocks of one rule of `tier` may together hold an unknown address that none surely holds."""
        return (self._hosts_apart and self._hosts_are_unknown) or self.hold_pods(tier)

    def are_final_with(self, policies: Iterable[Policy]) -> bool:
        """Tell whether the places are fine enough for further policies, too.

        They are unless there are pods whose addresses are known, and blocks that no policy has named before.
        """
        policies = tuple(policies)
        pods = not self._some_are_known or self._blocks.issuperset(self._blocks_of(policies, hosts=False))
        hosts = not self._hosts_are_known or self._node_blocks.issuperset(self._blocks_of(policies, hosts=True))
        return pods and hosts

    def of(self, shape: PodVariant) -> list[tuple[PodVariant, int]]:
        """Return `shape` and its place; in parts, where its pods are in several places."""
        if self._reading == "ignored":
            return [(shape, 0)]
        if shape.host_network and self._hosts_apart:
            return self._of_hosts(shape)
        runs = _addresses_by_pod(shape.ips) if shape.ips else ()
        if not runs:
            return [(shape, _ON_SOME_NODE if shape.host_network else _UNKNOWN[self._home])]
        parts: dict[int, list[int]] = {}
        for number, run in enumerate(runs):
            parts.setdefault(self._axis.atom_at(run[0]), []).append(number)
        if len(parts) == 1:
            return [(shape, next(iter(parts)))]
        return [(_part(shape, runs, numbers), place) for place, numbers in parts.items()]

    def _of_hosts(self, shape: PodVariant) -> list[tuple[PodVariant, int]]:
        parts: dict[int, list[Placement]] = {}
        for placement in shape.placements or (Placement(),):
            address = self._address_of(placement)
            place = _ON_SOME_NODE if address is None else self._axis.count + self._node_axis.atom_at(address)
            parts.setdefault(place, []).append(placement)
        if len(parts) == 1:
            return [(shape, next(iter(parts)))]
        return [
            (
                replace(
                    shape,
                    pods=tuple(placement.pod for placement in placements),
                    ips=tuple(ip for placement in placements for ip in placement.ips),
                    placements=tuple(placements),
                ),
                place,
            )
            for place, placements in parts.items()
        ]

    def _address_of(self, placement: Placement) -> Address | None:
        """Return the address of a pod of the host's network: its own, or that of its node."""
        candidates = (*placement.ips, placement.host_ip, *self.directory.addresses(self.directory.node_of(placement)))
        return next((address for address in map(parse_address, candidates) if address), None)

    def within(self, block: AddressSet, tier: Tier) -> set[int]:
        """Return the places that lie in `block`, one that policies of `tier` name or a union of such."""
        found: set[int] = set()
        if self.hold_pods(tier):
            found.update(self._axis.atoms(block).tolist() if self._some_are_known else ())
            found.update(_UNKNOWN[family] for family, whole in _WHOLE.items() if not whole - block)
        if self.hold_hosts(tier):
            if self._hosts_are_known:
                found.update((self._axis.count + self._node_axis.atoms(block)).tolist())
            if self._hosts_are_unknown and not self.some_node - block:
                found.add(_ON_SOME_NODE)
        return found

    @property
    def some_node(self) -> AddressSet:
        """The addresses of which a node has one, as far as they are known: of the cluster's family."""
        home = _WHOLE[self._home]
        return (self._selected(EVERYTHING) & home) or home

    @staticmethod
    def is_on_some_node(place: int) -> bool:
        """Tell whether `place` says no more than that a node is there."""
        return place == _ON_SOME_NODE

    def hold_newcomers(self, block: AddressSet) -> bool:
        """Tell whether pods that do not exist yet lie in `block`: of their addresses, only the family is known."""
        return not _WHOLE[self._home] - block

    @staticmethod
    def is_unknown(place: int) -> bool:
        """Tell whether `place` says no more than that the address is unknown."""
        return place < 0

    @staticmethod
    def may_lie_in(place: int, block: AddressSet) -> bool:
        """Tell whether a pod at the unknown `place` may have an address in `block`, as far as the family tells."""
        return any(place == unknown and bool(block & _WHOLE[family]) for family, unknown in _UNKNOWN.items())

    def of_both_families(self, shape: PodVariant) -> set[tuple[int, int]]:
        """Return (place, place of a further address) for each pod of `shape` with addresses of both families."""
        runs = _addresses_by_pod(shape.ips)
        return {(self._axis.atom_at(run[0]), self._axis.atom_at(other)) for run in runs for other in run[1:]}

    def _blocks_of(self, policies: Iterable[Policy], *, hosts: bool) -> Iterator[AddressSet]:
        for policy in policies:
            if self.hold_hosts(policy.tier) if hosts else self.hold_pods(policy.tier):
                for peer in (peer for rule in policy.rules for peer in rule.peers):
                    addresses = self.addresses_of(peer)
                    if addresses is not None:
                        yield addresses

    def _selected(self, selector: Selector) -> AddressSet:
        found = self._known.get(selector)
        if found is None:
            chosen = (node for node in self._nodes if selector.matches(node.labels))
            found = AddressSet.union_of(AddressSet.of(address) for node in chosen for address in node.addresses)
            self._known[selector] = found
        return found


def _part(shape: PodVariant, runs: Sequence[Sequence[Address]], numbers: Sequence[int]) -> PodVariant:
    """Return the pods of `shape` of these `numbers`; `runs` are the addresses of each pod."""
    ips = tuple(str(address) for number in numbers for address in runs[number])
    placements = (one for one in shape.placements if not set(map(canonical, one.ips)).isdisjoint(ips))
    pods = tuple(shape.pods[number] for number in numbers) if len(shape.pods) == len(runs) else shape.pods
    return replace(shape, pods=pods, ips=ips, placements=tuple(placements))


def _addresses_by_pod(texts: Iterable[str]) -> list[list[Address]]:
    """Return the addresses of each pod: it has one of each family, and all pods begin with the same."""
    runs: list[list[Address]] = []
    for text in texts:
        address = parse_address(text)
        if address is None:
            continue
        if not runs or address.version == runs[0][0].version:
            runs.append([address])
        else:
            runs[-1].append(address)
    return runs


def _family_of_unknown(texts: Iterable[str]) -> int:
    """Return the family of pods whose address is unknown: IPv6 where nothing but IPv6 was read, else IPv4."""
    versions = {address.version for address in map(parse_address, texts) if address}
    return 6 if versions == {6} else 4
