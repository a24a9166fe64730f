"""What all answers have in common, in whatever room they are given: a frame, texts, a notebook's view, problems."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, overload

from workbench.ground.formats import ANSWER_FORMATS, BinaryFormat, TextFormat
from workbench.ground.problems import Problem
from workbench.ground.rows import first_rows
from workbench.ground.tables import Column, Table
from workbench.ground.views import FirstRows, Shown, View
from workbench.ground.vocabulary import columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PROBLEMS", "Result", "problems_frame"]

PROBLEMS = Table(
    "Cluster.problems",
    "problem, in the order in which they were found",
    (
        *columns("severity", "code"),
        Column("object", "str", "the object as `Kind namespace/name`; empty if none"),
        Column("field", "str", "path of the field, such as `spec.ingress[0].ports[1].endPort`"),
        *columns("message", "remedy", "file", "line"),
    ),
)


def problems_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """Return one row for each problem; columns as in `PROBLEMS`."""
    return PROBLEMS.from_rows(
        (one.severity.value, one.code, one.object, one.field, one.message, one.remedy, one.file, one.line)
        for one in problems
    )


class Result(Shown):
    """An answer.

    Attributes
    ----------
    origins : tuple of Result
        What was asked: the problems that were found there are those of the answer, too.
    """

    __slots__ = ()
    _written_as: ClassVar[str] = ""
    """The kind of answer in whose formats it is written; as its frame is where it is empty."""
    _columns: ClassVar[tuple[str, ...]] = ()
    """The columns that a notebook shows; all where it is empty."""
    origins: tuple[Result, ...] = ()

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the answer as a frame; which columns it has is said where the answer is defined."""

    @overload
    def render(self, name: TextFormat = "txt") -> str: ...
    @overload
    def render(self, name: BinaryFormat) -> bytes: ...
    @overload
    def render(self, name: str) -> str | bytes: ...
    def render(self, name: str = "txt") -> str | bytes:
        """Return the answer in the format called `name`: bytes where the format is binary, else text.

        Raises
        ------
        UnknownPluginError
            If there is no such format.
        """
        return ANSWER_FORMATS.render(self._written_as or "table", name, self._given())

    def _given(self) -> object:
        """Return what writers of this kind of answer are given."""
        return self if self._written_as else self.to_frame()

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input, each problem once."""
        return tuple(dict.fromkeys(chain.from_iterable(origin.problems_found for origin in self.origins)))

    @property
    def problems(self) -> pd.DataFrame:
        """One row for each of `problems_found`; columns as in `PROBLEMS`."""
        return problems_frame(self.problems_found)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the rows of the answer do not say, a sentence each."""
        return ()

    def _first_rows(self) -> FirstRows:
        """Return the rows that a notebook shows."""
        return first_rows(self.to_frame(), self._columns)

    def _view(self) -> View:
        facts = tuple(self._facts())
        return View(type(self).__name__, facts, self.notes, self._first_rows(), self.problems_found)
