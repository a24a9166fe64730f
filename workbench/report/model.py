"""What an audit is made of: sections, and in these paragraphs, tables and pictures, each with what it says in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from workbench.ground import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Part", "Prose", "ProseKind", "ReportPicture", "ReportTable", "Section"]


class ProseKind(StrEnum):
    """What a paragraph is.

    ``TEXT``: it says something. ``MISSING``: it says what is not known, since something was not given. ``WARNING``: it
    says what readers must not overlook.
    """

    TEXT = "text"
    MISSING = "missing"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph: short sentences, without markup.

    Attributes
    ----------
    text : str
    kind : ProseKind
    """

    text: str
    kind: ProseKind = ProseKind.TEXT

    @classmethod
    def missing(cls, text: str) -> Prose:
        """Return what is said where something was not given.

        Parameters
        ----------
        text : str
        """
        return cls(text, ProseKind.MISSING)

    @classmethod
    def warning(cls, text: str) -> Prose:
        """Return what must not be overlooked.

        Parameters
        ----------
        text : str
        """
        return cls(text, ProseKind.WARNING)


@dataclass(frozen=True, slots=True, eq=False)
class ReportTable:
    """A table of a report.

    Attributes
    ----------
    id : str
        Small letters, digits and dashes; its files are called so.
    title : str
    table : Table
        What its columns mean.
    frame : DataFrame
        All rows, the most important ones first: pages show the first of them.
    key : tuple of str
        The columns that tell a row from others, also in a later audit.
    shown : tuple of str
        The columns that pages show; all where it is empty.
    """

    id: str
    title: str
    table: Table
    frame: pd.DataFrame
    key: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def columns_shown(self) -> tuple[str, ...]:
        """The columns that pages show."""
        return self.shown or self.table.names


@dataclass(frozen=True, slots=True)
class ReportPicture:
    """A picture of a report.

    Attributes
    ----------
    id : str
    title : str
    text : str
        What it shows, in words, for those who do not see it.
    svg : str
        Without scripts, links and fonts of others.
    is_written : bool
        Whether all that the text says is written in the picture, too, so that it need not stand beside.
    """

    id: str
    title: str
    text: str
    svg: str
    is_written: bool = False


Part: TypeAlias = "Prose | ReportTable | ReportPicture"


@dataclass(frozen=True, slots=True)
class Section:
    """A section of an audit.

    Attributes
    ----------
    id : str
    title : str
    parts : tuple of Prose, ReportTable or ReportPicture
        As they are read.
    """

    id: str
    title: str
    parts: tuple[Part, ...] = ()

    @property
    def prose(self) -> tuple[Prose, ...]:
        """Its paragraphs."""
        return tuple(one for one in self.parts if isinstance(one, Prose))

    @property
    def tables(self) -> tuple[ReportTable, ...]:
        """Its tables."""
        return tuple(one for one in self.parts if isinstance(one, ReportTable))

    @property
    def pictures(self) -> tuple[ReportPicture, ...]:
        """Its pictures."""
        return tuple(one for one in self.parts if isinstance(one, ReportPicture))
