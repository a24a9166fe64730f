"""Which policies and rules have no effect, or contradict each other, and which workloads no policy selects."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from workbench.connectivity.engine import NONE, Contradiction, Engine
from workbench.connectivity.frames import UNPROTECTED
from workbench.connectivity.inputs import engine_of
from workbench.connectivity.policy_analysis.emptiness import Emptiness
from workbench.connectivity.policy_analysis.findings import Finding, Findings, findings_of
from workbench.connectivity.policy_analysis.redundancy import covering
from workbench.connectivity.policy_analysis.removal import Removal
from workbench.connectivity.policy_analysis.removal_impact import RemovalImpact, is_open_ended
from workbench.connectivity.policy_analysis.shadowing import RuleKey, Shadow, shadowed_rules
from workbench.connectivity.policy_analysis.statements import Witness
from workbench.connectivity.result import Connectivity
from workbench.ground import NO_PORTS, Progress, no_progress
from workbench.inventory import Cluster
from workbench.manifests import field_path
from workbench.policy import Action, Direction, Policy, Rule

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "conflicting",
    "empty",
    "find_conflicting",
    "find_empty",
    "find_redundant",
    "find_shadowed",
    "overlapping",
    "redundant",
    "shadowed",
    "unprotected",
]


def redundant(conn: Cluster | Connectivity, *, complete: bool = False, progress: Progress = no_progress) -> Findings:
    """Find the policies that can be taken away without changing anything; and of the others, the rules that can.

    Each on its own: of two policies that say the same, both are found, and one of them must stay. `needed`
    shows what the others are there for.

    Parameters
    ----------
    conn : Cluster or Connectivity
    complete : bool
        Whether the manifests are the whole cluster, now and later. If not, a policy that denies a direction
        altogether is never redundant, since it is also there for pods that are deployed later; nor is a rule that
        leads to namespaces of which the manifests hold nothing.
    progress : Progress
        Called with the number of policies that have been tried.

    Returns
    -------
    Findings
    """
    return findings_of(conn, partial(find_redundant, complete=complete, progress=progress))


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
    return findings_of(conn, find_shadowed)


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
    return findings_of(conn, find_empty)


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
    return findings_of(conn, find_conflicting)


def overlapping(conn: Cluster | Connectivity) -> Findings:
    """Find the pairs of policies that select a workload in common.

    Such a pair of NetworkPolicies allows what either of them allows. Where policies are disjoint, each one
    alone says what its pods may do.

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    Findings
        One for each pair, about the second policy; the first is in ``others``. The message names a workload.
    """
    return findings_of(conn, find_overlapping)


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
    user_policies = frozenset(engine.user_policies)
    rows: list[tuple[str, ...]] = []
    for peer, number in zip(workloads.peers, workloads.class_of.tolist(), strict=True):
        selecting = user_policies.intersection(engine.rows.policies_of(number))
        selected = {direction for n in selecting for direction in _directions(engine.policies[n])}
        rows += [(peer.name, side.value, peer.kind, peer.namespace) for side in Direction if side not in selected]
    return UNPROTECTED.from_rows(rows)


def find_redundant(engine: Engine, *, complete: bool = False, progress: Progress = no_progress) -> Iterator[Finding]:
    """Yield the policies without which nothing changes, and of the others, the rules without which nothing does."""
    impact = RemovalImpact(engine, complete=complete)
    numbers = engine.user_policies
    for place, number in enumerate(numbers):
        progress("try without each policy", place, len(numbers))
        whole = Removal(number)
        if not impact.is_needed(whole):
            yield _redundant(engine, whole)
            continue
        rules = (Removal(number, rule) for rule in range(len(engine.policies[number].rules)))
        yield from (_redundant(engine, rule) for rule in rules if not impact.is_needed(rule))
    progress("try without each policy", len(numbers), len(numbers))


def find_shadowed(engine: Engine) -> Iterator[Finding]:
    """Yield the rules that match something of which others decide all before them."""
    for key, shadow in shadowed_rules(engine).items():
        yield _hidden(engine, key, shadow)


def find_empty(engine: Engine) -> Iterator[Finding]:
    """Yield the policies that select no pods, and the rules that match none, or no port that their pods declare."""
    emptiness = Emptiness(engine)
    opening = {(c.policy, c.rule) for clauses in engine.clauses.values() for c in clauses if c.mask != NONE}
    for number in engine.user_policies:
        policy = engine.policies[number]
        selects = len(engine.subject(number))
        if not selects:
            yield emptiness.policy(policy)
        for place, rule in enumerate(policy.rules):
            if is_open_ended(engine, rule):
                continue
            if not any(len(engine.ends(peer, rule.direction, policy.tier)) for peer in rule.peers):
                yield emptiness.rule(policy, rule)
            elif selects and (number, place) not in opening:
                message = "names no port that the pods it leads to declare"
                remedy = "Compare its named ports with the ports of the pods' containers."
                yield Finding("empty", policy, rule, message, remedy=remedy)


def find_conflicting(engine: Engine) -> Iterator[Finding]:
    """Yield the policies of one tier and one priority that contradict each other."""
    return map(_contradicting, engine.contradictions)


def find_overlapping(engine: Engine) -> Iterator[Finding]:
    """Yield the pairs of policies that select a workload in common."""
    workloads, policies, user_policies = engine.workloads, engine.policies, frozenset(engine.user_policies)
    shown: dict[tuple[int, int], str] = {}
    for peer, number in zip(workloads.peers, workloads.class_of.tolist(), strict=True):
        for pair in combinations(sorted(user_policies.intersection(engine.rows.policies_of(number))), 2):
            shown.setdefault(pair, peer.name)
    for (first, second), name in sorted(shown.items(), key=lambda entry: entry[0][::-1]):
        yield Finding("overlapping", policies[second], None, f"selects {name}, as does", (policies[first].ref,))


def _directions(policy: Policy) -> frozenset[Direction]:
    """Return the directions in which a policy restricts or allows traffic of its subject."""
    return policy.isolates | {rule.direction for rule in policy.rules}


def _redundant(engine: Engine, removal: Removal) -> Finding:
    """Return the finding that nothing changes without what was taken away."""
    policy = engine.policies[removal.policy]
    rule = None if removal.rule is None else policy.rules[removal.rule]
    others = [_name(engine, other) for other in covering(engine, removal)]
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
    # The rule of a network is written nowhere.
    return policy.ref if rule.index < 0 else f"{policy.ref} {field_path(rule.path)}"
