"""Why a policy selects no pods, or a rule matches none: a fault, or because it leads out of the given manifests."""

from __future__ import annotations

from typing import Final

from workbench.connectivity.engine import Engine
from workbench.connectivity.outside_manifests import OutsideManifests
from workbench.connectivity.policy_analysis.findings import Finding
from workbench.connectivity.policy_analysis.removal_impact import denies_by_itself
from workbench.ground import Severity, listed
from workbench.policy import EVERYTHING, Action, Block, Direction, Pods, Policy, Rule, RulePeer, Tier

__all__ = ["COMPARE_LABELS", "Emptiness"]

COMPARE_LABELS: Final = "Compare its labels with those of the pods that are meant."


class Emptiness:
    """Finds out why policies and rules match nothing.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._outside_manifests = OutsideManifests(engine)

    def policy(self, policy: Policy) -> Finding:
        """Return what is wrong with a policy that selects no pods."""
        if pods := self._written(policy.subject):
            reason = "which network plugins apply no NetworkPolicy to"
            if policy.tier is not Tier.NETWORK_POLICY:
                reason = "which are in the subject of no cluster-wide policy"
            message = f"selects only pods of the host's network ({listed(pods)}), {reason}"
            severity = Severity.INFO if policy.subject.pods == EVERYTHING else Severity.WARNING
            remedy = "Protect these pods by a firewall of their nodes."
            return Finding("host-network", policy, None, message, remedy=remedy, severity=severity)
        place = self._outside_manifests.place(policy.subject)
        if place:
            message = f"selects pods of {place} that are not in these manifests"
            return _elsewhere(policy, None, message)
        if denies_by_itself(policy) and policy.subject.pods == EVERYTHING:
            return _elsewhere(policy, None, "selects no pods yet, and denies traffic of later ones")
        return Finding("empty", policy, None, "selects no pods", remedy=COMPARE_LABELS)

    def rule(self, policy: Policy, rule: Rule) -> Finding:
        """Return what is wrong with a rule that matches no pods and no addresses."""
        lacking = self.lacking(policy, rule)
        if lacking or not rule.peers:
            message = f"matches no pods: {'; '.join(lacking)}" if lacking else "matches nothing"
            return self.empty(policy, rule, message)
        places = dict.fromkeys(self._outside_manifests.place(peer) for peer in rule.peers)
        verb = "allows traffic from" if rule.direction is Direction.INGRESS else "leads to"
        if rule.action is not Action.ALLOW:
            verb = "is about traffic from" if rule.direction is Direction.INGRESS else "is about traffic to"
        return _elsewhere(policy, rule, f"{verb} pods of {listed(list(places))} that are not in these manifests")

    def empty(self, policy: Policy, rule: Rule, message: str) -> Finding:
        """Return that peers of a rule match nothing, as `message` says, with what to do about it."""
        lacking = self._lacking(policy, rule)
        peers, places = [peer for _, peer in lacking], tuple(place for place, _ in lacking)
        if not any(self._hosts(peer) for peer in peers):
            return Finding("empty", policy, rule, message, remedy=COMPARE_LABELS, places=places)
        field = "an ipBlock" if policy.tier is Tier.NETWORK_POLICY else "networks, or the nodes themselves in nodes"
        remedy = f"Name the addresses of their nodes in {field}."
        question = "host-network" if all(self._hosts(peer) for peer in peers) else "empty"
        return Finding(question, policy, rule, message, remedy=remedy, places=places)

    def lacking(self, policy: Policy, rule: Rule) -> list[str]:
        """Return the peers of a rule that ought to match pods here and match none, each with its place."""
        side = "from" if rule.direction is Direction.INGRESS else "to"
        return [
            f"{side}[{place}] selects {self._hosts(peer) or _words(peer)}"
            for place, peer in self._lacking(policy, rule)
        ]

    def _lacking(self, policy: Policy, rule: Rule) -> list[tuple[int, Pods | Block]]:
        return [
            (place, peer)
            for place, peer in enumerate(rule.peers)
            if isinstance(peer, Pods | Block)
            and not len(self._engine.ends(peer, rule.direction, policy.tier))
            and not self._outside_manifests.place(peer)
        ]

    def _hosts(self, peer: Pods | Block) -> str:
        """Return the pods of the host's network whose labels a peer without pods names, in words."""
        pods = self._written(peer) if isinstance(peer, Pods) else []
        return f"only pods of the host's network ({listed(pods)}), which no selector chooses" if pods else ""

    def _written(self, selected: Pods) -> list[str]:
        """Return the workloads that selectors choose by labels, those that policies do not see as pods, too."""
        found = self._engine.resolver.written_subject(selected).tolist()
        members = self._engine.classes.members
        return list(dict.fromkeys(pod.workload.peer for number in found for pod in members[number]))


def _elsewhere(policy: Policy, rule: Rule | None, message: str) -> Finding:
    return Finding("elsewhere", policy, rule, message, severity=Severity.INFO)


def _words(peer: RulePeer) -> str:
    """Return a peer in words."""
    if not isinstance(peer, Pods):
        return peer.text if isinstance(peer, Block) else ""
    where = f"namespace {peer.namespaces}" if isinstance(peer.namespaces, str) else f"namespaces with {peer.namespaces}"
    if peer.namespaces == EVERYTHING:
        where = "all namespaces"
    return f"all pods of {where}" if peer.pods == EVERYTHING else f"pods with {peer.pods} in {where}"
