"""Bars: how much of something there is, drawn without any program, in colours that are seen on light and on dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from workbench.ground import html_text, visible
from workbench.report.model import ReportPicture

__all__ = ["Bar", "bars"]

_COLORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "good": "#2f8f5b",
        "critical": "#c9304a",
        "high": "#d1622b",
        "medium": "#a8811f",
        "low": "#3f7fbf",
        "info": "#7d848f",
    }
)
"""Of tones; each is told from white and from black."""
_TRACK: Final = "#8a8f98"
_WIDTH: Final = 680
_LABEL: Final = 250
_BAR: Final = 300
_ROW: Final = 24
_LETTERS: Final = 34
"""So many letters of a label are shown."""


class Bar(NamedTuple):
    """A bar.

    Attributes
    ----------
    label : str
    value : int
    of : int
        What a whole bar stands for.
    tone : str
        ``good``, or a severity.
    """

    label: str
    value: int
    of: int
    tone: str = "good"

    @property
    def share(self) -> float:
        """What part of the bar is filled, 0 to 1."""
        return self.value / self.of if self.of else 0.0


def bars(id: str, title: str, rows: Iterable[Bar], *, shares: bool = True) -> ReportPicture:  # noqa: A002  (as in a page)
    """Return bars as a picture.

    Parameters
    ----------
    id, title : str
    rows : iterable of Bar
    shares : bool, optional
        Whether a whole bar is all there is; else only how many it stands for is written.
    """
    given = list(rows)
    lines = "".join(_line(place, one, shares=shares) for place, one in enumerate(given))
    text = "; ".join(f"{one.label}: {_number(one, shares=shares)}" for one in given)
    height = _ROW * len(given) + 4
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{html_text(f"{title}. {text}")}" font-family="sans-serif" font-size="13">{lines}</svg>'
    )
    return ReportPicture(id, title, text, svg, is_written=True)


def _line(place: int, bar: Bar, *, shares: bool) -> str:
    top = _ROW * place + 4
    middle = top + 12
    label = visible(bar.label)
    label = f"{label[: _LETTERS - 1]}…" if len(label) > _LETTERS else label
    track = f'<rect x="{_LABEL}" y="{top}" width="{_BAR}" height="16" rx="3" fill="{_TRACK}" fill-opacity="0.25"/>'
    filled = (
        f'<rect x="{_LABEL}" y="{top}" width="{_BAR * bar.share:.1f}" height="16" rx="3" fill="{_COLORS[bar.tone]}"/>'
    )
    return (
        f'<text x="{_LABEL - 10}" y="{middle}" text-anchor="end" fill="currentColor">{html_text(label)}</text>'
        f"{track if shares else ''}{filled if bar.value else ''}"
        f'<text x="{_LABEL + _BAR + 10}" y="{middle}" fill="currentColor">{_number(bar, shares=shares)}</text>'
    )


def _number(bar: Bar, *, shares: bool) -> str:
    return f"{bar.value:,} of {bar.of:,} ({bar.share:.0%})" if shares else f"{bar.value:,}"
