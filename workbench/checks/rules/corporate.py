"""Corporate rules that a cluster does not keep: NP034."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from workbench.checks.context import CheckContext
from workbench.checks.corporate import CorporateEnd, CorporateRule
from workbench.checks.found import Found
from workbench.checks.registry import Fact, register_check
from workbench.checks.severity import CheckSeverity
from workbench.connectivity import Connection, Crowds, Peer, Standing
from workbench.generate import cidrs_of
from workbench.ground import EVERYWHERE, NO_PORTS, AddressSet, PortSet, count_of
from workbench.inventory import PodVariant
from workbench.manifests import Source, field_path

__all__ = ["corporate_rules"]


_EXAMPLES: Final = 3
"""So many connections are shown of a rule."""


class _Broken(NamedTuple):
    """A connection that a rule forbids, or one that it demands and that is missing.

    Attributes
    ----------
    src, dst : str
        Empty where it stands for more than are shown.
    ports : PortSet
        Those that are allowed, or missing.
    number : int
        For how many connections it stands.
    of : Connection or None
        What is allowed, to ask for reasons.
    """

    src: str
    dst: str
    ports: PortSet
    number: int
    of: Connection | None = None


@register_check(
    "NP034",
    title="Corporate rule that the cluster does not keep",
    severity=CheckSeverity.HIGH,
    reason="What the organisation demands of all clusters is not so in this one.",
    remedy="Change the policies that the evidence names, or have the rule changed.",
    source="np-guard, baseline rules",
    needs=[Fact.CORPORATE_RULES],
)
def corporate_rules(context: CheckContext) -> Iterator[Found]:
    """Find the rules of an organisation that are broken: one finding a rule, with a connection that shows it.

    A rule that denies is kept if none of its connections is allowed on any of its ports. A rule that allows is kept if
    all of its connections are allowed on all of its ports. Its connections are those of each pod of its source to each
    pod of its destination, but for a pod and itself. A source or destination that is not written is everyone: all pods,
    and all addresses outside. Addresses are what is outside of the cluster.

    What is allowed is what the engine says of all policies together; pods of the host's network count as they are,
    finished ones do not. Who has the labels is asked of the pods, and of namespaces by their labels.
    """
    rules = context.corporate or ()
    if not rules:
        return
    ends = _Ends(context, rules)
    for number, rule in enumerate(rules):
        broken = ends.allowed(number) if rule.action == "deny" else ends.missing(number)
        shown: list[_Broken] = []
        count = 0
        for one in broken:
            count += one.number
            if len(shown) < _EXAMPLES and one.src:
                shown.append(one)
        if shown:
            yield _found(context, rule, shown, count)


def _found(context: CheckContext, rule: CorporateRule, broken: list[_Broken], number: int) -> Found:
    first = broken[0]
    count = count_of(number, "connection")
    denies = rule.action == "deny"
    message = f"denies what is allowed: {count}" if denies else f"demands what is denied: {count}"
    examples = [f"{one.src} => {one.dst} : {one.ports}" for one in broken]
    reasons: tuple[str, ...] = ()
    if first.of is not None:
        (decisions,) = context.connectivity.rules_allowing([first.of])
        reasons = tuple(f"allowed by {one.ref} {field_path(one.path)}" for one in decisions) or (
            "no policy restricts the first of them",
        )
    return Found(
        f"CorporateRule {rule.name}",
        message,
        source=Source(rule.file, rule.line or 1),
        evidence=(
            *([rule.description] if rule.description else []),
            *examples,
            *reasons,
            f"from {rule.src.text or 'anyone'} to {rule.dst.text or 'anyone'} on {rule.ports}",
        ),
        src=first.src,
        dst=first.dst,
        ports=str(first.ports),
        key=rule.name,
    )


@dataclass
class _Ends:
    """Says which crowds of workloads are at the ends of each rule, and what is allowed between them.

    Attributes
    ----------
    context : CheckContext
    rules : tuple of CorporateRule
    """

    context: CheckContext
    rules: tuple[CorporateRule, ...]
    crowds: Crowds = field(init=False)
    at_ends: dict[Peer, tuple[tuple[bool, bool], ...]] = field(init=False)
    """For each workload, and each rule, whether some of its pods are a source, and a destination."""
    between: dict[tuple[int, int], PortSet] = field(init=False)

    def __post_init__(self) -> None:
        """Tell the workloads apart by the rules that they are at an end of."""
        standings = self.context.standings.values()
        self.at_ends = {
            one.peer: tuple((self._has(rule.src, one), self._has(rule.dst, one)) for rule in self.rules)
            for one in standings
        }
        self.crowds = self.context.connectivity.crowds(self.at_ends)
        self.between = {(one.src, one.dst): one.ports for one in self.crowds.connections}

    def _has(self, end: CorporateEnd, standing: Standing) -> bool:
        namespace = self.context.namespaces.get(standing.workload.namespace)
        if end.block is not None or (namespace is not None and not end.namespaces.matches(namespace.labels)):
            return False
        return any(end.pods.matches(one.labels) for one in _shapes(standing))

    def _chosen(self, number: int, side: int) -> list[int]:
        """Return the crowds at an end of a rule: 0 for its source, 1 for its destination."""
        return [crowd for crowd, members in enumerate(self.crowds.members) if self.at_ends[members[0]][number][side]]

    def allowed(self, number: int) -> Iterator[_Broken]:
        """Yield what is allowed of what a rule denies."""
        rule = self.rules[number]
        sources, destinations = (frozenset(self._chosen(number, side)) for side in (0, 1))
        for one in self.crowds.connections:
            ports = one.ports & rule.ports
            if ports and one.src in sources and one.dst in destinations:
                src, dst = self._two(one.src, one.dst)
                yield _Broken(src.name, dst.name, ports, one.number, Connection(src, dst, ports))
        for connection in self.context.outside:
            ports = connection.ports & rule.ports
            if ports and self._meets(number, connection):
                yield _Broken(connection.src.name, connection.dst.name, ports, 1, connection._replace(ports=ports))

    def _two(self, src: int, dst: int) -> tuple[Peer, Peer]:
        one, others = self.crowds.members[src][0], self.crowds.members[dst]
        return one, (others[-1] if src == dst else others[0])

    def _meets(self, number: int, connection: Connection) -> bool:
        """Tell whether a connection from or to outside is one of a rule."""
        rule = self.rules[number]
        if connection.src.addresses is not None:
            return (
                _block(rule.src) & connection.src.addresses != AddressSet() and self.at_ends[connection.dst][number][1]
            )
        if connection.dst.addresses is not None:
            return (
                _block(rule.dst) & connection.dst.addresses != AddressSet() and self.at_ends[connection.src][number][0]
            )
        return False

    def missing(self, number: int) -> Iterator[_Broken]:
        """Yield what is not allowed of what a rule demands: of much, the first stands for all the rest."""
        rule = self.rules[number]
        sources, destinations = (self._chosen(number, side) for side in (0, 1))
        whole = self._wholly_allowed(rule, frozenset(sources), frozenset(destinations))
        left = sum(self._sizes(sources)) * sum(self._sizes(destinations))
        left -= sum(self._lone(crowd) for crowd in set(sources) & set(destinations))
        left -= sum(sum(found.values()) for found in whole.values())
        shown = (
            (src, dst)
            for src in sources
            if len(whole.get(src, ())) < len(destinations)
            for dst in destinations
            if dst not in whole.get(src, ()) and self._pairs(src, dst)
        )
        for src, dst in islice(shown, _EXAMPLES if left > 0 else 0):
            one, other = self._two(src, dst)
            count = min(self._pairs(src, dst), left)
            left -= count
            yield _Broken(one.name, other.name, rule.ports - self.between.get((src, dst), NO_PORTS), count)
        if left > 0:
            yield _Broken("", "", rule.ports, left)
        for side, end in enumerate((rule.dst, rule.src)):
            if block := _block(end):
                yield from self._missing_outside(number, side, block)

    def _wholly_allowed(
        self, rule: CorporateRule, sources: frozenset[int], destinations: frozenset[int]
    ) -> dict[int, dict[int, int]]:
        """Return for how many connections all ports of a rule are allowed, by the crowds at their ends."""
        found: defaultdict[int, dict[int, int]] = defaultdict(dict)
        lacks: dict[PortSet, bool] = {}
        for one in self.crowds.connections:
            if one.src in sources and one.dst in destinations:
                if one.ports not in lacks:
                    lacks[one.ports] = bool(rule.ports - one.ports)
                if not lacks[one.ports]:
                    found[one.src][one.dst] = one.number
        return found

    def _sizes(self, crowds: Iterable[int]) -> Iterator[int]:
        return (len(self.crowds.members[crowd]) for crowd in crowds)

    def _lone(self, crowd: int) -> int:
        """Return how many of a crowd are single pods, which have no connection with others of their workload."""
        standings = self.context.standings
        return sum(not standings[one.name].workload.has_siblings for one in self.crowds.members[crowd])

    def _pairs(self, src: int, dst: int) -> int:
        """Return how many connections there are between two crowds, without those of a lone pod to itself."""
        mine, theirs = len(self.crowds.members[src]), len(self.crowds.members[dst])
        return mine * theirs - (self._lone(src) if src == dst else 0)

    def _missing_outside(self, number: int, side: int, block: AddressSet) -> Iterator[_Broken]:
        """Yield what is missing between the workloads at one end of a rule and addresses at the other.

        Parameters
        ----------
        side : int
            That of the workloads: 0 for the source, 1 for the destination.
        """
        rule = self.rules[number]
        covered: dict[str, AddressSet] = {}
        for one in self.context.outside:
            inner, outer = (one.src, one.dst) if side == 0 else (one.dst, one.src)
            if outer.addresses is not None and not rule.ports - one.ports:
                covered[inner.name] = covered.get(inner.name, AddressSet()) | outer.addresses
        for crowd in self._chosen(number, side):
            for peer in self.crowds.members[crowd]:
                if lacking := block - covered.get(peer.name, AddressSet()):
                    where = cidrs_of(lacking)[0]
                    src, dst = (peer.name, where) if side == 0 else (where, peer.name)
                    yield _Broken(src, dst, rule.ports, 1)


def _block(end: CorporateEnd) -> AddressSet:
    """Return the addresses outside that an end is about."""
    if end.block is not None:
        return end.block
    return EVERYWHERE if end.is_anyone else AddressSet()


def _shapes(standing: Standing) -> Iterable[PodVariant]:
    """Return the living kinds of pods of a workload as the map has it: those that its name tells apart, if it does."""
    living = [one for one in standing.workload.shapes if not one.finished]
    told = standing.peer.shape.strip("{}")
    if not told:
        return living
    wanted = frozenset(told.split(","))
    found = [one for one in living if wanted <= {f"{key}={value}" for key, value in one.labels.items()}]
    return found or living
