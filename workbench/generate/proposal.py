"""What a strategy proposes: policies, why each rule is there, what was left out, and what it replaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from workbench.generate.draft import Draft, RuleKey, rule_key
from workbench.generate.frames import LEFT_OUT, NEEDS, PROPOSED
from workbench.generate.needs import LeftOutNeed, Need, NeedKey, WhyLeftOut
from workbench.generate.side_by_side import SideBySide, side_by_side
from workbench.ground import NotFoundError, Problem, Result, count_of, listed, visible
from workbench.inventory import peer_text, port_match_text
from workbench.manifests import field_path
from workbench.policy import Policy, Rule, write_policies

if TYPE_CHECKING:
    import pandas as pd

    from workbench.inventory import Cluster

__all__ = ["Proposal", "Question"]

_NO_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({})


class Question(NamedTuple):
    """What a strategy was asked about.

    Attributes
    ----------
    namespaces, workloads : tuple of str
        Everything where both are empty.
    without, admit : frozenset of (str, str, PortSet)
        Keys of needs that a person took out, or wanted though they are left out by judgement.
    """

    namespaces: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    without: frozenset[NeedKey] = frozenset()
    admit: frozenset[NeedKey] = frozenset()


_EVERYTHING: Final = Question()


@dataclass(frozen=True, eq=False, repr=False)
class Proposal(Result):
    """Policies that are proposed; it never changes.

    Attributes
    ----------
    cluster : Cluster
        As it is now.
    strategy : str
        Which made it.
    drafts : tuple of Draft
        In the order in which they are to be applied.
    left_out : tuple of LeftOutNeed
        Of what no rule was made, and why.
    replaces : tuple of str
        Refs of policies that are to be removed, as far as they are there.
    needs : tuple of Need
        What was to be allowed.
    options : mapping of str to object
        Of the strategy.
    made_at : datetime
    said : tuple of Problem
        What the strategy has to say of what it was given.
    commands : tuple of str
        What is to be run before the policies are applied.
    since : mapping of str to datetime
        Since when rules have been proposed, by what they say; of those that are not there, since this proposal.
    comments : tuple of str
        What is to be said of the whole, a sentence each.
    asked : Question
    level : {"exact", "any-port", "namespace"}
        How much looser it was made than what the strategy proposed (`loosened`).
    dropped : tuple of str
        What the rules said that a person took out (`rule_sayings`).
    """

    _written_as: ClassVar[str] = "proposal"
    _columns: ClassVar[tuple[str, ...]] = ("policy", "rule", "peers", "ports", "because")

    cluster: Cluster
    strategy: str
    drafts: tuple[Draft, ...]
    made_at: datetime
    left_out: tuple[LeftOutNeed, ...] = ()
    replaces: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: _NO_OPTIONS)
    said: tuple[Problem, ...] = ()
    commands: tuple[str, ...] = ()
    since: Mapping[str, datetime] = field(default_factory=lambda: _NO_OPTIONS)
    comments: tuple[str, ...] = ()
    asked: Question = _EVERYTHING
    level: str = "exact"
    dropped: tuple[str, ...] = ()

    def _facts(self) -> Iterator[str]:
        yield self.strategy
        yield count_of(len(self.drafts), "policy")
        yield count_of(sum(len(one.policy.rules) for one in self.drafts), "rule")
        if self.replaces:
            yield f"{count_of(len(self.replaces), 'policy')} removed"
        if self.left_out:
            yield f"{len(self.left_out):,} left out"

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the whole, and what was left out, counted; a sentence each."""
        counts = Counter(one.why for one in self.left_out)
        left_out = (f"{count:,} left out: {why.meaning}" for why in WhyLeftOut if (count := counts[why]))
        return (*self.comments, *left_out)

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what was read, and what is to be said of what the policies were made of."""
        return tuple(dict.fromkeys((*self.cluster.problems_found, *self.said)))

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies, in the order in which they are to be applied."""
        return tuple(one.policy for one in self.drafts)

    @property
    def changed_cluster(self) -> Cluster:
        """The cluster with what is proposed, and without what it replaces."""
        there = {one.ref for one in self.cluster.objects.policies}
        return self.cluster.with_policies(self.policies, remove=[one for one in self.replaces if one in there])

    def to_yaml(self) -> str:
        """Return the policies as YAML, one document each, in the order in which they are to be applied."""
        return write_policies(self.policies)

    def to_files(self) -> dict[str, str]:
        """Return the policies as YAML by file name, one file each; file names sort in the order of application."""
        width = len(str(len(self.drafts)))
        return {
            f"{place:0{width}}-{'-'.join(filter(None, (one.namespace, one.name)))}.yaml": write_policies(one)
            for place, one in enumerate(self.policies, start=1)
        }

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each rule, and for each policy without one; columns as in `frames.PROPOSED`."""
        return PROPOSED.from_rows(row for draft in self.drafts for row in _rows(draft))

    def reasons(self) -> pd.DataFrame:
        """Return one row for each rule and connection for which it is there; columns as in `frames.NEEDS`."""
        return NEEDS.from_rows(
            (
                *(draft.ref, field_path(rule.path), need.src, need.dst, str(need.ports), need.basis.value),
                *(need.said_by, need.flows, need.first_seen, need.last_seen, need.blocks, need.domains, need.widened),
            )
            for draft in self.drafts
            for rule in draft.policy.rules
            for need in draft.reasons.get(rule_key(rule), ())
        )

    def left_out_frame(self) -> pd.DataFrame:
        """Return what no rule was made of; columns as in `frames.LEFT_OUT`."""
        return LEFT_OUT.from_rows(
            (one.why.value, one.subject, one.detail, *_seen(() if one.need is None else (one.need,)))
            for one in self.left_out
        )

    def draft(self, ref: str) -> Draft:
        """Return the draft of a policy.

        Parameters
        ----------
        ref : str
            ``Kind namespace/name``.

        Raises
        ------
        NotFoundError
            If no such policy is proposed.
        """
        for one in self.drafts:
            if one.ref == ref:
                return one
        message = f"no policy {ref!r:.300} is proposed"
        raise NotFoundError(message, f"there are {listed([one.ref for one in self.drafts])}" if self.drafts else "")

    def explain(self, ref: str = "") -> str:
        """Return why each rule of a policy is there, or of all, in words.

        Parameters
        ----------
        ref : str, optional
            ``Kind namespace/name``; by default all policies.

        Raises
        ------
        NotFoundError
            If no such policy is proposed.
        """
        chosen = (self.draft(ref),) if ref else self.drafts
        return "\n".join(visible(line) for draft in chosen for line in _explained(draft))

    def diff(self, current: Cluster | None = None) -> SideBySide:
        """Return the policies as they are beside those that are proposed, line by line.

        Parameters
        ----------
        current : Cluster, optional
            By default the one that the proposal was made for.
        """
        now = self.cluster if current is None else current
        return side_by_side(now.objects.policies, self.policies, self.replaces, problems=self.problems_found)

    def without_rule(self, ref: str, rule: str) -> Proposal:
        """Return the proposal without a rule; what it was for is left out by hand.

        Parameters
        ----------
        ref : str
            The policy as ``Kind namespace/name``.
        rule : str
            Path of the rule, as `to_frame` has it.

        Raises
        ------
        NotFoundError
            If there is no such policy or rule.
        """
        draft = self.draft(ref)
        kept = [one for one in draft.policy.rules if field_path(one.path) != rule]
        if len(kept) == len(draft.policy.rules):
            message = f"{ref} has no rule {rule!r:.100}"
            raise NotFoundError(message, f"it has {listed([field_path(one.path) for one in draft.policy.rules])}")
        gone = next(one for one in draft.policy.rules if field_path(one.path) == rule)
        out = (LeftOutNeed.of(WhyLeftOut.BY_HAND, need) for need in draft.reasons.get(rule_key(gone), ()))
        changed = draft.keeping(kept)
        return replace(
            self,
            drafts=tuple(changed if one is draft else one for one in self.drafts),
            left_out=tuple(dict.fromkeys((*self.left_out, *out))),
            dropped=(*self.dropped, rule_saying(ref, gone)),
        )

    def without_policy(self, ref: str) -> Proposal:
        """Return the proposal without a policy.

        Parameters
        ----------
        ref : str
            ``Kind namespace/name``.

        Raises
        ------
        NotFoundError
            If no such policy is proposed.
        """
        draft = self.draft(ref)
        out = LeftOutNeed(WhyLeftOut.BY_HAND, ref)
        kept = tuple(one for one in self.drafts if one is not draft)
        said = tuple(rule_saying(ref, one) for one in draft.policy.rules) or (no_rule_saying(ref),)
        return replace(self, drafts=kept, left_out=(*self.left_out, out), dropped=(*self.dropped, *said))

    def rule_sayings(self) -> dict[str, tuple[str, str]]:
        """Return where each rule stands, its policy and its path there, by what it says wherever it stands."""
        return {said: place for draft in self.drafts for said, place in _places(draft)}

    def without_sayings(self, said: Iterable[str]) -> Proposal:
        """Return the proposal without the rules that say something; what no rule says is passed over.

        Parameters
        ----------
        said : iterable of str
            As `rule_sayings` has it.
        """
        found = self
        for one in said:
            while (place := found.rule_sayings().get(one)) is not None:
                found = found.without_rule(*place) if place[1] else found.without_policy(place[0])
        return found


def rule_saying(ref: str, rule: Rule) -> str:
    """Return what a rule says, whatever its place in its policy.

    Parameters
    ----------
    ref : str
        Its policy.
    rule : Rule
    """
    peers = ", ".join(sorted(peer_text(peer) for peer in rule.peers))
    return f"{ref}: {rule.action.value} {rule.direction.value} {peers} : {port_match_text(rule.ports)}"


def no_rule_saying(ref: str) -> str:
    """Return what a policy without rules says.

    Parameters
    ----------
    ref : str
    """
    return f"{ref}: no rule"


def _places(draft: Draft) -> Iterator[tuple[str, tuple[str, str]]]:
    if not draft.policy.rules:
        yield no_rule_saying(draft.ref), (draft.ref, "")
    for rule in draft.policy.rules:
        yield rule_saying(draft.ref, rule), (draft.ref, field_path(rule.path))


def _rows(draft: Draft) -> Iterator[tuple[Any, ...]]:
    workloads = tuple(sorted(draft.workloads or ()))
    if not draft.policy.rules:
        because = (draft.because,) if draft.because else ()
        yield (draft.ref, workloads, "", "", "", (), "", (), (), because, 0, None, None)
    for rule in draft.policy.rules:
        needs = draft.reasons.get(rule_key(rule), ())
        bases = tuple(sorted({need.basis.value for need in needs}))
        yield (
            *(draft.ref, workloads, rule.direction.value, field_path(rule.path), rule.action.value),
            tuple(peer_text(peer) for peer in rule.peers),
            port_match_text(rule.ports),
            rule.ports.numbers.intervals,
            *(bases, _because(draft, rule_key(rule), needs)),
            *_seen(needs),
        )


def _because(draft: Draft, key: RuleKey, needs: tuple[Need, ...]) -> tuple[str, ...]:
    anywhere = draft.anywhere.get(key, "")
    said = tuple(map(str, needs)) or ((draft.because,) if draft.because else ())
    return (anywhere, *said) if anywhere else said


def _seen(needs: tuple[Need, ...]) -> tuple[int, datetime | None, datetime | None]:
    firsts = [one.first_seen for one in needs if one.first_seen is not None]
    lasts = [one.last_seen for one in needs if one.last_seen is not None]
    return sum(one.flows for one in needs), min(firsts, default=None), max(lasts, default=None)


def _explained(draft: Draft) -> Iterator[str]:
    meant = f" for {', '.join(sorted(draft.workloads))}" if draft.workloads else ""
    yield f"{draft.ref}{meant}"
    if draft.because:
        yield f"  {draft.because}"
    if not draft.policy.rules:
        ways = " and ".join(sorted(way.value for way in draft.policy.isolates))
        yield f"  no rule: all {ways} is denied" if ways else "  no rule"
    for rule in draft.policy.rules:
        yield f"  {_told(rule)}"
        for line in _because(draft, rule_key(rule), draft.reasons.get(rule_key(rule), ())):
            yield f"    {line}"


def _told(rule: Rule) -> str:
    side = "from" if rule.direction.value == "ingress" else "to"
    peers = ", ".join(peer_text(peer) for peer in rule.peers)
    return f"{field_path(rule.path)}: {rule.action.value} {side} {peers} : {port_match_text(rule.ports)}"
