"""The answer to "who may talk to whom": all pairs, one pair, and why."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from workbench.policy.ports import PortSet

IpRanges: TypeAlias = Literal["merged", "split"]


class Peer(NamedTuple):
    """An end of a connection. `name` is ``ns/name[Kind]`` or ``first-last[External]``."""

    name: str
    namespace: str   # empty for external
    workload: str    # name without namespace and kind; the range text for external
    kind: str        # Deployment, Pod …, or External


class Connection(NamedTuple):
    """What one peer may send to another; never empty, never a peer to itself."""

    src: Peer
    dst: Peer
    ports: PortSet


class Connectivity:
    """See the contract in the issue: to_frame, to_networkx, query, to_text/csv/json/md/dot/svg."""

    def peers(self, ip_ranges: IpRanges = "merged") -> list[Peer]:
        """All workload peers and the external ranges that occur in connections."""
        ...

    def connections(self, ip_ranges: IpRanges = "merged") -> list[Connection]:
        """All allowed connections, sorted by source name, then destination name."""
        ...
