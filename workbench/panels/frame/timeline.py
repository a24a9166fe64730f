"""When there were flows: every span of time, those without any among them, as a picture and in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from workbench.ground import count_of, html_text

if TYPE_CHECKING:
    from workbench.flows import Flows

__all__ = ["Timeline", "timeline_of", "timeline_svg"]

STEPS: Final = ("1s", "10s", "1min", "5min", "15min", "1h", "6h", "1d", "7d", "30d", "365d")
MOST_SPANS: Final = 100
WIDTH, HEIGHT, BASE = 600, 66, 58
"""Of the picture, in its own units, and where its bars stand."""
PARTS: Final = {
    "passed": frozenset({"allowed", "observed", "unknown"}),
    "would be denied": frozenset({"would_deny"}),
    "denied": frozenset({"denied", "dropped", "error"}),
}
_UNITS: Final = {"s": "second", "min": "minute", "h": "hour", "d": "day"}


class Span(NamedTuple):
    """How many flows there were from `start` on, by what became of them, in the order of `PARTS`."""

    start: datetime
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


class Timeline(NamedTuple):
    """Every span of some time, without gaps.

    Attributes
    ----------
    spans : tuple of Span
    step : str
        Length of a span, such as ``1h``.
    """

    spans: tuple[Span, ...]
    step: str

    @property
    def summary(self) -> str:
        """The same in words."""
        if not self.spans:
            return "No time is known of these flows."
        busiest = max(self.spans, key=lambda span: span.total)
        parts = [sum(span.counts[number] for span in self.spans) for number in range(len(PARTS))]
        said = ", ".join(f"{count:,} {name}" for name, count in zip(PARTS, parts, strict=True) if count)
        empty = sum(not span.total for span in self.spans)
        length = f"{_in_words(self.step)} each"
        return (
            f"{count_of(sum(parts), 'flow')} ({said or 'none'}) from {_text(self.spans[0].start)} on, UTC: "
            f"{count_of(len(self.spans), 'span')} of {length}, {empty:,} of them without flows; "
            f"the busiest from {_text(busiest.start)} on, with {busiest.total:,}."
        )


def timeline_of(flows: Flows, first: datetime, last: datetime) -> Timeline:
    """Return how many of some flows there were in each span of a time.

    Parameters
    ----------
    flows : Flows
    first, last : datetime
        What the time begins and ends with; spans are of such a length that there are not too many.
    """
    step = next((one for one in STEPS if (last - first) / pd.Timedelta(_pandas(one)) < MOST_SPANS), STEPS[-1])
    length = pd.Timedelta(_pandas(step))
    counted = flows.timeline(step, "verdict")
    counted = counted[counted["time"].notna()]
    by_span: dict[tuple[datetime, str], int] = {}
    for time, verdict, count in zip(counted["time"], counted["verdict"], counted["flows"], strict=True):
        key = (time, _part(str(verdict)))
        by_span[key] = by_span.get(key, 0) + int(count)
    start = _floor(first, length)
    number = int((last - start) / length) + 1
    times = [start + index * length for index in range(number)]
    return Timeline(tuple(Span(time, tuple(by_span.get((time, part), 0) for part in PARTS)) for time in times), step)


def timeline_svg(timeline: Timeline) -> str:
    """Return a picture of a timeline, with its words: bars for spans with flows, a dot for each without.

    Parameters
    ----------
    timeline : Timeline
    """
    said = html_text(timeline.summary)
    if not timeline.spans:
        return f'<p class="nw-note">{said}</p>'
    highest = max(1, *(span.total for span in timeline.spans))
    width = WIDTH / len(timeline.spans)
    bars = "".join(_bars(span, number * width, width, highest) for number, span in enumerate(timeline.spans))
    first, last = (_text(timeline.spans[place].start) for place in (0, -1))
    return (
        f'<svg class="nw-timeline" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">'
        f"<title>{said}</title>"
        f'<line class="nw-axis" x1="0" y1="{BASE}" x2="{WIDTH}" y2="{BASE}"/>{bars}'
        f'</svg><div class="nw-axis-ends" aria-hidden="true"><span>{html_text(first)}</span>'
        f'<span>{html_text(last)}</span></div><p class="nw-note">{said}</p>'
    )


_CLASSES: Final = ("nw-bar-passed", "nw-bar-would", "nw-bar-denied")


DENIED: Final = _CLASSES[-1]
STRIPE: Final = 3
"""Distance of the lines by which denied flows are told from others."""


def _bars(span: Span, left: float, width: float, highest: int) -> str:
    if not span.total:
        return f'<circle class="nw-empty-span" cx="{left + width / 2:.1f}" cy="{BASE + 4}" r="1"/>'
    told = ", ".join(f"{count:,} {name}" for name, count in zip(PARTS, span.counts, strict=True) if count)
    top = float(BASE)
    rects = []
    left, width = left + width * 0.1, width * 0.8
    for name, count in zip(_CLASSES, span.counts, strict=True):
        height = max(2.0, (BASE - 4) * count / highest) if count else 0.0
        top -= height
        if count:
            rects.append(
                f'<rect class="{name}" x="{left:.1f}" y="{max(0.0, top):.1f}" '
                f'width="{width:.1f}" height="{height:.1f}"/>'
            )
        if count and name == DENIED:
            # No colour alone says it. A pattern would need a name that no other picture on the page has.
            lines = (f"M{left:.1f} {top + place:.1f}h{width:.1f}" for place in range(STRIPE, ceil(height), STRIPE))
            rects.append(f'<path class="nw-stripes" d="{"".join(lines)}"/>')
    return f"<g><title>{html_text(f'{_text(span.start)}: {told}')}</title>{''.join(rects)}</g>"


def _part(verdict: str) -> str:
    return next((part for part, verdicts in PARTS.items() if verdict in verdicts), next(iter(PARTS)))


def _floor(moment: datetime, length: pd.Timedelta) -> datetime:
    """Return when the span of a moment begins, as `Flows.timeline` counts spans: from 1970 on."""
    seconds = int(length.total_seconds())
    epoch = pd.Timestamp("1970-01-01", tz="UTC")
    since = int((pd.Timestamp(moment) - epoch).total_seconds()) // seconds * seconds
    return epoch + timedelta(seconds=since)


def _pandas(step: str) -> str:
    return step.replace("d", "D")


def _in_words(step: str) -> str:
    unit = step.lstrip("0123456789")
    return count_of(int(step.removesuffix(unit)), _UNITS[unit])


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
