"""The network as a picture: workloads and connections of a small cluster, shares between namespaces of a large one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from workbench.ground import count_of, html_text, visible
from workbench.report.model import ReportPicture

if TYPE_CHECKING:
    from workbench.report.context import AuditContext

__all__ = ["network_picture"]

_MOST: Final = 30
"""So many namespaces are drawn."""
_CELL: Final = 18
_LABEL: Final = 190
_LETTERS: Final = 26


def network_picture(context: AuditContext) -> ReportPicture:
    """Return what is allowed as a picture.

    Parameters
    ----------
    context : AuditContext
    """
    return _matrix(context) if context.is_large else _map(context)


def _map(context: AuditContext) -> ReportPicture:
    from workbench.drawing import map_graph, svg  # noqa: PLC0415  (it brings what draws)

    found = [one for one in context.connectivity.connections() if context.holds(one.src.namespace, one.dst.namespace)]
    ends = {end.name for one in found for end in one[:2]} | {one.peer.name for one in context.standings}
    peers = [one for one in context.connectivity.peers() if one.name in ends]
    drawn = svg(map_graph(peers, found))
    text = f"{count_of(len(context.standings), 'workload')} and {count_of(len(found), 'connection')} that are allowed."
    return ReportPicture("network", "What may talk to what", text, drawn)


def _matrix(context: AuditContext) -> ReportPicture:
    """Return who may talk to whom between namespaces: the darker, the larger the share of pairs that may."""
    between = list(context.between)
    weight: Counter[str] = Counter()
    for one in between:
        weight[one.src] += one.allowed
        weight[one.dst] += one.allowed
    names = sorted(name for name, _ in sorted(weight.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST])
    places = {name: place for place, name in enumerate(names)}
    cells = []
    for one in between:
        if one.src in places and one.dst in places:
            share = one.allowed / one.possible if one.possible else 0.0
            at = f'x="{_LABEL + _CELL * places[one.dst]}" y="{_LABEL + _CELL * places[one.src]}"'
            size = f'width="{_CELL - 2}" height="{_CELL - 2}"'
            told = html_text(f"{one.src} to {one.dst}: {one.allowed:,} of {one.possible:,} pairs")
            fill = f'fill="#d1622b" fill-opacity="{0.15 + 0.85 * share:.2f}"'
            cells.append(f"<rect {at} {size} {fill}><title>{told}</title></rect>")
    labels = []
    for name, place in places.items():
        label = visible(name)
        label = html_text(f"{label[: _LETTERS - 1]}…" if len(label) > _LETTERS else label)
        middle = _LABEL + _CELL * place + 12
        labels.append(f'<text x="{_LABEL - 6}" y="{middle}" text-anchor="end" fill="currentColor">{label}</text>')
        turned = f'transform="translate({middle} {_LABEL - 6}) rotate(-90)"'
        labels.append(f'<text {turned} fill="currentColor">{label}</text>')
    few = "" if len(weight) <= _MOST else f", the {_MOST} with the most of {len(weight):,}"
    title = f"What may talk between namespaces{few}"
    text = (
        "A row for each namespace that sends, a column for each that receives: the darker, the larger the share of "
        f"pairs of workloads that may talk. {count_of(context.pairs, 'pair')} may talk in all."
    )
    side = _LABEL + _CELL * len(names) + 4
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}" '
        f'role="img" aria-label="{html_text(title)}" font-family="sans-serif" font-size="12">'
        f"{''.join(cells)}{''.join(labels)}</svg>"
    )
    return ReportPicture("network", title, text, svg)
