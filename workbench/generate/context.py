"""What a strategy is given: a cluster, what was seen, what is normal, who is outside, and what it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.generate.admitting import Admitting
from workbench.generate.draft import Draft, Drafts
from workbench.generate.generated import MANAGED_BY
from workbench.generate.needs import LeftOutNeed, Need, NeedKey, WhyLeftOut, merged_needs
from workbench.generate.peers import Ends
from workbench.generate.protected import is_protected
from workbench.generate.selectors import WorkloadLabels
from workbench.ground import ArgumentError, ProblemLog, Progress, no_progress
from workbench.manifests import Manifest
from workbench.policy import Direction, Metadata, Policy, read_policy

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.generate.allowances.finding import Allowance
    from workbench.generate.registry import Proposed
    from workbench.inventory import Cluster, Workload

__all__ = ["Context"]


@dataclass(frozen=True)
class Context:
    """What a strategy works with.

    Attributes
    ----------
    cluster : Cluster
    flows : Flows or None
    baselines : Baselines or None
    book : AddressBook or None
    now : datetime
    namespaces, chosen : tuple of str
        Namespaces and workloads that are asked about; all where both are empty.
    is_protected : callable
        Tells of a namespace whether nothing is proposed for it.
    without : frozenset of (str, str, PortSet)
        Keys of needs that a person took out.
    admit : frozenset of (str, str, PortSet)
        Keys of needs that a person wants though they would be left out, where that is a matter of judgement.
    progress : Progress
        Called as the work goes on; it may raise, and that stops the work.
    """

    cluster: Cluster
    now: datetime
    flows: Flows | None = None
    baselines: Baselines | None = None
    book: AddressBook | None = None
    namespaces: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    is_protected: Callable[[str], bool] = is_protected
    without: frozenset[NeedKey] = frozenset()
    admit: frozenset[NeedKey] = frozenset()
    progress: Progress = no_progress

    @cached_property
    def labels(self) -> WorkloadLabels:
        """The labels of all workloads, asked for selectors."""
        return WorkloadLabels(self.cluster)

    @cached_property
    def ends(self) -> Ends:
        """The ends of connections by name, asked for the peers that rules name them by."""
        return Ends(self.cluster, self.labels)

    @property
    def named_blocks(self) -> Mapping[str, tuple[str, ...]]:
        """The blocks of each name that a person or a known server gave; none without an address book."""
        return {} if self.book is None else self.book.named_blocks

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The workloads that are asked about, without those in protected namespaces."""
        return tuple(one for one in self._asked_about if not self.is_protected(one.namespace))

    @property
    def _asked_about(self) -> Iterator[Workload]:
        for one in self.cluster.objects.workloads:
            in_question = one.namespace in self.namespaces or one.peer in self.chosen
            if in_question or not (self.namespaces or self.chosen):
                yield one

    @cached_property
    def skipped(self) -> tuple[LeftOutNeed, ...]:
        """The workloads that are asked about and for which nothing is proposed."""
        return tuple(
            LeftOutNeed(WhyLeftOut.PROTECTED, one.peer) for one in self._asked_about if self.is_protected(one.namespace)
        )

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """What was seen, and what baselines know, of the workloads that are asked about."""
        return self.needed.needs

    @cached_property
    def needed(self) -> Drafts:
        """The same, with what was left out and why."""
        from workbench.generate.seen import needs_of_baselines, needs_of_flows  # noqa: PLC0415  (they import pandas)

        found = Drafts()
        if self.flows is not None:
            self.progress("flows are counted", 0, None)
            found |= needs_of_flows(self, self.flows)
        if self.baselines is not None:
            found |= needs_of_baselines(self, self.baselines)
        return self.taken(found)

    def taken(self, found: Drafts) -> Drafts:
        """Return needs with those that a person admits, and without those that one took out: these are left out.

        Parameters
        ----------
        found : Drafts
        """
        wanted = [need for one in found.left_out if (need := self._admitted(one)) is not None]
        needs = merged_needs((*found.needs, *wanted)) if wanted else found.needs
        out = [one for one in needs if one.key in self.without]
        return found._replace(
            needs=tuple(one for one in needs if one.key not in self.without),
            left_out=(
                *(one for one in found.left_out if self._admitted(one) is None),
                *(LeftOutNeed.of(WhyLeftOut.BY_HAND, one) for one in out),
            ),
        )

    def _admitted(self, left_out: LeftOutNeed) -> Need | None:
        """Return what was left out, where a person wants it all the same."""
        need = left_out.need
        return need if need is not None and left_out.can_be_admitted and need.key in self.admit else None

    def admitting(
        self,
        needs: Iterable[Need],
        *,
        directions: Collection[str] = ("ingress", "egress"),
        name: str = "{workload}-{kind}",
        metadata: Metadata = MANAGED_BY,
        allowing: Iterable[str] | Iterable[Allowance] = (),
    ) -> Drafts:
        """Return a policy for each workload that is asked about, which admits what is needed there and nothing else.

        Parameters
        ----------
        needs : iterable of Need
        directions : collection of {"ingress", "egress"}
            In which the policies isolate their pods.
        name : str
            What policies are called; ``{workload}`` and ``{kind}`` are filled in.
        metadata : Metadata
        allowing : iterable of str or of Allowance
            What platforms need besides, by name or as `read_allowances` returns it.

        Raises
        ------
        ArgumentError
            If there is no allowance of a name.
        """
        from workbench.generate.allowances.finding import allowed, chosen_allowances  # noqa: PLC0415  (pydantic)

        listed = list(needs)
        platform = allowed(self, chosen_allowances(allowing), listed)
        besides = [one for one in platform.allowed if one.need.key not in self.without]
        ways = tuple(way for way in Direction if way.value in directions)
        made = Admitting(self.ends, self.labels, ways, name, metadata, self.progress)
        found = made.policies(self.workloads, listed, besides)
        return found._replace(left_out=(*self.needed_left_out, *found.left_out, *platform.left_out))

    @property
    def needed_left_out(self) -> tuple[LeftOutNeed, ...]:
        """What was left out of `needs`, if they were asked for."""
        return self.needed.left_out if "needed" in self.__dict__ else ()

    def drafts_of(self, proposed: Proposed, name: str) -> Drafts:
        """Return what a strategy returned as drafts.

        Parameters
        ----------
        proposed : Drafts or iterable of Draft, Policy or mapping
        name : str
            Of the strategy.

        Raises
        ------
        ArgumentError
            If it is something else.
        """
        if isinstance(proposed, Drafts):
            return proposed
        return Drafts(tuple(_draft_of(one, name) for one in proposed), self.needed_left_out)


def _draft_of(one: object, name: str) -> Draft:
    if isinstance(one, Draft):
        return one
    because = f"the strategy {name}"
    if isinstance(one, Policy):
        return Draft(one, because=because)
    if isinstance(one, Mapping):
        log = ProblemLog()
        found = read_policy(Manifest(one), log)
        if isinstance(found, Policy):
            return Draft(found, because=because)
        said = next((f": {problem.message}" for problem in log), "")
        message = f"the strategy {name} returned a manifest that is no policy{said}"
        raise ArgumentError(message)
    message = f"the strategy {name} returned {type(one).__name__}, and not a policy"
    raise ArgumentError(message, "return Draft or Policy values, or manifests of policies")
