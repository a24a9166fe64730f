"""How peers and ports are worded where there is little room."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from workbench.connectivity.formats.picture import FROM_OUTSIDE, FROM_PODS_TO_COME, TO_OUTSIDE, TO_PODS_TO_COME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.connectivity.engine import Peer

__all__ = ["box_lines", "ports_lines"]

OUTSIDE = {FROM_OUTSIDE, TO_OUTSIDE}
PLACES = {*OUTSIDE, FROM_PODS_TO_COME, TO_PODS_TO_COME}
"""Kinds that the place of a box says already."""
MOST_NAMES = 8
WIDEST = 30


def box_lines(members: Sequence[Peer]) -> list[str]:
    """Return the names of peers that share a box, and of what kind they are."""
    names = [line for peer in members for line in _name_lines(peer)]
    hidden = len(names) - MOST_NAMES
    if hidden > 1:
        names[MOST_NAMES:] = [f"and {hidden:,} more"]
    return [*names, *_kinds(members)]


def _name_lines(peer: Peer) -> list[str]:
    """Return a peer's name; that of selectors in a line for namespaces and one for pods."""
    if peer.kind in PLACES - OUTSIDE:
        namespaces, slash, pods = _name(peer).partition("/[")
        return [f"{namespaces}/", f"[{pods}"] if slash else [namespaces]
    return [_name(peer)]


def _name(peer: Peer) -> str:
    """Return a peer's name without namespace and kind; with the labels that tell pods of one owner apart."""
    if peer.kind in OUTSIDE:
        return peer.workload
    return peer.name.removeprefix(f"{peer.namespace}/").replace(f"[{peer.kind}]", " ", 1).strip()


def _kinds(members: Sequence[Peer]) -> list[str]:
    kinds = sorted(Counter(peer.kind for peer in members if peer.kind not in {"", *PLACES}).items())
    words = [kind if len(members) == 1 else f"{count:,} x {kind}" for kind, count in kinds]
    return [f"[{', '.join(words)}]"] if words else []


def ports_lines(text: str) -> list[str]:
    """Return a port set as a line for each protocol, shortened to the width of a label.

    >>> ports_lines("TCP 80,443,UDP 53")
    ['TCP 80,443', 'UDP 53']
    """
    lines: list[str] = []
    for part in text.replace("All Connections", "all ports").split(","):
        if lines and part[:1].isdigit():
            lines[-1] += f",{part}"
        else:
            lines.append(part)
    return [line if len(line) <= WIDEST else f"{line[:WIDEST].rpartition(',')[0]},…" for line in lines]
