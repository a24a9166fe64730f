"""A connection that is allowed and shows what a rule admits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.checks.context import CheckContext
from workbench.generate import cidrs_of
from workbench.ground import NO_PORTS, PortSet
from workbench.policy import Anyone, Block, Direction, Pods, Policy, Rule, RulePeer

__all__ = ["NO_CONNECTION", "admitted", "allowed_connection"]

NO_CONNECTION = ("", "", "")
_FEW = 3


def admitted(context: CheckContext, policy: Policy, rule: Rule, peers: Iterable[RulePeer] = ()) -> tuple[str, str, str]:
    """Return a connection that a rule admits and that passes, at its other end, too; empty texts where none is found.

    A few are tried.

    Parameters
    ----------
    context : CheckContext
    policy : Policy
    rule : Rule
        One of its rules.
    peers : iterable of RulePeer, optional
        Keep to these of its peers.
    """
    mine = [workload.peer for workload, _ in context.selected[policy.ref][:_FEW]]
    others = list(dict.fromkeys(_names(context, tuple(peers) or rule.peers)))
    wanted = rule.ports.numbers if not rule.ports.named else None
    return allowed_connection(context, mine, others, rule.direction, wanted)


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
