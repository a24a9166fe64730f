"""How ports and decisions are worded in explanations, as the reference tool does it (connectivity.md section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.trace.rulings import Decision, Effect
from workbench.ground import MAX_PORT, MIN_PORT, PortSet, ports_text
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity.engine import Peer
    from workbench.inventory import Network

__all__ = ["BY_DEFAULT", "decision_text", "explained_ports", "named"]

BY_DEFAULT = "the system default (Allow all)"
ORDER = ("TCP", "UDP", "SCTP")
WITHOUT_POLICY = {
    Effect.HOST_NETWORK: "the host's network, where policies do not apply",
    Effect.OWN_NODE: "the pod's own node: traffic between the two is allowed whatever policies say",
    Effect.MAY_SHARE_NODE: "where a pod and a node are the pod and its own node, that is allowed whatever policies say",
}
MISMATCHES = {
    Effect.OTHER_PORTS: "the protocols and ports do not match",
    Effect.NO_SUCH_PORT: "named ports of the rule have no match in the configuration of the destination peer",
}
VERBS = {Effect.ALLOWS: "allows", Effect.DENIES: "denies", Effect.PASSES: "passes"}


def explained_ports(ports: PortSet) -> str:
    """Return ports as explanations print them: a whole protocol by its name, else ``UDP:[1-52,54-65535]``."""
    by_protocol = ports.by_protocol()
    texts = []
    for protocol in ORDER:
        intervals = by_protocol.get(protocol)
        if intervals == ((MIN_PORT, MAX_PORT),):
            texts.append(protocol)
        elif intervals:
            texts.append(f"{protocol}:[{ports_text(intervals)}]")
    return ", ".join(texts)


def _isolates(network: Network, peer: Peer) -> str:
    kind = "UserDefinedNetwork" if network.kind.value == "UDN" else "ClusterUserDefinedNetwork"
    return f"{kind} '{network.name}' isolates {peer.name}"


def named(decision: Decision) -> tuple[str, str]:
    """Return kind and name of the policy, Ingress or route that decides; empty for the default."""
    found = decision.policy if decision.target is None else decision.target.ingress
    return ("", "") if found is None else (found.kind, f"{found.namespace}/{found.name}".removeprefix("/"))


def decision_text(decision: Decision, direction: Direction, src: Peer, dst: Peer) -> str:
    """Return a decision in words, with names as they were read.

    Parameters
    ----------
    direction : Direction
        Of the ruling that the decision is part of: egress of `src`, or ingress of `dst`.
    """
    policy, rule, target = decision.policy, decision.rule, decision.target
    if target is not None:
        kind, name = named(decision)
        if decision.effect is Effect.ALLOWS:
            text = f"allows ingress connections through service {target.backend.service}"
        else:
            text = f"allows ingress to service {target.backend.service}, but {MISMATCHES[Effect.OTHER_PORTS]}"
        return f"{kind} '{name}' {text}"
    if decision.networks is not None:
        apart = zip(decision.networks, (src, dst), strict=True)
        return "; and ".join(_isolates(network, peer) for network, peer in apart if network.definition)
    if policy is None:
        return WITHOUT_POLICY.get(decision.effect, BY_DEFAULT)
    subject, other = (src, dst) if direction is Direction.EGRESS else (dst, src)
    side = direction.capitalize()
    name = "{} '{}'".format(*named(decision))
    number = "" if rule is None else rule.name or f"#{rule.index + 1}"
    if decision.effect is Effect.MAY_ALLOW:
        names = " or ".join(decision.domain_names)
        text = f"{name} may allow connections by {side} rule {number}, if it is an address of {names}"
    elif decision.effect in VERBS:
        text = f"{name} {VERBS[decision.effect]} connections by {side} rule {number}"
    elif decision.effect in MISMATCHES:
        text = (
            f"{name} selects {subject.name}, and {side} rule {number} selects {other.name}, "
            f"but {MISMATCHES[decision.effect]}"
        )
    else:
        rules = any(rule.direction is direction for rule in policy.rules)
        text = f"{name} selects {subject.name}, but {other.name} is not allowed by any {side} rule"
        text += "" if rules else " (no rules defined)"
    return text
