"""How many workloads of one namespace may talk to those of another, and do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from workbench.report.context import AuditContext

__all__ = ["PairsOfNamespaces", "used_between"]


class PairsOfNamespaces(NamedTuple):
    """How many workloads of one namespace may talk to those of another, and do."""

    src: str
    dst: str
    allowed: int
    possible: int
    seen: int | None


def used_between(context: AuditContext) -> Iterator[PairsOfNamespaces]:
    """Yield each pair of namespaces, one of them in scope, between which any different workloads may talk.

    Parameters
    ----------
    context : AuditContext
    """
    crowds = context.crowds
    names = [members[0].namespace for members in crowds.members]
    sizes: Counter[str] = Counter()
    for members in crowds.members:
        sizes[members[0].namespace] += len(members)
    allowed: Counter[tuple[str, str]] = Counter()
    for one in crowds.connections:
        pairs = len(crowds.members[one.src]) * (len(crowds.members[one.dst]) - int(one.src == one.dst))
        allowed[names[one.src], names[one.dst]] += pairs
    seen: Counter[tuple[str, str]] = Counter()
    of = {peer.name: peer.namespace for members in crowds.members for peer in members}
    for src, dst in context.pairs_seen:
        if src in of and dst in of:
            seen[of[src], of[dst]] += 1
    for (src, dst), pairs in sorted(allowed.items()):
        if pairs and context.holds(src, dst):
            possible = sizes[src] * (sizes[dst] - int(src == dst))
            yield PairsOfNamespaces(src, dst, pairs, possible, None if context.flows is None else seen[src, dst])
