"""What is listed of the traffic of what is selected: one row for each edge, as seen from there, and filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from workbench.ground import EXTERNAL, MAX_PORT, MIN_PORT, PROTOCOLS, AddressSet, ArgumentError, addresses_named

if TYPE_CHECKING:
    from workbench.panels.details.subject import Subject

__all__ = ["LISTED", "TITLES", "Filter", "is_outside", "listing"]

OUTSIDE_KINDS: Final = frozenset({EXTERNAL, "NetworkSet", "Unknown"})
"""Kinds of ends that do not run in the cluster, as far as is known."""
TITLES: Final = {
    "peer": "peer",
    "ports": "ports",
    "direction": "direction",
    "meaning": "status",
    "flows": "flows",
    "flows_denied": "denied",
    "last_seen": "last seen",
    "first_seen": "first seen",
    "volume": "bytes",
    "dst_domains": "names",
    "verdicts": "verdicts",
    "decided_by": "decided by",
    "marks": "marks",
    "reason": "remark",
}
LISTED: Final = tuple(TITLES)
"""The columns that are shown, in this order."""
_NO_FLOWS: Final = "allowed; no flows were loaded"
_PORTS: Final = re.compile(r"(?P<first>[0-9]{1,5})(-(?P<last>[0-9]{1,5}))?")


class Filter(NamedTuple):
    """Which rows to keep; what is empty keeps all.

    Attributes
    ----------
    name : str
        A part of the name of the peer or of its DNS names, in upper or lower case; or an address, or a block of
        addresses, that the peer lies in.
    direction : {"", "ingress", "egress"}
        To what is selected, or from it.
    protocol : str
    port : str
        A number, or two with a dash between.
    where : {"", "internal", "external"}
        Whether the peer runs in the cluster.
    """

    name: str = ""
    direction: str = ""
    protocol: str = ""
    port: str = ""
    where: str = ""

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that pass all that is asked for.

        Parameters
        ----------
        rows : DataFrame
            As `listing` returns them.

        Raises
        ------
        ArgumentError
            If the port cannot be read.
        """
        kept = rows
        if self.direction:
            kept = kept[kept["direction"].isin((self.direction, "both"))]
        if self.where:
            kept = kept[kept["outside"] == (self.where == "external")]
        if self.protocol:
            kept = kept[_where(kept, self._has_protocol)]
        if self.port.strip():
            first, last = port_range(self.port)
            kept = kept[_where(kept, lambda row: self._has_port(row, first, last))]
        if self.name.strip():
            kept = kept[_where(kept, _name_test(self.name.strip()))]
        return kept.reset_index(drop=True)

    def _has_protocol(self, row: Any) -> bool:  # noqa: ANN401  (a named tuple of pandas)
        return row.protocol == self.protocol or any(protocol == self.protocol for protocol, _, _ in row.intervals)

    def _has_port(self, row: Any, first: int, last: int) -> bool:  # noqa: ANN401  (as above)
        wanted = self.protocol
        return any(low <= last and first <= high and wanted in {"", name} for name, low, high in row.intervals)


def port_range(text: str) -> tuple[int, int]:
    """Return the first and the last of the ports that a text means.

    Parameters
    ----------
    text : str
        ``443``, or ``8000-8100``.

    Raises
    ------
    ArgumentError
        If it means none.
    """
    found = _PORTS.fullmatch(text.strip())
    first, last = (int(found["first"]), int(found["last"] or found["first"])) if found else (0, 0)
    if not MIN_PORT <= first <= last <= MAX_PORT:
        message = f"{text.strip()!r} is not a port: write a number such as 443, or two such as 8000-8100"
        raise ArgumentError(message)
    return first, last


def listing(traffic: pd.DataFrame, subject: Subject, ends: Collection[str], *, has_flows: bool) -> pd.DataFrame:
    """Return the traffic of what is selected, as seen from there.

    Parameters
    ----------
    traffic : DataFrame
        As `traffic_of` returns it.
    subject : Subject
    ends : collection of str
        The ends that are meant.
    has_flows : bool
        Whether anything could have been seen.

    Returns
    -------
    DataFrame
        The columns of `traffic`, and ``direction`` (to what is selected is ``ingress``), ``peer``, ``outside``
        (whether the peer does not run in the cluster) and ``volume`` (bytes both ways).
    """
    own = frozenset(ends if subject.edge is None else subject.names[:1])
    block = AddressSet.union_of(found for found in map(addresses_named, own) if found is not None)
    mine = {side: traffic[side].map(lambda name: _is_one(name, own, block)).astype(bool) for side in ("src", "dst")}
    direction = pd.Series("egress", index=traffic.index, dtype="str")
    direction[mine["dst"] & ~mine["src"]] = "ingress"
    direction[mine["dst"] & mine["src"]] = "both"
    is_in = direction == "ingress"
    kinds = traffic["dst_kind"].astype("object").where(~is_in, traffic["src_kind"].astype("object"))
    volume = traffic["bytes"].astype("Int64").add(traffic["reply_bytes"].astype("Int64"), fill_value=0)
    meaning = traffic["meaning"].astype("object")
    return traffic.assign(
        direction=direction,
        peer=traffic["dst"].astype("object").where(~is_in, traffic["src"].astype("object")),
        outside=kinds.isin(OUTSIDE_KINDS),
        volume=volume,
        meaning=meaning if has_flows else meaning.where(traffic["status"] != "unused", _NO_FLOWS),
    )


def is_outside(kind: str) -> bool:
    """Tell whether an end of a kind does not run in the cluster, as far as is known.

    Parameters
    ----------
    kind : str
    """
    return kind in OUTSIDE_KINDS


def protocols_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the protocols that occur: those of policies, and what flows have besides.

    Parameters
    ----------
    rows : DataFrame
    """
    seen = {str(name) for name in rows["protocol"].unique() if name} if len(rows) else set()
    return tuple(sorted(seen | set(PROTOCOLS)))


def _is_one(name: str, own: frozenset[str], block: AddressSet) -> bool:
    if name in own:
        return True
    addresses = addresses_named(name) if block else None
    return addresses is not None and bool(addresses & block)


def _where(rows: pd.DataFrame, test: Callable[[Any], bool]) -> pd.Series[bool]:
    return pd.Series([test(row) for row in rows.itertuples(index=False)], index=rows.index, dtype="bool")


def _name_test(text: str) -> Callable[[Any], bool]:
    block = addresses_named(text)
    wanted = text.casefold()

    def passes(row: Any) -> bool:  # noqa: ANN401  (as above)
        texts: Iterable[str] = (row.peer, *row.dst_domains)
        if any(wanted in one.casefold() for one in texts):
            return True
        addresses = addresses_named(row.peer) if block is not None else None
        return block is not None and addresses is not None and bool(addresses & block)

    return passes
