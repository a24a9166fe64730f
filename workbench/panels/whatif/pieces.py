"""What is said of a change as HTML: its verdict, what platforms lose, and why a flow is what it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.ground import count_of, first_of, html_text, visible
from workbench.panels.details import AskedPort, reasons_for
from workbench.panels.frame import cell_text, empty_html
from workbench.panels.whatif.reading import of_draft
from workbench.whatif import Doubt, FlowVerdict

if TYPE_CHECKING:
    from workbench.panels.whatif.reading import Fault
    from workbench.panels.whatif.state import LostThing
    from workbench.whatif import JudgedEdges, Simulation

__all__ = ["answer_html", "faults_html", "flow_html"]

_MOST_NAMED = 6


def answer_html(simulation: Simulation, kinds: Iterable[str], lost: Iterable[LostThing], *, is_current: bool) -> str:
    """Return the verdict about a change in one line, and below it what platforms lose, each by its name.

    Parameters
    ----------
    simulation : Simulation
    kinds : iterable of str
        Of its risks.
    lost : iterable of LostThing
    is_current : bool
        Whether it is about the draft as it is now.
    """
    risks = set(kinds)
    tone = "bad" if risks - {"uncertain"} else "warn" if risks else "good"
    stale = "" if is_current else _STALE
    called = "".join(_lost_html(one) for one in lost)
    notes = "".join(f"<li>{html_text(visible(one))}</li>" for one in simulation.notes)
    listed = f'<ul class="nw-items">{notes}</ul>' if notes else ""
    said = html_text(f"{visible(simulation.verdict)}.")
    return f'{stale}<div class="nw-answer nw-answer-{tone}" role="status">{said}</div>{called}{listed}'


_STALE = (
    '<p role="status"><span class="nw-badge nw-badge-warn">not of the draft as it is now</span> '
    "The draft, the flows or the time have changed since: press Simulate.</p>"
)


def _lost_html(one: LostThing) -> str:
    names = visible(first_of(one.workloads, _MOST_NAMED))
    called = visible(one.what.replace("-", " "))
    badge = f'<span class="nw-badge nw-badge-bad">{html_text(called)} lost</span>'
    who = f"{visible(one.meaning)}. Denied to {count_of(len(one.workloads), 'workload')}: {names}"
    by = f", by {visible(first_of(one.decided_by, 2))}" if one.decided_by else ""
    return f"<p>{badge} {html_text(f'{who}{by}.')}</p>"


def faults_html(faults: Iterable[Fault]) -> str:
    """Return what is wrong with a text, line by line.

    Parameters
    ----------
    faults : iterable of Fault
    """
    items = (
        f"<li>{html_text(f'line {one.line}: ' if one.line else '')}{html_text(f'{one.severity}: {one.message}')}</li>"
        for one in faults
    )
    listed = "".join(items)
    return f'<ul class="nw-items">{listed}</ul>' if listed else ""


def flow_html(row: Any, judged: JudgedEdges | None) -> str:  # noqa: ANN401  (a row of a frame)
    """Return what becomes of a flow, and why: what decides about it before the change, and after it.

    Parameters
    ----------
    row : Series or mapping
        Of `Simulation.flows`.
    judged : JudgedEdges or None
        What it was judged by.
    """
    port = row["protocol"] if pd.isna(row["port"]) else f"{row['protocol']} {int(row['port'])}"
    edge = html_text(visible(f"{row['src']} → {row['dst']} : {port}"))
    verdict = FlowVerdict(row["verdict"])
    refused = f", {int(row['flows_denied']):,} of them denied" if row["flows_denied"] else ""
    when = f"seen from {cell_text(row['first_seen'])} to {cell_text(row['last_seen'])} UTC."
    seen = f"{count_of(int(row['flows']), 'flow')}{refused}; {when}"
    doubt = f" {Doubt(row['doubt']).meaning}." if row["doubt"] else ""
    head = f'<p class="nw-subject">{edge}</p><p role="status"><b>{verdict.value}</b>: {html_text(verdict.meaning)}.'
    head += f"{html_text(doubt)} {html_text(seen)}</p>"
    if judged is None:
        return head
    ends, asked = (str(row["src"]), str(row["dst"])), _asked(row)
    if asked is None:
        return head + empty_html("It has no port, and rules are about ports.")
    sides = (("Before", judged.before), ("With the draft", judged.after))
    parts = (
        f'<div><div class="nw-heading">{title}</div>{of_draft(reasons_for(allowed, ends, asked).html)}</div>'
        for title, allowed in sides
    )
    return f'{head}<div class="nw-sides">{"".join(parts)}</div>'


def _asked(row: Any) -> AskedPort | None:  # noqa: ANN401  (a row of a frame)
    return None if pd.isna(row["port"]) else AskedPort(int(row["port"]), str(row["protocol"]))
