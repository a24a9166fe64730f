"""What is true of a cluster's policies: do two clusters allow the same, is a rule good for anything, who is left out.

The questions of network-config-analyzer and of Batfish (connectivity.md 9). Each takes clusters, or
connectivity that is known already. A question that is true or false is answered by a `Statement`, with
connections that show it; one that looks for policies and rules by `Findings`, with reasons.
"""

from __future__ import annotations

import pandas as pd

from workbench.connectivity.api import connectivity
from workbench.connectivity.compare import Compared, Comparison
from workbench.connectivity.compile import Compiled
from workbench.connectivity.covers import covering
from workbench.connectivity.evidence import Evidence, Shown, common, differing, lacking
from workbench.connectivity.findings import Finding, Findings
from workbench.connectivity.frames import UNCAPTURED
from workbench.connectivity.hearing import RuleKey, Shadow, shadowed_rules
from workbench.connectivity.isolation import is_network
from workbench.connectivity.masks import NONE
from workbench.connectivity.overlaps import Contradiction
from workbench.connectivity.removals import Removals, Taken, is_open_ended
from workbench.connectivity.result import Connectivity
from workbench.connectivity.specified import specified
from workbench.connectivity.statements import Statement, Witness
from workbench.inventory.cluster import Cluster
from workbench.manifests.progress import Progress, silent
from workbench.manifests.source import field_path
from workbench.policy.ports import NO_PORTS
from workbench.policy.rules import Action, Direction, Policy, Rule

__all__ = [
    "conflicting",
    "contained",
    "empty",
    "equivalent",
    "forbids",
    "interferes",
    "needed",
    "permits",
    "redundant",
    "sanity",
    "shadowed",
    "uncaptured",
    "vacuous",
]

LIMIT = 1000
"""So many witnesses a statement holds, if it is not told otherwise."""


def equivalent(first: Cluster | Connectivity, second: Cluster | Connectivity, *, limit: int = LIMIT) -> Statement:
    """Tell whether two clusters have the same workloads, and the same may talk to the same.

    Parameters
    ----------
    first, second : Cluster or Connectivity
        Workloads are matched by namespace, name and kind.
    limit : int
        Keep to so many witnesses.

    Returns
    -------
    Statement
        Witnesses are connections that only one of them allows, and workloads that only one has.
    """
    return _compare("equivalent", first, second, differing, limit)


def contained(first: Cluster | Connectivity, second: Cluster | Connectivity, *, limit: int = LIMIT) -> Statement:
    """Tell whether everything that the first cluster allows is allowed by the second, which has all its workloads.

    Parameters
    ----------
    first, second : Cluster or Connectivity
    limit : int
        Keep to so many witnesses.

    Returns
    -------
    Statement
        Witnesses are connections that only the first allows, and workloads that only the first has.
    """
    return _compare("contained", first, second, lacking, limit)


def permits(conn: Cluster | Connectivity, specification: Cluster | Connectivity, *, limit: int = LIMIT) -> Statement:
    """Tell whether a cluster allows everything that the policies of a specification allow by name.

    Parameters
    ----------
    conn : Cluster or Connectivity
    specification : Cluster or Connectivity
        A cluster whose policies say what must be possible. What they allow by not being about it counts
        for nothing (`specified`).
    limit : int
        Keep to so many witnesses.

    Returns
    -------
    Statement
        Witnesses are connections that the specification (first) allows by name and the cluster (second) denies.
    """
    return _specify("permits", conn, specification, lacking, limit)


def forbids(conn: Cluster | Connectivity, specification: Cluster | Connectivity, *, limit: int = LIMIT) -> Statement:
    """Tell whether a cluster denies everything that the policies of a specification allow by name.

    Parameters
    ----------
    conn : Cluster or Connectivity
    specification : Cluster or Connectivity
        A cluster whose policies say what must not be possible.
    limit : int
        Keep to so many witnesses.

    Returns
    -------
    Statement
        Witnesses are connections that the specification (first) allows by name and the cluster (second) allows, too.
    """
    return _specify("forbids", conn, specification, common, limit)


def interferes(first: Cluster | Connectivity, second: Cluster | Connectivity, *, limit: int = LIMIT) -> Statement:
    """Tell whether policies of the first cluster allow by name what the policies of the second keep closed.

    Were both sets of policies in one cluster, the first would open more to the pods that the second selects.

    Parameters
    ----------
    first, second : Cluster or Connectivity
    limit : int
        Keep to so many witnesses.

    Returns
    -------
    Statement
        Holds if they interfere; witnesses are connections that the first opens.
    """
    permitted = _specify("interferes", second, first, lacking, limit)
    return Statement("interferes", not permitted.holds, permitted.witnesses, permitted.count)


