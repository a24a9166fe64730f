"""How much of what is allowed is used: by workload, by pair of namespaces, for the whole cluster."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from workbench.report.context import AuditContext

__all__ = ["PairsOfNamespaces", "Use", "used_between", "used_by_workload"]


class Use(NamedTuple):
    """How many others a workload may talk to, and does.

    Attributes
    ----------
    workload, namespace : str
    clients, servers : int
        Others that may talk to it, and that it may talk to.
    clients_seen, servers_seen : int or None
        Those that did; None without flows.
    """

    workload: str
    namespace: str
    clients: int
    clients_seen: int | None
    servers: int
    servers_seen: int | None

    @property
    def unused(self) -> float | None:
        """Share of what is allowed that was not seen; None where it is not known."""
        allowed = self.clients + self.servers
        if self.clients_seen is None or self.servers_seen is None or not allowed:
            return None
        return round(1 - (self.clients_seen + self.servers_seen) / allowed, 4)


class PairsOfNamespaces(NamedTuple):
    """How many workloads of one namespace may talk to those of another, and do."""

    src: str
    dst: str
    allowed: int
    possible: int
    seen: int | None


def used_by_workload(context: AuditContext) -> Iterator[Use]:
    """Yield the use of each workload in scope, by name; connections among the pods of one are not counted.

    Parameters
    ----------
    context : AuditContext
    """
    crowds = context.crowds
    out: Counter[int] = Counter()
    into: Counter[int] = Counter()
    for one in crowds.connections:
        same = int(one.src == one.dst)
        out[one.src] += len(crowds.members[one.dst]) - same
        into[one.dst] += len(crowds.members[one.src]) - same
    clients: defaultdict[str, int] = defaultdict(int)
    servers: defaultdict[str, int] = defaultdict(int)
    known = {peer.name for members in crowds.members for peer in members}
    for src, dst in context.pairs_seen:
        if src in known and dst in known:
            clients[dst] += 1
            servers[src] += 1
    is_known = context.flows is not None
    found = [
        Use(
            peer.name,
            peer.namespace,
            into[number],
            clients[peer.name] if is_known else None,
            out[number],
            servers[peer.name] if is_known else None,
        )
        for number, members in enumerate(crowds.members)
        for peer in members
        if context.holds(peer.namespace)
    ]
    yield from sorted(found)


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
