"""Questions about policies: do two clusters allow the same, is a rule needed, which workloads does none select.

The questions of network-config-analyzer and of Batfish (semantics 27). Each takes clusters, or
connectivity that is known already. A question that is true or false is answered by a `Statement`, with
connections that show it; one that looks for policies and rules by `Findings`, with reasons.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.connectivity.difference.compare import EngineComparison
from workbench.connectivity.inputs import as_connectivity, compiled, engine_of
from workbench.connectivity.policy_analysis.evidence import Evidence, Shown, common, differing, lacking
from workbench.connectivity.policy_analysis.explicit_allows import explicit_allows
from workbench.connectivity.policy_analysis.removal import Removal
from workbench.connectivity.policy_analysis.removal_impact import RemovalImpact
from workbench.connectivity.policy_analysis.sanity import sanity, service_ports, unmatched
from workbench.connectivity.policy_analysis.statements import Statement
from workbench.connectivity.policy_analysis.unused import (
    conflicting,
    empty,
    overlapping,
    redundant,
    shadowed,
    unprotected,
)
from workbench.connectivity.result import Connectivity
from workbench.ground import NotFoundError
from workbench.inventory import Cluster
from workbench.manifests import field_path
from workbench.policy import Direction, Policy

__all__ = [
    "conflicting",
    "contained",
    "empty",
    "equivalent",
    "forbids",
    "interferes",
    "needed",
    "overlapping",
    "permits",
    "redundant",
    "sanity",
    "service_ports",
    "shadowed",
    "unmatched",
    "unprotected",
    "vacuous",
]

LIMIT = 1000
"""So many witnesses a statement holds, by default."""


def equivalent(first: Cluster | Connectivity, second: Cluster | Connectivity, *, limit: int = LIMIT) -> Statement:
    """Tell whether two clusters have the same workloads, and the same may talk to the same.

    Parameters
    ----------
    first, second : Cluster or Connectivity
        Workloads are matched by namespace, name and kind.
    limit : int
        Keep to this many witnesses.

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
        Keep to this many witnesses.

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
        for nothing (`explicit_allows`).
    limit : int
        Keep to this many witnesses.

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
        Keep to this many witnesses.

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
        Keep to this many witnesses.

    Returns
    -------
    Statement
        Holds if they interfere; witnesses are connections that the first opens.
    """
    permitted = _specify("interferes", second, first, lacking, limit)
    return replace(permitted, question="interferes", holds=not permitted.holds)


def vacuous(conn: Cluster | Connectivity, *, limit: int = LIMIT) -> Statement:
    """Tell whether the policies of a cluster, all together, change nothing.

    Parameters
    ----------
    conn : Cluster or Connectivity
    limit : int
        Keep to this many witnesses.

    Returns
    -------
    Statement
        Witnesses are connections that the policies (first) allow or deny other than without them (second).
    """
    connectivity, engine = compiled(conn)
    without = connectivity.with_policies(remove=[engine.policies[number].ref for number in engine.user_policies])
    return _compare("vacuous", connectivity, without, differing, limit)


def needed(
    conn: Cluster | Connectivity,
    policy: str,
    rule: tuple[Direction, int] | None = None,
    *,
    complete: bool = False,
) -> Statement:
    """Tell whether a policy, or one of its rules, has any effect.

    Parameters
    ----------
    conn : Cluster or Connectivity
    policy : str
        ``Kind namespace/name`` (or ``Kind name``), as `Policy.ref` gives it.
    rule : (Direction, int), optional
        A rule by its direction and its position, from 0.
    complete : bool
        Whether the manifests are the whole cluster, now and later; see `redundant`.

    Returns
    -------
    Statement
        Holds if something changes once it is gone; the witness is one connection, as it is with it (first)
        and without it (second). It holds without a witness for what is about domain names, about nodes
        that are in no manifest, and about pods that the manifests do not hold.

    Raises
    ------
    NotFoundError
        If there is no such policy or no such rule.
    """
    connectivity, engine = compiled(conn)
    number = engine.numbers.get(policy)
    if number is None:
        message = f"there is no policy {policy}"
        raise NotFoundError(message)
    removal = Removal(number, None if rule is None else _place_of(engine.policies[number], *rule))
    impact = RemovalImpact(engine, complete=complete)
    witness = impact.witness(removal)
    witnesses = () if witness is None else (witness,)
    return Statement("needed", impact.is_needed(removal), witnesses, len(witnesses), (connectivity,))


def _place_of(policy: Policy, direction: Direction, index: int) -> int:
    """Return the place of a rule among all rules of its policy."""
    for place, rule in enumerate(policy.rules):
        if (rule.direction, rule.index) == (direction, index):
            return place
    message = f"{policy.ref} has no rule {field_path(('spec', direction.value, index))}"
    raise NotFoundError(message)


def _compare(
    question: str, first: Cluster | Connectivity, second: Cluster | Connectivity, shown: Shown, limit: int
) -> Statement:
    """Return the statement that nothing in two clusters shows anything."""
    origins = as_connectivity(first), as_connectivity(second)
    one, other = map(engine_of, origins)
    comparison = EngineComparison(one, other, "merged")
    evidence = Evidence(shown, limit)
    evidence.add(comparison, comparison.connections(equal=False))
    evidence.add_missing(comparison.aligned, 1)
    if shown is differing:
        evidence.add_missing(comparison.aligned, 0)
    return replace(evidence.against(question), origins=origins)


def _specify(
    question: str, conn: Cluster | Connectivity, specification: Cluster | Connectivity, shown: Shown, limit: int
) -> Statement:
    """Return the statement that nothing shows in what a specification allows by name."""
    evidence = Evidence(shown, limit)
    origins = as_connectivity(specification), as_connectivity(conn)
    for part in explicit_allows(*map(engine_of, origins)):
        evidence.add(part.comparison, part.connections)
    return replace(evidence.against(question), origins=origins)
