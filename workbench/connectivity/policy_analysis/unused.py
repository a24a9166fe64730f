"""Which policies and rules have no effect, or contradict each other, and which workloads no policy selects."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from workbench.connectivity.engine import NONE, Contradiction, Engine, is_network
from workbench.connectivity.frames import UNPROTECTED
from workbench.connectivity.inputs import as_connectivity, engine_of
from workbench.connectivity.policy_analysis.emptiness import Emptiness
from workbench.connectivity.policy_analysis.findings import Finding, Findings
from workbench.connectivity.policy_analysis.redundancy import covering
from workbench.connectivity.policy_analysis.removals import Removals, Taken, is_open_ended
from workbench.connectivity.policy_analysis.shadowing import RuleKey, Shadow, shadowed_rules
from workbench.connectivity.policy_analysis.statements import Witness
from workbench.connectivity.result import Connectivity
from workbench.ground import NO_PORTS, Progress, no_progress
from workbench.inventory import Cluster
from workbench.manifests import field_path
from workbench.policy import Action, Direction, Policy, Rule

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["conflicting", "empty", "overlapping", "redundant", "shadowed", "unprotected"]


def redundant(conn: Cluster | Connectivity, *, complete: bool = False, progress: Progress = no_progress) -> Findings:
    """Find the policies that can be taken away without changing anything; and of the others, the rules that can.

    Each on its own: of two policies that say the same, both are found, and one of them must stay. `needed`
    shows what the others are there for.

    Parameters
    ----------
    conn : Cluster or Connectivity
    complete : bool
        Whether the manifests are the whole cluster for ever. If not, a policy that denies a direction
        altogether is never redundant, since it is also there for pods that are yet to come; nor is a rule that
        leads to namespaces of which the manifests hold nothing.
    progress : Progress
        Called with the number of policies that have been tried.

    Returns
    -------
    Findings
    """
    asked = as_connectivity(conn)
    engine = engine_of(asked)
    removals = Removals(engine, complete=complete)
    found: list[Finding] = []
    numbers = engine.user_policies
    for place, number in enumerate(numbers):
        progress("try without each policy", place, len(numbers))
        if not removals.is_needed(Taken(number)):
            found.append(_spare(engine, Taken(number)))
        else:
            tries = (Taken(number, rule) for rule in range(len(engine.policies[number].rules)))
            found += (_spare(engine, taken) for taken in tries if not removals.is_needed(taken))
    progress("try without each policy", len(numbers), len(numbers))
    return Findings(tuple(found), (asked,))


def shadowed(conn: Cluster | Connectivity) -> Findings:
    """Find the rules that match something of which others decide all before them.

    Rules of the admin and baseline tiers behind earlier ones, NetworkPolicy rules behind the admin tier, and
    baseline rules behind NetworkPolicies.

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    Findings
        ``others`` are the rules, and the isolating NetworkPolicies, that decide.
    """
    asked = as_connectivity(conn)
    engine = engine_of(asked)
    shadows = shadowed_rules(engine)
    return Findings(tuple(_hidden(engine, key, shadow) for key, shadow in shadows.items()), (asked,))


def empty(conn: Cluster | Connectivity) -> Findings:
    """Find the policies that select no pods, and the rules that match none, or no port that their pods declare.

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    Findings
        Of code ``elsewhere``, and an info only, where that is because the manifests hold nothing of the
        namespaces that are meant.
    """
    asked = as_connectivity(conn)
    engine = engine_of(asked)
    judge = Emptiness(engine)
    opening = {(c.policy, c.rule) for clauses in engine.clauses.values() for c in clauses if c.mask != NONE}
    found: list[Finding] = []
    for number in engine.user_policies:
        policy = engine.policies[number]
        selects = len(engine.sets[engine.subjects[number]])
        if not selects:
            found.append(judge.policy(policy))
        for place, rule in enumerate(policy.rules):
            if is_open_ended(engine, rule):
                continue
            if not any(len(engine.ends(peer, rule.direction, policy.tier)) for peer in rule.peers):
                found.append(judge.rule(policy, rule))
            elif selects and (number, place) not in opening:
                message = "names no port that the pods it leads to declare"
                remedy = "Compare its named ports with the ports of the pods' containers."
                found.append(Finding("empty", policy, rule, message, remedy=remedy))
    return Findings(tuple(found), (asked,))


def conflicting(conn: Cluster | Connectivity) -> Findings:
    """Find the policies of one tier and one priority that contradict each other (semantics 16).

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    Findings
        One for each pair, about a rule of the second; the first is in ``others``. The witness is a connection
        that they decide differently: `first` is what its rule matches there if it allows it, and `second`
        likewise.
    """
    asked = as_connectivity(conn)
    engine = engine_of(asked)
    return Findings(tuple(_contradicting(found) for found in engine.contradictions), (asked,))


def overlapping(conn: Cluster | Connectivity) -> Findings:
    """Find the pairs of policies that select a workload in common.

    Of NetworkPolicies such a pair allows what either of them allows; who wants to tell from one policy
    alone what its pods may do, keeps them disjoint.

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    Findings
        One for each pair, about the second policy; the first is in ``others``. The message names a workload.
    """
    asked = as_connectivity(conn)
    engine = engine_of(asked)
    workloads = engine.workloads
    shown: dict[tuple[int, int], str] = {}
    for peer, number in zip(workloads.peers, workloads.class_of.tolist(), strict=True):
        selecting = (n for n in engine.rows.policies_of(number) if not is_network(engine.policies[n]))
        for pair in combinations(sorted(selecting), 2):
            shown.setdefault(pair, peer.name)
    policies = engine.policies
    return Findings(
        tuple(
            Finding("overlapping", policies[second], None, f"selects {name}, as does", (policies[first].ref,))
            for (first, second), name in sorted(shown.items(), key=lambda entry: entry[0][::-1])
        ),
        (asked,),
    )


def unprotected(conn: Cluster | Connectivity) -> pd.DataFrame:
    """Find the workloads that no policy selects, in each direction.

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    DataFrame
        Columns as in `frames.UNPROTECTED`, sorted by workload.
    """
    engine = engine_of(conn)
    workloads = engine.workloads
    rows: list[tuple[str, ...]] = []
    for peer, number in zip(workloads.peers, workloads.class_of.tolist(), strict=True):
        selecting = [engine.policies[n] for n in engine.rows.policies_of(number)]
        selected = {d for policy in selecting if not is_network(policy) for d in _directions(policy)}
        rows += [(peer.name, side.value, peer.kind, peer.namespace) for side in Direction if side not in selected]
    return UNPROTECTED.from_rows(rows)


def _directions(policy: Policy) -> frozenset[Direction]:
    """Return the directions in which a policy has a say about its subject."""
    return policy.isolates | {rule.direction for rule in policy.rules}


def _spare(engine: Engine, taken: Taken) -> Finding:
    """Return the finding that nothing changes without what was taken away."""
    policy = engine.policies[taken.policy]
    rule = None if taken.rule is None else policy.rules[taken.rule]
    others = [_name(engine, other) for other in covering(engine, taken)]
    message = "changes nothing beside others" if others else "changes nothing"
    return Finding("redundant", policy, rule, message, tuple(others))


def _hidden(engine: Engine, key: RuleKey, shadow: Shadow) -> Finding:
    """Return the finding that others decide before a rule is evaluated."""
    policy = engine.policies[key[0]]
    own = policy.rules[key[1]]
    deciding = {engine.policies[n].rules[r].action for n, r in shadow.claimers}
    against = bool(deciding - {own.action, Action.PASS}) or bool(shadow.isolating)
    message = "is never evaluated: others decide before it" + (", some of them differently" if against else "")
    others = (
        *(_name(engine, rule) for rule in shadow.claimers),
        *(engine.policies[n].ref for n in shadow.isolating),
    )
    return Finding("shadowed", policy, own, message, others)


def _contradicting(found: Contradiction) -> Finding:
    """Return the finding that two policies of one priority decide a connection differently."""
    (first, policy), (theirs, mine) = found.policies, found.rules
    message = (
        f"has the same priority {policy.priority} as another policy, with {mine.action} where the other has"
        f" {theirs.action}"
    )
    sides = [found.ports if rule.action is Action.ALLOW else NO_PORTS for rule in (theirs, mine)]
    witness = Witness(found.src, found.dst, sides[0], sides[1], found.ports)
    return Finding("conflicting", policy, mine, message, (_rule_name(first, theirs),), witness)


def _name(engine: Engine, found: RuleKey | int) -> str:
    """Return a policy as ``Kind namespace/name``, a rule with its path behind."""
    if isinstance(found, int):
        return engine.policies[found].ref
    policy = engine.policies[found[0]]
    return _rule_name(policy, policy.rules[found[1]])


def _rule_name(policy: Policy, rule: Rule) -> str:
    if is_network(policy):
        return policy.ref
    return f"{policy.ref} {field_path(rule.path)}"
