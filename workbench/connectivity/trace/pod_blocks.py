"""Where does it matter whether ipBlocks hold pods, or nodes whose addresses were not read: answers say so.

Kubernetes leaves open whether an ``ipBlock`` is about pods, too ("The NetworkPolicy resource", ipBlock). An
answer is given in one reading (`Semantics.cluster_addresses`); here is what the other one would change.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

import numpy as np

from workbench.connectivity.engine import Engine, Indices
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.connectivity.trace.query_ends import End
from workbench.connectivity.trace.variants import Variant
from workbench.ground import NO_PORTS, PRIVATE, AddressSet, PortSet, Problem, Severity, parse_address
from workbench.manifests import field_line, field_path
from workbench.policy import Block, Direction, Policy, Rule, Tier

__all__ = ["PodBlocks", "nodes_in_blocks", "pods_in_blocks"]

_MOST_PAIRS = 2_000_000
"""So many pairs are looked at for an example."""


class PodBlocks:
    """Finds the pairs of pods of which ipBlocks decide in one reading and not in the other.

    Parameters
    ----------
    engine : Engine
    evaluator : Evaluator
    """

    def __init__(self, engine: Engine, evaluator: Evaluator) -> None:
        self._engine, self._evaluator = engine, evaluator
        self._reading = engine.semantics.cluster_addresses

    def notes(self, src: End, dst: End, asked: PortSet, pairs: Iterable[tuple[Variant, Variant]]) -> Iterator[str]:
        """Yield what the other reading would allow, or deny, between two workloads, of the ports `asked`.

        Parameters
        ----------
        pairs : iterable of (Variant, Variant)
            The kinds of pods of `src` and `dst` that the question is about.
        """
        if self._reading == "ignored" or src.is_node or dst.is_node or not src.peers or not dst.peers:
            return
        changed = NO_PORTS
        named: dict[tuple[str, str], str] = {}
        for one, other in pairs:
            now, otherwise = asked, asked
            for direction, own, far, ips in (
                (Direction.EGRESS, one, other, dst.ips),
                (Direction.INGRESS, other, one, src.ips),
            ):
                row = own.row if own.row is not None else own.column
                now &= self._engine.masks.ports(self._engine.mask(direction, row, far.column))
                otherwise &= self._otherwise(direction, row, far.column, ips)
                for ip in ips:
                    named |= dict.fromkeys(self._rules(direction, row, AddressSet.of(ip)), ip)
            changed |= now - otherwise if self._reading == "all" else otherwise - now
        if changed:
            yield self._differing(named, changed)

    def _otherwise(self, direction: Direction, row: int, column: int, ips: Sequence[str]) -> PortSet:
        """Return what a class permits in the other reading towards an end with some addresses."""
        if self._reading == "all":
            return self._evaluator.permitted(direction, row, column, None)
        addresses = [AddressSet.of(ip) for ip in ips] or [AddressSet()]
        return PortSet.union_of(self._evaluator.permitted(direction, row, column, address) for address in addresses)

    def _differing(self, named: Mapping[tuple[str, str], str], changed: PortSet) -> str:
        """Return in words what the other reading changes, with the rules that name addresses."""
        rules = ", ".join(f"{ref} names {ip} by {path}" for (ref, path), ip in named.items())
        if self._reading == "all":
            return f"{rules}: network plugins whose ipBlocks hold no pods deny {changed}."
        return (
            f"{rules}: network plugins whose ipBlocks hold pods, too, allow {changed}; "
            "--cluster-addresses all asks about these."
        )

    def unknown(self, src: End, dst: End, asked: PortSet, pairs: Iterable[tuple[Variant, Variant]]) -> Iterator[str]:
        """Yield where the answer depends on the address of a pod that was not read; parameters as of `notes`.

        Such a pod is taken to lie outside of blocks that name a part of all addresses only.
        """
        named: dict[str, dict[str, None]] = {}
        for one, other in pairs if src.peers and dst.peers and self._reading != "ignored" else ():
            for direction, own, far, end in (
                (Direction.EGRESS, one, other, dst),
                (Direction.INGRESS, other, one, src),
            ):
                if own.row is not None and far.row is not None:
                    found = self._depending(direction, own.row, far.row, asked)
                    named.setdefault(end.name, {}).update(dict.fromkeys(found))
        for name, texts in named.items():
            if len(texts):
                yield f"It depends on the address of {name}, which was not read: {', '.join(texts)}."

    def _depending(self, direction: Direction, row: int, far: int, asked: PortSet) -> Iterator[str]:
        """Yield the rules of a class that would change what is allowed, if their blocks held the pods of another."""
        engine, places = self._engine, self._engine.resolver.places
        place = int(engine.classes.places[far])
        if not places.is_unknown(place) or places.is_on_some_node(place):
            return
        back = Direction.INGRESS if direction is Direction.EGRESS else Direction.EGRESS
        own, theirs = (
            engine.masks.ports(engine.mask(one, *ends)) for one, ends in ((direction, (row, far)), (back, (far, row)))
        )
        tiers = frozenset(tier for tier in Tier if places.hold_pods(tier))
        for number in self._evaluator.policies_of(row):
            policy = engine.policies[number]
            for rule in policy.rules if policy.tier in tiers else ():
                for peer in rule.peers if rule.direction is direction else ():
                    if not isinstance(peer, Block) or not places.may_lie_in(place, peer.addresses & PRIVATE):
                        continue
                    held = self._evaluator.permitted(direction, row, far, peer.addresses, tiers)
                    if asked & theirs & ((held - own) | (own - held)):
                        path = field_path(("spec", direction.value, rule.index))
                        yield f"{policy.ref} names {peer.addresses} by {path}"

    def _rules(self, direction: Direction, row: int, address: AddressSet) -> Iterator[tuple[str, str]]:
        """Yield reference and path of the rules of NetworkPolicies of a class whose blocks hold an address."""
        for number in self._evaluator.policies_of(row):
            policy = self._engine.policies[number]
            for rule in policy.rules if address and policy.tier is Tier.NETWORK_POLICY else ():
                if rule.direction is direction and _holds(rule, address):
                    yield policy.ref, field_path(rule.path)


def pods_in_blocks(engine: Engine) -> Iterator[Problem]:
    """Yield one problem if some pair of pods could talk if ipBlocks held pods, with an example of such a pair."""
    if engine.semantics.cluster_addresses != "admin":
        return
    pods = _Addresses(engine)
    left = _MOST_PAIRS
    for policy, rows, rule, blocks in _network_rules(engine) if pods else ():
        held = pods.within(blocks) if left > 0 else ()
        left -= len(held) * len(rows)
        if held and (found := _opened(engine, rule, rows, held)):
            yield _problem(engine, policy, rule, *found)
            return


def nodes_in_blocks(engine: Engine) -> Iterator[Problem]:
    """Yield one problem if a block may hold nodes of pods of the host's network, whose addresses were not read."""
    places = engine.resolver.places
    hosts = [
        (number, "")
        for number, place in enumerate(engine.classes.places.tolist())
        if engine.classes.members[number] and not engine.classes.isolatable[number] and places.is_on_some_node(place)
    ]
    for policy, rows, rule, blocks in _network_rules(engine) if hosts else ():
        may_hold = blocks & places.some_node and places.some_node - blocks
        if may_hold and (found := _opened(engine, rule, rows, hosts)):
            yield _node_problem(engine, policy, rule, *found)
            return


