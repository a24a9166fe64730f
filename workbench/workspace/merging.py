"""Decisions of two people that went apart: what is taken of theirs, and what both decided otherwise (workspace 16).

Decisions that both have are at the beginning. After them, each record is followed by itself: what only one of the two
changed is as that one left it. Theirs are kept as they were made, with who, when and why, after those that are here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, TypeAlias

from workbench.ground import one_line
from workbench.workspace.decisions import Change, KeptDecision, Key

__all__ = ["Conflict", "Merge", "WhoseValue", "merged", "shared_by"]

WhoseValue: TypeAlias = Literal["ours", "theirs"]
Place: TypeAlias = tuple[str, Key]
"""The cluster, and kind and key of a record."""
_MOST: Final = 80


class Conflict(NamedTuple):
    """A record that both decided about, otherwise.

    Attributes
    ----------
    cluster, kind, key : str
        Which record.
    ours, theirs : str or None
        Its values here and there as JSON; None for none.
    ours_by, theirs_by : KeptDecision
        The decisions that made them so, as each was made.
    """

    cluster: str
    kind: str
    key: str
    ours: str | None
    theirs: str | None
    ours_by: KeptDecision
    theirs_by: KeptDecision

    @property
    def title(self) -> str:
        """What each of the two decided, in words."""
        of = f" of the cluster {self.cluster}" if self.cluster else ""
        here = f"ours: {_said(self.ours)}, {self.ours_by.title}"
        there = f"theirs: {_said(self.theirs)}, {self.theirs_by.title}"
        return one_line(f"{self.kind} {self.key}{of}: {here}; {there}")


@dataclass(frozen=True, slots=True)
class Merge:
    """What became of the decisions of another workspace.

    Attributes
    ----------
    taken : tuple of KeptDecision
        Theirs that are here now, with their numbers here.
    conflicts : tuple of Conflict
        What both decided otherwise and nothing says which holds: it is as it was here.
    """

    taken: tuple[KeptDecision, ...]
    conflicts: tuple[Conflict, ...]


class _Step(NamedTuple):
    """A decision about one record."""

    decision: KeptDecision
    change: Change

    @property
    def identity(self) -> tuple[object, ...]:
        """What is the same of it in every workspace that has it."""
        return self.decision.who, self.decision.decided_at, self.decision.why, self.change.after


def shared_by(here: Sequence[KeptDecision], there: Sequence[KeptDecision]) -> int:
    """Return how many decisions both begin with."""
    pairs = enumerate(zip(here, there, strict=False))
    return next((number for number, (ours, theirs) in pairs if ours != theirs), min(len(here), len(there)))


def merged(
    here: Sequence[KeptDecision],
    there: Sequence[KeptDecision],
    choose: Callable[[Conflict], WhoseValue | None] = lambda _conflict: None,
) -> Merge:
    """Return what is taken of the decisions of another workspace.

    Parameters
    ----------
    here, there : sequence of KeptDecision
        All decisions of both.
    choose : callable
        Returns whose value holds; None where that is not said.
    """
    shared = shared_by(here, there)
    ours, theirs = _steps(here[shared:]), _steps(there[shared:])
    first: dict[tuple[int, Place], str | None] = {}
    wanted: set[tuple[int, Place]] = set()
    conflicts = []
    for place, steps in theirs.items():
        known = ours.get(place, [])
        begin = _common(known, steps)
        mine, new = known[begin:], steps[begin:]
        if not new:
            continue
        before = new[0].change.before
        now = known[-1].change.after if known else before
        was = known[begin - 1].change.after if begin else before
        takes = not mine or now == was
        if not takes and new[-1].change.after not in {now, was}:
            (cluster, (kind, key)), last = place, new[-1]
            found = Conflict(cluster, kind, key, now, last.change.after, mine[-1].decision, last.decision)
            choice = choose(found)
            takes = choice == "theirs"
            if choice is None:
                conflicts.append(found)
        if takes:
            wanted.update((one.decision.id, place) for one in new)
            first[new[0].decision.id, place] = now
    return Merge(tuple(_taken(here, there, wanted, first)), tuple(conflicts))


def _steps(decisions: Iterable[KeptDecision]) -> dict[Place, list[_Step]]:
    """Return what was decided about each record, one after the other."""
    found: defaultdict[Place, list[_Step]] = defaultdict(list)
    for decision in decisions:
        for change in decision.changes:
            found[decision.cluster, (change.kind, change.key)].append(_Step(decision, change))
    return dict(found)


def _common(ours: Sequence[_Step], theirs: Sequence[_Step]) -> int:
    """Return how many decisions about a record both begin with: those that one took of the other."""
    pairs = enumerate(zip(ours, theirs, strict=False))
    apart = (number for number, (one, other) in pairs if one.identity != other.identity)
    return next(apart, min(len(ours), len(theirs)))


def _taken(
    here: Sequence[KeptDecision],
    there: Sequence[KeptDecision],
    wanted: set[tuple[int, Place]],
    first: Mapping[tuple[int, Place], str | None],
) -> Iterable[KeptDecision]:
    """Yield their decisions as they are kept here: with what is wanted of them, and with numbers of their own."""
    shared = shared_by(here, there)
    history = _Numbers(here, shared)
    for decision in there[shared:]:
        changes = []
        for one in decision.changes:
            at = decision.id, (decision.cluster, (one.kind, one.key))
            if at in wanted:
                changed = replace(one, before=first[at]) if at in first else one
                changes += [changed] if changed.before != changed.after else []
        if changes:
            yield history.kept(replace(decision, changes=tuple(changes)))
        else:
            history.left_out(decision)


class _Numbers:
    """Which numbers decisions have here, and which are undone."""

    def __init__(self, here: Iterable[KeptDecision], shared: int) -> None:
        self._kept: dict[int, KeptDecision] = {}
        self._undone: set[int] = set()
        self._here = {number: number for number in range(1, shared + 1)}
        self._same: dict[tuple[object, ...], int] = {}
        for decision in here:
            self._add(decision)
            self._same.setdefault(_identity(decision), decision.id)

    def _add(self, decision: KeptDecision) -> None:
        self._kept[decision.id] = decision
        if decision.undoes is not None:
            self._undone.add(decision.undoes)
            again = self._kept[decision.undoes].undoes
            if again is not None:
                self._undone.discard(again)

    def left_out(self, decision: KeptDecision) -> None:
        """Take notice of one of theirs that is not kept: it may be here already."""
        if (same := self._same.get(_identity(decision))) is not None:
            self._here[decision.id] = same

    def kept(self, decision: KeptDecision) -> KeptDecision:
        """Return one of theirs with its number here; that it undoes another is left out where it does not, just so."""
        undoes = None if decision.undoes is None else self._here.get(decision.undoes)
        undone = None if undoes is None or undoes in self._undone else self._kept[undoes]
        back = () if undone is None else tuple(change.reverse for change in undone.changes)
        is_undo = undone is not None and (undone.cluster, back) == (decision.cluster, decision.changes)
        found = replace(decision, id=len(self._kept) + 1, undoes=undoes if is_undo else None)
        self._here[decision.id] = found.id
        self._add(found)
        return found


def _identity(decision: KeptDecision) -> tuple[object, ...]:
    return decision.who, decision.decided_at, decision.why, decision.cluster


def _said(value: str | None) -> str:
    if value is None:
        return "removed"
    return value if len(value) <= _MOST else f"{value[:_MOST]}…"
