"""What cluster-wide policies deny to all pods: a namespace or a workload that they close is protected by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from workbench.ground import ALL_IPV4, ALL_PORTS, NO_PORTS, PortSet
from workbench.policy import EVERYTHING, Action, Anyone, Block, Direction, Pods, Policy, RulePeer, Selector, Tier

__all__ = ["Closed", "closed_by", "is_about_all_outside", "is_about_all_pods", "selects_all"]


class Closed(NamedTuple):
    """What cluster-wide policies deny where no NetworkPolicy isolates.

    Attributes
    ----------
    pods, outside : PortSet
        The ports on which traffic with all pods of the cluster, and with all addresses outside, is denied.
    by : tuple of str
        The policies that deny it.
    """

    pods: PortSet = NO_PORTS
    outside: PortSet = NO_PORTS
    by: tuple[str, ...] = ()

    @property
    def to_pods(self) -> bool:
        """Whether all traffic with pods is denied."""
        return self.pods == ALL_PORTS

    @property
    def to_outside(self) -> bool:
        """Whether all traffic with addresses outside is denied."""
        return self.outside == ALL_PORTS


def selects_all(selector: Selector | str) -> bool:
    """Tell whether a selector chooses everything, however it is written.

    Parameters
    ----------
    selector : Selector or str
    """
    return isinstance(selector, Selector) and EVERYTHING.implies(selector)


def is_about_all_pods(peer: RulePeer) -> bool:
    """Tell whether a peer is every pod of the cluster.

    Parameters
    ----------
    peer : RulePeer
    """
    if isinstance(peer, Pods):
        return selects_all(peer.namespaces) and selects_all(peer.pods)
    return isinstance(peer, Anyone)


def is_about_all_outside(peer: RulePeer) -> bool:
    """Tell whether a peer is every address, of IPv4 at least.

    Parameters
    ----------
    peer : RulePeer
    """
    return isinstance(peer, Anyone) or (isinstance(peer, Block) and not ALL_IPV4 - peer.addresses)


def closed_by(policies: Iterable[Policy], direction: Direction) -> Closed:
    """Return what the cluster-wide policies of some pods deny to all pods, and to all addresses outside.

    Rules about some of the pods are passed over: what they allow is an exception from what is denied to all. A rule
    that allows all pods is none: behind it, nothing is denied any more. Blocks of admin policies hold pods, too.

    Parameters
    ----------
    policies : iterable of Policy
        Those whose subject the pods are; NetworkPolicies among them are passed over.
    direction : Direction
    """
    listed = sorted((one for one in policies if one.tier is not Tier.NETWORK_POLICY), key=_order)
    pods, deniers = _denied(listed, direction, outside=False)
    outside, others = _denied(listed, direction, outside=True)
    return Closed(pods, outside, tuple(dict.fromkeys((*deniers, *others))))


def _order(policy: Policy) -> tuple[int, int, str]:
    return policy.tier, policy.priority, policy.name


def _denied(policies: Sequence[Policy], direction: Direction, *, outside: bool) -> tuple[PortSet, list[str]]:
    denied, passed, undecided = NO_PORTS, NO_PORTS, ALL_PORTS
    by: list[str] = []
    for tier in (Tier.ADMIN, Tier.BASELINE):
        undecided |= passed
        for policy in policies:
            for rule in policy.rules if policy.tier is tier else ():
                if rule.direction is not direction or not any(_is_met(peer, outside=outside) for peer in rule.peers):
                    continue
                here = rule.ports.numbers & undecided
                undecided -= here
                if rule.action is Action.DENY and here:
                    denied |= here
                    by.append(policy.ref)
                elif rule.action is Action.PASS:
                    passed |= here
    return denied, by


def _is_met(peer: RulePeer, *, outside: bool) -> bool:
    return is_about_all_outside(peer) if outside else _holds_pods(peer)


def _holds_pods(peer: RulePeer) -> bool:
    """Tell whether a peer of a cluster-wide policy is every pod: blocks of these hold pods, too."""
    return is_about_all_pods(peer) or is_about_all_outside(peer)
