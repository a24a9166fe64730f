"""What every textual format of an exposure prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import focus_title
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity.exposure.answer import Exposure, ExposureLine

__all__ = ["ORDER", "TITLE", "headings", "reasons_text", "section_title", "texts", "title"]

ORDER = (Direction.EGRESS, Direction.INGRESS)
TITLE = "Exposure Analysis Result"


def title(exposure: Exposure) -> str:
    """Return the heading of the whole, which names the ports where all lines are about the same."""
    focus = focus_title(exposure.connectivity)
    return f"{TITLE} On {focus}:" if focus else f"{TITLE}:"


def section_title(direction: Direction) -> str:
    """Return the heading of one direction."""
    return f"{direction.capitalize()} Exposure:"


def headings(exposure: Exposure, direction: Direction) -> tuple[str, ...]:
    """Return the columns of a table: the workload first; ``conn`` unless the title says it; ``reasons`` if asked."""
    ends = ("src", "dst") if direction is Direction.EGRESS else ("dst", "src")
    conn = () if focus_title(exposure.connectivity) else ("conn",)
    return (*ends, *conn, *(("reasons",) if exposure.explained else ()))


def texts(exposure: Exposure, line: ExposureLine) -> tuple[str, ...]:
    """Return a line as the texts that belong under `headings`."""
    conn = () if focus_title(exposure.connectivity) else (line.conn,)
    reasons = (reasons_text(line),) if exposure.explained else ()
    return (line.workload.name, line.other.name, *conn, *reasons)


def reasons_text(line: ExposureLine) -> str:
    """Return what decides about a line, in words: what it opens, and what it does not."""
    return "; ".join(f"{'' if allowed else 'not '}{ports}: {text}" for allowed, ports, text, _ in line.reasons())
