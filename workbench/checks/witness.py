"""A connection that is allowed and shows what a rule admits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple, TypeAlias

from workbench.checks.context import CheckContext
from workbench.generate import cidrs_of
from workbench.ground import NO_PORTS, PortSet
from workbench.policy import Anyone, Block, Direction, Pods, Policy, Rule, RulePeer

__all__ = ["NO_CONNECTION", "Admitting", "admitted_by_each", "allowed_connection"]

NO_CONNECTION = ("", "", "")
_FEW = 3
Edge: TypeAlias = "tuple[str, str, int, str]"
"""Source, destination, port and protocol."""


class Admitting(NamedTuple):
    """A rule of which a connection is to be shown.

    Attributes
    ----------
    policy : Policy
    rule : Rule
    peers : tuple of RulePeer
        Keep to these of its peers; all without any.
    """

    policy: Policy
    rule: Rule
    peers: tuple[RulePeer, ...] = ()

    def edges(self, context: CheckContext) -> Iterator[Edge]:
        """Yield a few edges that it is about, on one of its ports; none of a rule with named ports alone."""
        numbers = self.rule.ports.numbers.intervals
        port = next((one for one in numbers if one[0] == "TCP"), numbers[0] if numbers else None)
        mine = [workload.peer for workload, _ in context.selected[self.policy.ref][:_FEW]]
        others = list(dict.fromkeys(_names(context, (self.peers or self.rule.peers)[:_FEW])))
        for one in mine if port is not None else ():
            for other in others:
                src, dst = (other, one) if self.rule.direction is Direction.INGRESS else (one, other)
                if src != dst and port is not None:
                    yield src, dst, port[1], port[0]


def admitted_by_each(context: CheckContext, rules: Sequence[Admitting]) -> list[tuple[str, str, str]]:
    """Return a connection that each of some rules admits and that passes, in one pass over all.

    Parameters
    ----------
    context : CheckContext
    rules : sequence of Admitting

    Returns
    -------
    list of (str, str, str)
        Source, destination and one port; empty texts where none is found.
    """
    edges = [tuple(one.edges(context)) for one in rules]
    verdicts = iter(context.connectivity.verdicts(chain.from_iterable(edges), deciding=False))
    found = []
    for each in edges:
        answers = list(zip(each, islice(verdicts, len(each)), strict=True))
        allowed = (edge for edge, answer in answers if answer.verdict == "allowed")
        shown = next(allowed, None)
        found.append(NO_CONNECTION if shown is None else (*shown[:2], f"{shown[3]} {shown[2]}"))
    return found


def allowed_connection(
    context: CheckContext, mine: Iterable[str], others: Iterable[str], direction: Direction, wanted: PortSet | None
) -> tuple[str, str, str]:
    """Return the first connection of some ends that is allowed.

    Parameters
    ----------
    context : CheckContext
    mine, others : iterable of str
        The ends that a policy is about, and those at the other end.
    direction : Direction
    wanted : PortSet or None
        The ports that are asked about; None for all.
    """
    listed = tuple(others)
    for one in mine:
        for other in listed:
            src, dst = (other, one) if direction is Direction.INGRESS else (one, other)
            if src != dst:
                found = context.connectivity.query(src, dst)
                ports = found.connection - found.in_part
                ports = ports if wanted is None else ports & wanted
                if ports != NO_PORTS:
                    return src, dst, str(ports)
    return NO_CONNECTION


def _names(context: CheckContext, peers: Iterable[RulePeer]) -> Iterator[str]:
    for peer in peers:
        match peer:
            case Pods():
                yield from (workload.peer for workload in context.members(peer)[:_FEW])
            case Block():
                yield from cidrs_of(peer.addresses)[:1]
            case Anyone():
                yield from (workload.peer for workload in context.reachable_workloads[:_FEW])
