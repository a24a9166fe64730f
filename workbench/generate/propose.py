"""Asks a strategy for policies, and lets nothing through that no policy may do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from workbench.generate.context import Context
from workbench.generate.guards import guarded
from workbench.generate.proposal import Proposal
from workbench.generate.protected import is_protected
from workbench.generate.registry import STRATEGIES
from workbench.ground import ArgumentError, PortSet
from workbench.inventory import Cluster, no_cluster

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.flows import Flows

__all__ = ["DEFAULT_STRATEGY", "propose"]

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
    without: Iterable[tuple[str, str, PortSet]] = (),
    now: datetime | None = None,
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
    now : datetime, optional
        By default the time of the call, in UTC.
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
    context = Context(
        cluster,
        datetime.now(UTC) if now is None else now,
        flows if flows is None or flows.cluster is cluster else flows.attributed(cluster),
        baselines,
        book,
        _known(namespaces, {one.name for one in cluster.objects.namespaces}, "namespace"),
        _known(workloads, {one.peer for one in cluster.objects.workloads}, "workload"),
        chosen.is_protected if protected is None else partial(is_protected, patterns=tuple(protected)),
        frozenset(without),
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
    )


def _known(given: str | Iterable[str], known: set[str], noun: str) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    if strange := [name for name in names if name not in known]:
        message = f"there is no {noun} {strange[0]!r:.300}"
        raise ArgumentError(message)
    return names
