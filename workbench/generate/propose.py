"""Asks a strategy for policies, and lets nothing through that no policy may do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from workbench.generate.context import Context
from workbench.generate.guards import guarded
from workbench.generate.keeping import renewed
from workbench.generate.needs import NeedKey
from workbench.generate.permissiveness import loosened
from workbench.generate.proposal import Proposal, Question
from workbench.generate.protected import is_protected
from workbench.generate.registry import STRATEGIES
from workbench.ground import ArgumentError, Progress, listed, no_progress
from workbench.inventory import Cluster, no_cluster

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.generate.permissiveness import Level

__all__ = ["DEFAULT_STRATEGY", "propose", "proposed_again"]

DEFAULT_STRATEGY = "least-privilege"


def propose(  # noqa: PLR0913  (what may be asked, each by its name)
    cluster: Cluster,
    flows: Flows | None = None,
    *,
    strategy: str = DEFAULT_STRATEGY,
    baselines: Baselines | None = None,
    book: AddressBook | None = None,
    namespaces: str | Iterable[str] = (),
    workloads: str | Iterable[str] = (),
    protected: Iterable[str] | None = None,
    without: Iterable[NeedKey] = (),
    admit: Iterable[NeedKey] = (),
    now: datetime | None = None,
    progress: Progress = no_progress,
    **options: Any,  # noqa: ANN401  (those of the strategy, which checks them)
) -> Proposal:
    """Return the policies that a strategy proposes for a cluster, with the reasons of each rule (generate 1).

    Parameters
    ----------
    cluster : Cluster
    flows : Flows, optional
        What was seen; they are attributed to the workloads of the cluster where they are not yet.
    strategy : str
        Name of a strategy.
    baselines : Baselines, optional
        What is normal.
    book : AddressBook, optional
        Who is outside.
    namespaces, workloads : str or iterable of str
        What is asked about; everything where nothing is given. Workloads as connectivity names them.
    protected : iterable of str, optional
        Shell patterns of the namespaces for which nothing is proposed; by default those of the strategy.
    without : iterable of (str, str, PortSet)
        Keys of needs that a person took out (`Need.key`).
    admit : iterable of (str, str, PortSet)
        Keys of needs that a person wants though they are left out by judgement (`LeftOutNeed.can_be_admitted`).
    now : datetime, optional
        By default the time of the call, in UTC.
    progress : Progress, optional
        It may raise, and that stops the work.
    **options
        Those of the strategy.

    Raises
    ------
    ArgumentError
        If there is no such strategy, namespace, workload or option.
    """
    if not isinstance(cluster, Cluster):
        no_cluster(cluster, "propose")
    chosen = STRATEGIES.named(strategy)
    values = chosen.chosen(options)
    asked = Question(
        _known(namespaces, {one.name for one in cluster.objects.namespaces}, "namespace"),
        _known(workloads, {one.peer for one in cluster.objects.workloads}, "workload"),
        frozenset(without),
        frozenset(admit),
    )
    progress("what is asked is looked up", 0, None)
    context = Context(
        cluster,
        datetime.now(UTC) if now is None else now,
        flows if flows is None or flows.cluster is cluster else flows.attributed(cluster),
        baselines,
        book,
        asked.namespaces,
        asked.workloads,
        chosen.is_protected if protected is None else partial(is_protected, patterns=tuple(protected)),
        asked.without,
        asked.admit,
        progress,
    )
    found = guarded(context, chosen.propose(context, values))
    return Proposal(
        cluster,
        strategy,
        found.drafts,
        context.now,
        left_out=tuple(dict.fromkeys((*context.skipped, *found.left_out))),
        replaces=found.replaces,
        needs=found.needs,
        options=MappingProxyType(values),
        said=found.problems,
        commands=tuple(dict.fromkeys(found.commands)),
        comments=tuple(dict.fromkeys(found.remarks)),
        asked=asked,
    )


def proposed_again(  # noqa: PLR0913  (each by its name)
    earlier: Proposal,
    cluster: Cluster,
    flows: Flows | None = None,
    *,
    baselines: Baselines | None = None,
    book: AddressBook | None = None,
    now: datetime | None = None,
    progress: Progress = no_progress,
) -> Proposal:
    """Return what is proposed now where the same is asked as before, with what a person took out and admitted.

    Its rules know since when they have been proposed (generate 12).

    Parameters
    ----------
    earlier : Proposal
    cluster : Cluster
        As it is now: namespaces and workloads that are gone are not asked about any more.
    flows : Flows, optional
        Newer ones.
    baselines : Baselines, optional
    book : AddressBook, optional
    now : datetime, optional
        By default the time of the call, in UTC.
    progress : Progress, optional

    Raises
    ------
    ArgumentError
        If all that was asked about is gone, or the strategy is not there any more.
    """
    namespaces = {one.name for one in cluster.objects.namespaces}
    workloads = {one.peer for one in cluster.objects.workloads}
    asked = earlier.asked._replace(
        namespaces=tuple(one for one in earlier.asked.namespaces if one in namespaces),
        workloads=tuple(one for one in earlier.asked.workloads if one in workloads),
    )
    gone = sorted({*earlier.asked.namespaces, *earlier.asked.workloads} - {*asked.namespaces, *asked.workloads})
    if gone and not (asked.namespaces or asked.workloads):
        message = f"what the proposal was about is gone: {listed(gone)}"
        raise ArgumentError(message)
    found = propose(
        cluster,
        flows,
        strategy=earlier.strategy,
        baselines=baselines,
        book=book,
        **asked._asdict(),
        now=now,
        progress=progress,
        **earlier.options,
    )
    level = cast("Level", earlier.level)
    found = loosened(found.without_sayings(earlier.dropped), level).without_sayings(earlier.dropped)
    return renewed(found, earlier)


def _known(given: str | Iterable[str], known: set[str], noun: str) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    if strange := [name for name in names if name not in known]:
        message = f"there is no {noun} {strange[0]!r:.300}"
        raise ArgumentError(message)
    return names
