"""Policies as they are now beside policies as they are proposed, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar, Final, Literal, NamedTuple, TypeAlias

from workbench.generate.frames import SIDE_BY_SIDE
from workbench.ground import Problem, Result, count_of
from workbench.policy import Policy, write_policies

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LineOfBoth", "PolicyLines", "SideBySide", "side_by_side"]

_NO_FILE: Final = "/dev/null"
Change: TypeAlias = Literal["added", "changed", "removed", "unchanged"]


class LineOfBoth(NamedTuple):
    """A line of a policy.

    Attributes
    ----------
    change : {"added", "changed", "removed", "unchanged"}
    now, proposed : str
        Empty where the line is not there.
    """

    change: Change
    now: str
    proposed: str


class PolicyLines(NamedTuple):
    """A policy in both forms.

    Attributes
    ----------
    ref : str
        ``Kind namespace/name``.
    change : {"added", "changed", "removed", "unchanged"}
    now, proposed : str
        YAML; empty where there is none.
    """

    ref: str
    change: Change
    now: str
    proposed: str

    @property
    def file(self) -> str:
        """What a patch calls its file: ``Kind/namespace/name.yaml``."""
        return f"{self.ref.replace(' ', '/')}.yaml"

    @property
    def lines(self) -> tuple[LineOfBoth, ...]:
        """The lines of both, those that correspond beside each other."""
        return tuple(_lines(self.now.splitlines(), self.proposed.splitlines()))


def _lines(now: list[str], proposed: list[str]) -> Iterator[LineOfBoth]:
    for tag, start, end, other_start, other_end in SequenceMatcher(None, now, proposed, autojunk=False).get_opcodes():
        for mine, theirs in zip_longest(now[start:end], proposed[other_start:other_end]):
            if tag == "equal":
                yield LineOfBoth("unchanged", mine, theirs)
            elif mine is None:
                yield LineOfBoth("added", "", theirs)
            elif theirs is None:
                yield LineOfBoth("removed", mine, "")
            else:
                yield LineOfBoth("changed", mine, theirs)


@dataclass(frozen=True, repr=False)
class SideBySide(Result):
    """Policies as they are and as they are proposed.

    Attributes
    ----------
    policies : tuple of PolicyLines
        By ref.
    said : tuple of Problem
        What was wrong with what they were made of.
    """

    _columns: ClassVar[tuple[str, ...]] = ("policy", "status", "change", "now", "proposed")

    policies: tuple[PolicyLines, ...]
    said: tuple[Problem, ...] = ()

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the policies were made of."""
        return self.said

    def _facts(self) -> Iterator[str]:
        for change in ("added", "changed", "removed", "unchanged"):
            if count := sum(one.change == change for one in self.policies):
                yield f"{count_of(count, 'policy')} {change}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each line; columns as in `frames.SIDE_BY_SIDE`."""
        return SIDE_BY_SIDE.from_rows((one.ref, one.change, *line) for one in self.policies for line in one.lines)

    def to_patch(self) -> str:
        """Return the differences as a unified diff, as ``patch -p1`` and people who review changes read it."""
        return "".join(
            line if line.endswith("\n") else f"{line}\n"
            for one in self.policies
            for line in unified_diff(
                one.now.splitlines(keepends=True),
                one.proposed.splitlines(keepends=True),
                f"now/{one.file}" if one.now else _NO_FILE,
                f"proposed/{one.file}" if one.proposed else _NO_FILE,
            )
        )


def side_by_side(
    now: Iterable[Policy],
    proposed: Iterable[Policy],
    removed: Iterable[str] = (),
    *,
    problems: Iterable[Problem] = (),
) -> SideBySide:
    """Return policies as they are beside those that are proposed in their places.

    Parameters
    ----------
    now : iterable of Policy
        Those of the cluster; those that stay as they are and are not proposed are not shown.
    proposed : iterable of Policy
    removed : iterable of str
        Refs of those that are removed.
    problems : iterable of Problem
        What was wrong with what they were made of.
    """
    there = {one.ref: one for one in now}
    new = {one.ref: one for one in proposed}
    refs = sorted({*new, *(ref for ref in removed if ref in there)})
    return SideBySide(tuple(_both(ref, there, new) for ref in refs), tuple(problems))


def _both(ref: str, there: Mapping[str, Policy], new: Mapping[str, Policy]) -> PolicyLines:
    texts = [write_policies(found[ref]) if ref in found else "" for found in (there, new)]
    change: Change = "changed"
    if not texts[0]:
        change = "added"
    elif not texts[1]:
        change = "removed"
    elif texts[0] == texts[1]:
        change = "unchanged"
    return PolicyLines(ref, change, texts[0], texts[1])