def vacuous(conn: Cluster | Connectivity, *, limit: int = LIMIT) -> Statement:
    """Tell whether the policies of a cluster, all together, change nothing.

    Parameters
    ----------
    conn : Cluster or Connectivity
    limit : int
        Keep to so many witnesses.

    Returns
    -------
    Statement
        Witnesses are connections that the policies (first) allow or deny other than without them (second).
    """
    known = _known(conn)
    compiled = known.compared().compiled
    without = known.with_policies(remove=[compiled.policies[number].ref for number in _written(compiled)])
    return _compare("vacuous", known, without, differing, limit)


def needed(conn: Cluster | Connectivity, policy: str, rule: tuple[Direction, int] | None = None) -> Statement:
    """Tell whether a policy, or one of its rules, is there for something.

    Parameters
    ----------
    conn : Cluster or Connectivity
    policy : str
        ``Kind namespace/name`` (or ``Kind name``), as `Policy.ref` gives it.
    rule : (Direction, int), optional
        A rule by its direction and its position, from 0.

    Returns
    -------
    Statement
        Holds if something changes once it is gone; the witness is one connection, as it is with it (first)
        and without it (second). It holds without a witness for what is about domain names, or about nodes
        that no manifest tells of.

    Raises
    ------
    LookupError
        If there is no such policy or no such rule.
    """
    known = _known(conn).compared()
    number = known.compiled.numbers.get(policy)
    if number is None:
        message = f"there is no policy {policy}"
        raise LookupError(message)
    rules = known.compiled.policies[number].rules
    place = None
    if rule is not None:
        place = next((n for n, found in enumerate(rules) if (found.direction, found.index) == rule), None)
        if place is None:
            message = f"{policy} has no rule {field_path(('spec', rule[0].value, rule[1]))}"
            raise LookupError(message)
    removals, taken = Removals(known), Taken(number, place)
    witness = removals.witness(taken)
    witnesses = () if witness is None else (witness,)
    return Statement("needed", removals.is_needed(taken), witnesses, len(witnesses))


def redundant(conn: Cluster | Connectivity, *, progress: Progress = silent) -> Findings:
    """Find the policies that can be taken away without changing anything; and of the others, the rules that can.

    Each on its own: of two policies that say the same, both are found, and one of them must stay. `needed`
    shows what the others are there for.

    Parameters
    ----------
    conn : Cluster or Connectivity
    progress : Progress
        Told how many policies have been tried.

    Returns
    -------
    Findings
    """
    known = _known(conn).compared()
    compiled, removals = known.compiled, Removals(known)
    found: list[Finding] = []
    numbers = _written(compiled)
    for place, number in enumerate(numbers):
        progress("try without each policy", place, len(numbers))
        if not removals.is_needed(Taken(number)):
            found.append(_spare(known, Taken(number)))
        else:
            tries = (Taken(number, rule) for rule in range(len(compiled.policies[number].rules)))
            found += (_spare(known, taken) for taken in tries if not removals.is_needed(taken))
    progress("try without each policy", len(numbers), len(numbers))
    return Findings(tuple(found))


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
    compiled = _known(conn).compared().compiled
    shadows = shadowed_rules(compiled)
    return Findings(tuple(_hidden(compiled, key, shadow) for key, shadow in shadows.items()))


def empty(conn: Cluster | Connectivity) -> Findings:
    """Find the policies that select no pods, and the rules that match nobody, or no port of anybody.

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    Findings
    """
    compiled = _known(conn).compared().compiled
    opening = {(c.policy, c.rule) for clauses in compiled.clauses.values() for c in clauses if c.mask != NONE}
    found: list[Finding] = []
    for number in _written(compiled):
        policy = compiled.policies[number]
        selects = len(compiled.sets[compiled.subjects[number]])
        if not selects:
            found.append(Finding("empty", policy, None, "selects no pods"))
        for place, rule in enumerate(policy.rules):
            matched = [compiled.ends(peer, rule.direction, policy.tier) for peer in rule.peers]
            if is_open_ended(compiled, rule):
                continue
            if not any(len(ends) for ends in matched):
                found.append(Finding("empty", policy, rule, "matches nobody"))
            elif selects and (number, place) not in opening:
                found.append(Finding("empty", policy, rule, "has no port that anybody declares"))
    return Findings(tuple(found))


