"""What is changed: policies that are added, modified and deleted, or the whole cluster (what-if 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from workbench.generate import Proposal
from workbench.ground import ArgumentError, Problem, Severity, Shown, View, count_of, first_rows
from workbench.inventory import DEFAULT_NAMESPACE, Cluster, load_manifests, refs_given
from workbench.policy import LeftOut, Policy, is_policy, meaning_of
from workbench.whatif.frames import POLICIES_CHANGED
from workbench.whatif.verdicts import PolicyStatus

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ChangeGiven", "ChangedPolicy", "ClusterChange"]

ChangeGiven: TypeAlias = "str | Path | Policy | Iterable[Policy | str | Path] | Proposal | Cluster | ClusterChange"
"""YAML text, a path, several paths, policies, a proposal, the whole cluster as it would be, or a change."""


class ChangedPolicy(NamedTuple):
    """A policy before and after a change.

    Attributes
    ----------
    ref : str
        ``Kind namespace/name``.
    status : PolicyStatus
    before, after : Policy, LeftOut or None
        None where it is not there.
    """

    ref: str
    status: PolicyStatus
    before: Policy | LeftOut | None
    after: Policy | LeftOut | None


@dataclass(frozen=True, eq=False, repr=False)
class ClusterChange(Shown):
    """What is added to a cluster, and what is taken away. Made by `ClusterChange.of`; it never changes itself.

    Attributes
    ----------
    cluster : Cluster
        Before.
    added : tuple of Policy or LeftOut
        Each takes the place of one of its name.
    removed : frozenset of str
        References of policies, as `Policy.ref` has them.
    whole : Cluster or None
        The cluster as it would be, where that is what was given.
    said : tuple of Problem
        What was wrong with what was given.
    text : str
        What was given, if that was a text.
    unplaced : tuple of str
        References of the NetworkPolicies that name no namespace themselves.
    """

    cluster: Cluster
    added: tuple[Policy | LeftOut, ...] = ()
    removed: frozenset[str] = frozenset()
    whole: Cluster | None = None
    said: tuple[Problem, ...] = ()
    text: str = ""
    unplaced: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        cluster: Cluster,
        given: ChangeGiven = (),
        remove: str | Policy | Iterable[str | Policy] = (),
        *,
        namespace: str = "",
    ) -> ClusterChange:
        """Return what is to be changed.

        Parameters
        ----------
        cluster : Cluster
            Before.
        given : str, Path, Policy, iterable of Policy or of paths, Proposal, Cluster or ClusterChange
            Text or files with policies, which are added, or take the place of those of their names; policies as
            values; a proposal, with what it replaces; or the whole cluster as it would be, such as a second folder read
            by `load_manifests`.
        remove : str, Policy, or iterable of such
            Policies to delete, as ``Kind namespace/name`` (or ``Kind name``).
        namespace : str, optional
            That of policies in a text which name none; ``default`` by default.

        Raises
        ------
        NotFoundError
            If a policy to be deleted is not there.
        ArgumentError
            If a text or file holds no policy.
        TypeError
            If what is given is nothing of the kind.
        """
        if isinstance(given, ClusterChange):
            return given if given.cluster is cluster else given.on(cluster)
        there = dict.fromkeys(one.ref for one in _policies(cluster))
        removed = frozenset(refs_given(remove, there))
        if isinstance(given, Cluster):
            return cls(cluster, removed=removed, whole=given, said=given.problems_found)
        if isinstance(given, Proposal):
            gone = removed | (set(given.replaces) & set(there))
            return cls(cluster, given.policies, frozenset(gone), said=given.said, text=given.to_yaml())
        if isinstance(given, (str, Path)):
            return cls._of_manifests(cluster, given, removed, namespace)
        listed: list[Any] = [given] if isinstance(given, Policy) else list(given)
        paths = [one for one in listed if isinstance(one, (str, Path))]
        if paths and len(paths) == len(listed):
            return cls._of_manifests(cluster, paths, removed, namespace)
        for one in listed:
            if not isinstance(one, (Policy, LeftOut)):
                message = f"{type(one).__name__} is no change: give YAML text, paths, policies, a proposal or a cluster"
                raise TypeError(message)
        return cls(cluster, tuple(listed), removed)

    @classmethod
    def _of_manifests(
        cls, cluster: Cluster, given: str | Path | list[str | Path], removed: frozenset[str], namespace: str
    ) -> ClusterChange:
        text = given if isinstance(given, str) and "\n" in given else ""  # as `load_manifests` tells text from paths
        read = load_manifests(given, namespace=namespace, cache=False)
        policies = tuple(_policies(read))
        others = [one for one in read.objects.manifests if not is_policy(one)]
        if not policies and not removed:
            said = f": {read.problems_found[0]}" if read.problems_found else ""
            message = f"there is no policy in the change{said}"
            raise ArgumentError(message, "give policies, or read the whole cluster as it would be by load_manifests")
        said_of = (*read.problems_found, *_passed_over(others))
        unplaced = tuple(_without_namespace(read))
        return cls(cluster, policies, removed, said=said_of, text=text, unplaced=unplaced)

    def on(self, cluster: Cluster) -> ClusterChange:
        """Return the same change to another cluster, such as that of another time.

        Of a whole cluster, its policies take the place of all that are there. What is to be deleted and is not there
        is passed over.

        Parameters
        ----------
        cluster : Cluster
        """
        there = {one.ref for one in _policies(cluster)}
        if self.whole is not None:
            policies = tuple(one for one in _policies(self.whole) if one.ref not in self.removed)
            return ClusterChange(cluster, policies, frozenset(there - {one.ref for one in policies}), said=self.said)
        return replace(self, cluster=cluster, removed=self.removed & there)

    def then(self, later: ClusterChange) -> ClusterChange:
        """Return this change and a later one as one.

        Parameters
        ----------
        later : ClusterChange
            Of the cluster after this change.
        """
        said = tuple(dict.fromkeys((*self.said, *later.said)))
        refused = any(isinstance(one, LeftOut) and not one.in_force for one in (*self.added, *later.added))
        if refused or not (self.is_of_policies and later.is_of_policies):
            return ClusterChange(self.cluster, whole=later.after, said=said)
        there = {one.ref for one in _policies(self.cluster)}
        added = {one.ref: one for one in self.added if one.ref not in later.removed}
        added |= {one.ref: one for one in later.added}
        removed = frozenset((self.removed | later.removed) & (there - added.keys()))
        return ClusterChange(self.cluster, tuple(added.values()), removed, said=said)

    @property
    def is_of_policies(self) -> bool:
        """Whether nothing but policies changes."""
        return self.whole is None

    @cached_property
    def after(self) -> Cluster:
        """The cluster after the change."""
        if self.whole is not None:
            there = {one.ref for one in _policies(self.whole)}
            return self.whole.with_policies(remove=sorted(self.removed & there)) if self.removed & there else self.whole
        names = {one.ref for one in self.added}
        return self.cluster.with_policies(self.added, remove=sorted(self.removed - names))

    @property
    def reverse(self) -> ClusterChange:
        """The change that takes this one back."""
        if self.whole is not None:
            return ClusterChange(self.after, whole=self.cluster)
        before = {one.ref: one for one in _policies(self.cluster)}
        changed = [one for one in self.policies if one.status is not PolicyStatus.UNCHANGED]
        again = tuple(before[one.ref] for one in changed if one.ref in before)
        return ClusterChange(self.after, again, frozenset(one.ref for one in changed if one.ref not in before))

    @cached_property
    def policies(self) -> tuple[ChangedPolicy, ...]:
        """Every policy of either side, with what becomes of it; by reference."""
        before, after = ({one.ref: one for one in _policies(side)} for side in (self.cluster, self.after))
        return tuple(_compared(ref, before.get(ref), after.get(ref)) for ref in sorted({**before, **after}))

    @property
    def changed(self) -> tuple[ChangedPolicy, ...]:
        """Those of `policies` that do not stay as they are."""
        return tuple(one for one in self.policies if one.status is not PolicyStatus.UNCHANGED)

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the cluster and the change were read from."""
        return tuple(dict.fromkeys((*self.cluster.problems_found, *self.said)))

    def counts(self) -> dict[PolicyStatus, int]:
        """Return how many policies become what."""
        return {status: sum(one.status is status for one in self.policies) for status in PolicyStatus}

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each policy of either side; columns as in `frames.POLICIES_CHANGED`."""
        return POLICIES_CHANGED.from_rows(
            (one.ref, one.status.value, *_place(one.before), *_place(one.after)) for one in self.policies
        )

    def _facts(self) -> Iterator[str]:
        yield from (f"{count_of(count, 'policy')} {status.value}" for status, count in self.counts().items() if count)

    def _view(self) -> View:
        rows = self.to_frame()
        listed = first_rows(rows[rows["status"] != PolicyStatus.UNCHANGED.value], noun="policy")
        return View("ClusterChange", tuple(self._facts()), rows=listed, problems=self.said)


def _policies(cluster: Cluster) -> Iterator[Policy | LeftOut]:
    yield from cluster.objects.policies
    yield from cluster.objects.left_out


def _without_namespace(read: Cluster) -> Iterator[str]:
    """Yield the references of NetworkPolicies that were read and do not say in which namespace they are."""
    for manifest in read.manifests_of("NetworkPolicy"):
        if not manifest.namespace:
            yield f"{manifest.kind} {DEFAULT_NAMESPACE}/{manifest.any_name}"


def _compared(ref: str, before: Policy | LeftOut | None, after: Policy | LeftOut | None) -> ChangedPolicy:
    if before is None or after is None:
        return ChangedPolicy(ref, PolicyStatus.ADDED if before is None else PolicyStatus.DELETED, before, after)
    same = before is after or meaning_of(before) == meaning_of(after)
    return ChangedPolicy(ref, PolicyStatus.UNCHANGED if same else PolicyStatus.MODIFIED, before, after)


def _place(policy: Policy | LeftOut | None) -> tuple[str, int | None]:
    if policy is None:
        return "", None
    source = policy.policy.source if isinstance(policy, LeftOut) else policy.source
    return source.file, source.line or None


def _passed_over(manifests: Iterable[object]) -> Iterator[Problem]:
    count = sum(1 for _ in manifests)
    if count:
        yield Problem(
            Severity.WARNING,
            "change-not-policies",
            f"{count_of(count, 'object')} of the change {'is no policy' if count == 1 else 'are no policies'}, "
            "and nothing changes by that",
            remedy="read the whole cluster as it would be, and give that as the change",
        )
