"""What all answers have in common, in whatever room they are given: a frame, texts, a notebook's view, problems."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, overload

from workbench.ground.formats import ANSWER_FORMATS, BinaryFormat, TextFormat
from workbench.ground.problems import Problem
from workbench.ground.tables import Column, Table, joined
from workbench.ground.text import html_table, html_text
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


class Result(ABC):
    """An answer.

    Attributes
    ----------
    written_as : str
        The kind of answer in whose formats it is written; as its frame is where it is empty.
    shown : tuple of str
        The columns that a notebook shows; all where it is empty.
    origins : tuple of Result
        What was asked: the problems that were found there are those of the answer, too.
    """

    __slots__ = ()
    written_as: ClassVar[str] = ""
    shown: ClassVar[tuple[str, ...]] = ()
    origins: tuple[Result, ...] = ()

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the answer as a frame."""

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
        return ANSWER_FORMATS.render(self.written_as or "table", name, self._given())

    def _given(self) -> object:
        """Return what writers of this kind of answer are given."""
        return self if self.written_as else self.to_frame()

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input, each problem once."""
        return tuple(dict.fromkeys(chain.from_iterable(origin.problems_found for origin in self.origins)))

    @property
    def problems(self) -> pd.DataFrame:
        """One row for each of `problems_found`; columns as in `PROBLEMS`."""
        return problems_frame(self.problems_found)

    @property
    def headline(self) -> str:
        """The answer in one line."""
        return repr(self)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a notebook shows below the headline, a sentence each."""
        return ()

    def _repr_html_(self) -> str:
        frame = self.to_frame()
        names = list(self.shown or frame.columns)
        shown = frame[names].astype("object").where(frame[names].notna(), "")
        rows = ([str(joined(cell)) for cell in row] for row in shown.itertuples(index=False))
        notes = "".join(f"<p>{html_text(note)}</p>" for note in self.remarks)
        return f"<p><b>{html_text(self.headline)}</b></p>{notes}{html_table(names, rows)}"