def conflicting(conn: Cluster | Connectivity) -> Findings:
    """Find the policies of one tier and one priority that contradict each other (connectivity.md 16).

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
    compiled = _known(conn).compared().compiled
    return Findings(tuple(_contradicting(found) for found in compiled.contradictions))


def uncaptured(conn: Cluster | Connectivity) -> pd.DataFrame:
    """Find the workloads that no policy selects, in each direction.

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    DataFrame
        Columns as in `frames.UNCAPTURED`, sorted by workload.
    """
    known = _known(conn).compared()
    compiled, workloads = known.compiled, known.workloads
    rows = []
    for peer, number in zip(workloads.peers, workloads.class_of.tolist(), strict=True):
        selecting = [compiled.policies[n] for n in compiled.rows.policies_of(number)]
        captured = {d for policy in selecting if not is_network(policy) for d in _directions(policy)}
        rows += [
            {"workload": peer.name, "kind": peer.kind, "namespace": peer.namespace, "direction": direction.value}
            for direction in Direction
            if direction not in captured
        ]
    return pd.DataFrame(rows, columns=list(UNCAPTURED)).astype(dict(UNCAPTURED))


def sanity(conn: Cluster | Connectivity, *, progress: Progress = silent) -> Findings:
    """Find everything that is the matter with policies and rules, each thing once.

    What is empty or shadowed is not called redundant once more.

    Parameters
    ----------
    conn : Cluster or Connectivity
    progress : Progress
        Told how far the work has come.

    Returns
    -------
    Findings
        By policy: what is `conflicting`, `empty`, `shadowed` and `redundant`.
    """
    known = _known(conn)
    useless = [*empty(known), *shadowed(known)]
    policies = {finding.policy.ref for finding in useless if finding.rule is None}
    rules = {(finding.policy.ref, finding.path) for finding in useless}
    found = [*conflicting(known), *useless]
    found += (
        finding
        for finding in redundant(known, progress=progress)
        if finding.policy.ref not in policies and (finding.policy.ref, finding.path) not in rules
    )
    order = known.compared().compiled.numbers
    return Findings(tuple(sorted(found, key=lambda finding: order[finding.policy.ref])))


def _known(conn: Cluster | Connectivity) -> Connectivity:
    return connectivity(conn) if isinstance(conn, Cluster) else conn


def _written(compiled: Compiled) -> list[int]:
    """Return the numbers of the policies that somebody wrote."""
    return sorted(number for number in compiled.numbers.values() if not is_network(compiled.policies[number]))


def _directions(policy: Policy) -> frozenset[Direction]:
    """Return the directions in which a policy has a say about its subject."""
    return policy.isolates | {rule.direction for rule in policy.rules}


def _spare(known: Compared, taken: Taken) -> Finding:
    """Return the finding that nothing changes without what was taken away."""
    policy = known.compiled.policies[taken.policy]
    rule = None if taken.rule is None else policy.rules[taken.rule]
    others = [_name(known.compiled, other) for other in covering(known.compiled, taken)]
    message = "changes nothing besides" if others else "changes nothing"
    return Finding("redundant", policy, rule, message, tuple(others))


def _hidden(compiled: Compiled, key: RuleKey, shadow: Shadow) -> Finding:
    """Return the finding that others decide before a rule is heard."""
    policy = compiled.policies[key[0]]
    own = policy.rules[key[1]]
    deciding = {compiled.policies[n].rules[r].action for n, r in shadow.claimers}
    against = bool(deciding - {own.action, Action.PASS}) or bool(shadow.isolating)
    message = "is never heard: others decide before it" + (", some of them otherwise" if against else "")
    others = (
        *(_name(compiled, rule) for rule in shadow.claimers),
        *(compiled.policies[n].ref for n in shadow.isolating),
    )
    return Finding("shadowed", policy, own, message, others)


def _contradicting(found: Contradiction) -> Finding:
    """Return the finding that two policies of one priority decide a connection differently."""
    (first, policy), (theirs, mine) = found.policies, found.rules
    message = f"has the priority {policy.priority}, too, and says {mine.action} where the other says {theirs.action}"
    sides = [found.ports if rule.action is Action.ALLOW else NO_PORTS for rule in (theirs, mine)]
    witness = Witness(found.src, found.dst, sides[0], sides[1], found.ports)
    return Finding("conflicting", policy, mine, message, (_rule_name(first, theirs),), witness)


def _name(compiled: Compiled, found: RuleKey | int) -> str:
    """Return a policy as ``Kind namespace/name``, a rule with its path behind."""
    if isinstance(found, int):
        return compiled.policies[found].ref
    policy = compiled.policies[found[0]]
    return _rule_name(policy, policy.rules[found[1]])


def _rule_name(policy: Policy, rule: Rule) -> str:
    if is_network(policy):
        return policy.ref
    return f"{policy.ref} {field_path(('spec', rule.direction.value, rule.index))}"


def _compare(
    question: str, first: Cluster | Connectivity, second: Cluster | Connectivity, shown: Shown, limit: int
) -> Statement:
    """Return the statement that nothing in two clusters shows anything."""
    one, other = _known(first).compared(), _known(second).compared()
    comparison = Comparison(one, other, "merged")
    evidence = Evidence(shown, limit)
    evidence.add(comparison, comparison.connections(equal=False))
    evidence.add_within(comparison.aligned, one, other)
    evidence.add_missing(comparison.aligned, 1)
    if shown is differing:
        evidence.add_missing(comparison.aligned, 0)
    return evidence.against(question)


def _specify(
    question: str, conn: Cluster | Connectivity, specification: Cluster | Connectivity, shown: Shown, limit: int
) -> Statement:
    """Return the statement that nothing shows in what a specification allows by name."""
    evidence = Evidence(shown, limit)
    other = _known(conn).compared()
    for part in specified(_known(specification).compared(), other):
        evidence.add(part.comparison, part.connections)
        evidence.add_within(part.comparison.aligned, part.specification, other)
    return evidence.against(question)
