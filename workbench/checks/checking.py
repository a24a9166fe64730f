"""Which checks find something in a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from workbench.checks.accepted import Accepted, answered_for
from workbench.checks.context import CheckContext
from workbench.checks.corporate import CorporateRule, CorporateRules
from workbench.checks.declared import NOTHING_DECLARED, DeclaredFacts
from workbench.checks.findings import CheckFinding, CheckFindings, NotAsked
from workbench.checks.registry import CHECKS, chosen_checks
from workbench.checks.status import FindingStatus
from workbench.connectivity import Connectivity, evaluate
from workbench.ground import Progress, gc_paused, listed, no_progress

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.flows import Flows, Judgement
    from workbench.inventory import Cluster

__all__ = ["answered", "check"]


def check(  # noqa: PLR0913  (one parameter a fact)
    conn: Cluster | Connectivity,
    flows: Flows | None = None,
    baselines: Baselines | None = None,
    accepted: Accepted | None = None,
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    namespaces: Iterable[str] = (),
    declared: DeclaredFacts = NOTHING_DECLARED,
    corporate: CorporateRules | Iterable[CorporateRule] | None = None,
    now: datetime | None = None,
    judged: Judgement | None = None,
    progress: Progress = no_progress,
) -> CheckFindings:
    """Ask all checks what is wrong with a cluster's policies and with what they allow.

    Parameters
    ----------
    conn : Cluster or Connectivity
    flows : Flows, optional
        What was seen; checks that need it are not asked without.
    baselines : Baselines, optional
        What is normal.
    accepted : Accepted, optional
        Findings that somebody answers for; see `read_accepted`.
    only, skip : iterable of str, optional
        Ids of the checks that are asked, or that are not.
    namespaces : iterable of str, optional
        Keep to findings about objects of these; those about what is in none stay.
    declared : DeclaredFacts, optional
        What no manifest says.
    corporate : CorporateRules or iterable of CorporateRule, optional
        See `read_corporate_rules`.
    now : datetime, optional
        When accepted findings expire is asked of this moment; without it, none does.
    judged : Judgement, optional
        What `judge` says of these flows, where it was asked already.
    progress : Progress, optional

    Returns
    -------
    CheckFindings
        The worst first. The same input gives the same findings in the same order.

    Raises
    ------
    UnknownPluginError
        If there is no such check.
    """
    asked = tuple(chosen_checks(only, skip))
    wanted = frozenset(namespaces)
    connectivity = conn if isinstance(conn, Connectivity) else evaluate(conn)
    context = CheckContext(
        connectivity,
        flows,
        baselines,
        declared,
        None if corporate is None else tuple(corporate),
        now,
        progress,
        judged,
    )
    not_asked = [
        NotAsked(one, listed([fact.missing for fact in sorted(one.needs - context.facts)]))
        for one in asked
        if one.needs - context.facts
    ]
    answering = [one for one in asked if one.needs <= context.facts]
    found: dict[str, CheckFinding] = {}
    with gc_paused():
        for place, one in enumerate(answering):
            progress(f"check {one.id}", place, len(answering))
            for each in one.finds(context):
                if not wanted or not each.namespace or each.namespace in wanted:
                    finding = CheckFinding(one, each)
                    found.setdefault(finding.fingerprint, finding)
    progress("checks", len(answering), len(answering))
    whole = () if wanted else [one.id for one in answering]
    items, said = answered_for(tuple(found.values()), context.cluster, accepted or Accepted(), now, whole)
    ordered = sorted(items, key=lambda one: (one.severity.rank, one.check, one.object, one.field, one.found.key))
    rules_said = corporate.said if isinstance(corporate, CorporateRules) else ()
    problems = (*CHECKS.problems, *rules_said, *said)
    return CheckFindings(tuple(ordered), tuple(answering), tuple(not_asked), problems, (connectivity,))


def answered(found: CheckFindings, cluster: Cluster, accepted: Accepted, now: datetime | None = None) -> CheckFindings:
    """Return findings with who answers for each by now: no check is asked again.

    Parameters
    ----------
    found : CheckFindings
        That `check` returned without accepted findings.
    cluster : Cluster
        That was asked about.
    accepted : Accepted
    now : datetime, optional
        When accepted findings expire is asked of this moment; without it, none does.

    Returns
    -------
    CheckFindings
        As `check` would return them with these accepted findings.
    """
    alone = tuple(replace(one, status=FindingStatus.NEW, owner="", reason="") for one in found.items)
    items, said = answered_for(alone, cluster, accepted, now, [one.id for one in found.checks])
    return replace(found, items=tuple(items), said=tuple(dict.fromkeys((*found.said, *said))))