def _network_rules(engine: Engine) -> Iterator[tuple[Policy, Indices, Rule, AddressSet]]:
    """Yield each rule of the NetworkPolicies: its policy, the classes that this selects, and the rule's ipBlocks."""
    for number, policy in enumerate(engine.policies):
        if number not in engine.removed and policy.tier is Tier.NETWORK_POLICY:
            for rule in policy.rules:
                blocks = (peer.addresses for peer in rule.peers if isinstance(peer, Block))
                yield policy, engine.subject(number), rule, AddressSet.union_of(blocks)


class _Addresses:
    """The addresses of pods, in order, to be found by block."""

    def __init__(self, engine: Engine) -> None:
        classes = engine.classes
        self._pods: dict[int, list[tuple[int, int, str]]] = {4: [], 6: []}
        for number, pods in enumerate(classes.members):
            texts = {ip for pod in pods for ip in pod.shape.ips} if classes.isolatable[number] else ()
            for address in filter(None, map(parse_address, texts)):
                self._pods[address.version].append((int(address), number, str(address)))
        for listed in self._pods.values():
            listed.sort()

    def __bool__(self) -> bool:
        return any(self._pods.values())

    def within(self, block: AddressSet) -> list[tuple[int, str]]:
        """Return class and address of each pod in a block."""
        found = []
        for family, pairs in ((4, block.ipv4), (6, block.ipv6)):
            pods = self._pods[family]
            for first, last in pairs:
                low, high = (bisect_left(pods, bound, key=itemgetter(0)) for bound in (first, last + 1))
                found += [(number, ip) for _, number, ip in pods[low:high]]
        return found


