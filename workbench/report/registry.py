"""Which sections an audit has, and how one of your own joins them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from workbench.ground import ArgumentError, Plugins

if TYPE_CHECKING:
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["SECTIONS", "SectionKind", "chosen_sections", "register_section"]

WritesSection: TypeAlias = "Callable[[AuditContext], Iterable[Part | str]]"
"""Yields the parts of a section; a text is a paragraph."""
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class SectionKind:
    """A section that audits have.

    Attributes
    ----------
    id : str
    title : str
    order : int
        Sections with smaller numbers come first.
    writes : callable
        Given an `AuditContext`, yields the parts.
    """

    id: str
    title: str
    order: int
    writes: WritesSection


SECTIONS: Final[Plugins[SectionKind]] = Plugins("section", group="netpol_workbench.report_sections")
"""The sections by id."""


def register_section(id: str, *, title: str, order: int = 500) -> Callable[[WritesSection], WritesSection]:  # noqa: A002  (as it is called in a page)
    """Register a function as a section of audits.

    Parameters
    ----------
    id : str
        Small letters, digits and dashes; it replaces an earlier section of that id, so that a notebook's cell can run
        twice.
    title : str
    order : int, optional
        Sections with smaller numbers come first; ours have 100 to 990.

    Returns
    -------
    callable
        Takes the function, and returns it as it is.

    Raises
    ------
    ArgumentError
        If the id is none, or if there is no title.

    Examples
    --------
    >>> @register_section("owners", title="Owners")
    ... def owners(context):
    ...     yield f"{len(context.policies)} policies."
    """
    if not _ID.fullmatch(id):
        message = f"{id!r} is no id of a section: write small letters, digits and dashes"
        raise ArgumentError(message)
    if not title.strip():
        message = f"the section {id} has no title"
        raise ArgumentError(message)

    def register(function: WritesSection) -> WritesSection:
        SECTIONS.register(id, SectionKind(id, title, order, function))
        return function

    return register


def chosen_sections(names: Iterable[str] = ()) -> tuple[SectionKind, ...]:
    """Return the sections that are asked for, in the order of reports.

    Parameters
    ----------
    names : iterable of str, optional
        Their ids; all where it is empty.

    Raises
    ------
    UnknownPluginError
        If there is no such section, or if the package that offers it cannot be loaded.
    """
    asked = tuple(dict.fromkeys(names))
    found = map(SECTIONS.named, asked) if asked else iter(SECTIONS)
    return tuple(sorted(found, key=lambda one: (one.order, one.id)))
