"""What do admin policies ask that the manifests at hand do not tell: addresses of nodes and of pods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from workbench.connectivity.classes import Classes
from workbench.connectivity.places import NodeAddresses, Places
from workbench.connectivity.semantics import Semantics
from workbench.inventory.model import Objects
from workbench.manifests.locate import field_line
from workbench.manifests.problems import Problem, Severity
from workbench.manifests.source import field_path
from workbench.policy.addresses import AddressSet
from workbench.policy.rules import Block, Nodes, Policy, Rule, Tier

__all__ = ["Unknowns"]

_PRIVATE: Final = AddressSet.union_of(
    map(AddressSet.of, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)
"""Where clusters have their pods: blocks elsewhere are about the outside, whatever is unknown."""


@dataclass(frozen=True)
class Unknowns:
    """Finds the rules whose meaning depends on addresses that were not read.

    Parameters
    ----------
    objects : Objects
    classes : Classes
    places : Places
    addresses : NodeAddresses
    semantics : Semantics
    """

    objects: Objects
    classes: Classes
    places: Places
    addresses: NodeAddresses
    semantics: Semantics

    def problems(self) -> Iterator[Problem]:
        """Yield a Problem for each such rule and each reason."""
        guessed = self._guessed()
        by_family = self._pods_of_two_families()
        for policy in self.objects.policies:
            if policy.tier is Tier.NETWORK_POLICY:
                continue
            for rule in policy.rules:
                yield from self._nodes(policy, rule)
                blocks = [peer.addresses for peer in rule.peers if isinstance(peer, Block)]
                if not blocks or not self.places.matter:
                    continue
                block = AddressSet.union_of(blocks)
                within = self.places.within(block)
                guesses = {place: name for place, name in guessed.items() if place not in within}
                yield from self._guesses(policy, rule, block, guesses)
                yield from self._halves(policy, rule, within, by_family)

    def _nodes(self, policy: Policy, rule: Rule) -> Iterator[Problem]:
        for peer in rule.peers:
            if not isinstance(peer, Nodes) or self.addresses.of(peer):
                continue
            if self.semantics.cluster_addresses == "ignored":
                reason, remedy = "nodes are no peers in this reading", "Ask with cluster_addresses='admin'."
            elif not self.objects.nodes:
                reason = "no Node was read, so nobody knows their addresses"
                remedy = "Add the nodes: kubectl get nodes -o yaml."
            else:
                reason = f"no node that was read has an address and the labels {peer.nodes}"
                remedy = "Look for a slip of the pen in the selector, or read the nodes again."
            yield _problem(policy, rule, Severity.WARNING, "unknown-nodes", f"its nodes match nobody: {reason}", remedy)

    def _guesses(self, policy: Policy, rule: Rule, block: AddressSet, guesses: dict[int, str]) -> Iterator[Problem]:
        near = block & _PRIVATE
        for place, example in guesses.items():
            if self.places.may_lie_in(place, near):
                yield _problem(
                    policy,
                    rule,
                    Severity.INFO,
                    "unknown-pod-addresses",
                    f"its networks may hold pods whose addresses were not read, such as {example}: they are taken"
                    " to lie outside, since only a part of all addresses is named",
                    "Read the pods with their status, as a live cluster or kubectl get pods -o yaml has them.",
                )

    @staticmethod
    def _halves(
        policy: Policy, rule: Rule, within: set[int], by_family: dict[tuple[int, int], str]
    ) -> Iterator[Problem]:
        halves = [name for (first, other), name in by_family.items() if (first in within) != (other in within)]
        if halves:
            yield _problem(
                policy,
                rule,
                Severity.WARNING,
                "one-family-of-two",
                f"its networks hold one address and not the other of pods with both IPv4 and IPv6, such as {halves[0]}:"
                " the answer is that for their first address",
                "Name blocks of both families.",
            )

    def _guessed(self) -> dict[int, str]:
        """Return the places that stand for unknown addresses, with the name of a workload there."""
        found: dict[int, str] = {}
        for place, members in zip(self.classes.places.tolist(), self.classes.members, strict=True):
            if self.places.is_unknown(place):
                found.setdefault(place, members[0].workload.peer)
        return found

    def _pods_of_two_families(self) -> dict[tuple[int, int], str]:
        found: dict[tuple[int, int], str] = {}
        if self.places.matter:
            for workload in self.objects.workloads:
                for shape in workload.shapes:
                    for pair in self.places.others(shape):
                        found.setdefault(pair, workload.peer)
        return found


def _problem(  # noqa: PLR0913, PLR0917  (the parts of a Problem)
    policy: Policy, rule: Rule, severity: Severity, code: str, message: str, remedy: str
) -> Problem:
    path = ("spec", rule.direction.value, rule.index)
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