def _opened(engine: Engine, rule: Rule, rows: Indices, held: Sequence[tuple[int, str]]) -> tuple[int, int, str] | None:
    """Return the first class, and other class with its address, to which the rule would open what is closed."""
    other = Direction.INGRESS if rule.direction is Direction.EGRESS else Direction.EGRESS
    members = engine.classes.members
    for column, ip in held[: max(1, _MOST_PAIRS // max(len(rows), 1))]:
        alone = len(members[column]) == 1 and not members[column][0].workload.has_siblings
        others = rows[rows != column] if alone else rows
        columns = np.full(len(others), column)
        own = engine.matrices[rule.direction].masks(others, columns)
        far = engine.matrices[other].masks(columns, others)
        pairs, places = np.unique(np.stack([own, far]), axis=1, return_index=True)
        for (mine, theirs), place in zip(pairs.T.tolist(), places.tolist(), strict=True):
            if (rule.ports.numbers & engine.masks.ports(theirs)) - engine.masks.ports(mine):
                return int(others[place]), column, ip
    return None


def _problem(engine: Engine, policy: Policy, rule: Rule, row: int, column: int, ip: str) -> Problem:
    other, ends = _ends(engine, rule, row, column)
    message = (
        f"its ipBlock holds {ip}, the address of {other}: network plugins differ in whether that allows connections "
        f"{ends}, and here it does not, nor elsewhere for other pods"
    )
    remedy = "Ask for --cluster-addresses all where your network plugin lets ipBlocks hold pods."
    return _info(policy, rule, "pods-in-ipblock", message, remedy)


def _node_problem(engine: Engine, policy: Policy, rule: Rule, row: int, column: int, _: str) -> Problem:
    other, ends = _ends(engine, rule, row, column)
    message = (
        f"its ipBlock may hold the nodes of {other}, whose addresses were not read: where it does, that opens "
        f"connections {ends}; the map has no lines for that, nor for other pods of the host's network"
    )
    remedy = "Read Nodes, and pods with their status (kubectl get nodes,pods -A -o yaml)."
    return _info(policy, rule, "nodes-in-ipblock", message, remedy)


def _ends(engine: Engine, rule: Rule, row: int, column: int) -> tuple[str, str]:
    """Return the name of the rule's other end, and both ends in words."""
    members = engine.classes.members
    subject, other = (members[number][0].workload.peer for number in (row, column))
    inward = rule.direction is Direction.INGRESS
    return other, f"from {other} to {subject}" if inward else f"from {subject} to {other}"


def _info(policy: Policy, rule: Rule, code: str, message: str, remedy: str) -> Problem:
    line = field_line(policy.source, rule.path)
    return Problem(Severity.INFO, code, message, remedy, policy.source.file, line, policy.ref, field_path(rule.path))


def _holds(rule: Rule, address: AddressSet) -> bool:
    return any(isinstance(peer, Block) and not address - peer.addresses for peer in rule.peers)
