"""What do policies ask that the manifests at hand do not tell: addresses of nodes and of pods."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from workbench.connectivity.engine.classes import Classes
from workbench.connectivity.engine.places import Places
from workbench.ground import PRIVATE, AddressSet, Problem, Severity
from workbench.manifests import field_line, field_path
from workbench.policy import Block, Nodes, Policy, Rule, Tier

__all__ = ["Unknowns"]


class Unknowns:
    """Finds the rules whose meaning depends on addresses that were not read.

    Parameters
    ----------
    classes : Classes
    places : Places
    """

    def __init__(self, classes: Classes, places: Places) -> None:
        self._classes = classes
        self._places = places

    def problems(self, policy: Policy) -> Iterator[Problem]:
        """Yield a Problem for each such rule of a policy, and for each reason."""
        for rule in policy.rules:
            for peer in rule.peers:
                if isinstance(peer, Nodes) and not self._places.addresses_of(peer):
                    yield _no_nodes(policy, rule, peer)
            blocks = [peer.addresses for peer in rule.peers if isinstance(peer, Block)]
            if blocks and self._places.hold_pods(policy.tier):
                block = AddressSet.union_of(blocks)
                within = self._places.within(block, policy.tier)
                # Blocks elsewhere are about the outside, whatever is unknown.
                yield from self._guesses(policy, rule, block & PRIVATE, within)
                yield from self._halves(policy, rule, within)

    def _guesses(self, policy: Policy, rule: Rule, near: AddressSet, within: set[int]) -> Iterator[Problem]:
        for place, example in self._unknown.items():
            if place not in within and self._places.may_lie_in(place, near):
                yield _problem(
                    policy,
                    rule,
                    Severity.INFO,
                    "unknown-pod-addresses",
                    f"its {_blocks_of(policy)} may hold pods whose addresses were not read, such as {example}: they are"
                    " taken to lie outside, since only a part of all addresses is named",
                    "Read the pods with their status, as a live cluster or kubectl get pods -o yaml has them.",
                )

    def _halves(self, policy: Policy, rule: Rule, within: set[int]) -> Iterator[Problem]:
        halves = [name for (one, other), name in self._of_both_families.items() if (one in within) != (other in within)]
        if halves:
            yield _problem(
                policy,
                rule,
                Severity.WARNING,
                "one-family-of-two",
                f"its {_blocks_of(policy)} hold one address and not the other of pods with both IPv4 and IPv6, such as"
                f" {halves[0]}: the answer is that for their first address",
                "Name blocks of both families.",
            )

    @cached_property
    def _unknown(self) -> dict[int, str]:
        """The places that stand for unknown addresses, with the name of a workload there."""
        found: dict[int, str] = {}
        for place, members in zip(self._classes.places.tolist(), self._classes.members, strict=True):
            if members and self._places.is_unknown(place):
                found.setdefault(place, members[0].workload.peer)
        return found

    @cached_property
    def _of_both_families(self) -> dict[tuple[int, int], str]:
        found: dict[tuple[int, int], str] = {}
        for pod in (pod for members in self._classes.members for pod in members if pod.shape.ips):
            for pair in self._places.of_both_families(pod.shape):
                found.setdefault(pair, pod.workload.peer)
        return found


def _no_nodes(policy: Policy, rule: Rule, peer: Nodes) -> Problem:
    return _problem(
        policy,
        rule,
        Severity.WARNING,
        "unknown-nodes",
        f"no address is known of a node with the labels {peer.nodes}, so that this peer matches nothing",
        "Add the nodes, as kubectl get nodes -o yaml has them, or look for a slip in the selector.",
    )


def _blocks_of(policy: Policy) -> str:
    """Return what the blocks of a rule are called in policies of this kind."""
    return "ipBlocks" if policy.tier is Tier.NETWORK_POLICY else "networks"


def _problem(policy: Policy, rule: Rule, severity: Severity, code: str, message: str, remedy: str) -> Problem:
    path = rule.path
    return Problem(
        severity,
        code,
        message,
        remedy,
        policy.source.file,
        field_line(policy.source, path),
        policy.ref,
        field_path(path),
    )
