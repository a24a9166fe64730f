"""Which flows of baselines are listed: filters that must all be met."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import pandas as pd

from workbench.drawing import ports_asked
from workbench.ground import ArgumentError

__all__ = ["STATUSES", "FlowFilter", "with_other_end"]

STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "any status",
        "baseline": "in the baseline",
        "unknown": "anomalous: in no baseline",
        "marked": "anomalous: marked by a person",
        "uncertain": "not certain which end is the client",
        "no-baseline": "of a workload without a baseline",
    }
)
"""The statuses that can be asked for, with the words for people."""


class FlowFilter(NamedTuple):
    """Which rows to keep; what is empty keeps all.

    Attributes
    ----------
    text : str
        A part of the name of the workload or of its peer, in upper or lower case.
    direction : {"", "ingress", "egress"}
    port : str
        Such as ``5432``, ``8000-8100`` or ``UDP 53``.
    protocol : str
    status : str
        One of `STATUSES`.
    """

    text: str = ""
    direction: str = ""
    port: str = ""
    protocol: str = ""
    status: str = ""

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that pass all that is asked for; of what rows do not have, nothing is asked.

        Parameters
        ----------
        rows : DataFrame
            With the columns of a side, and perhaps ``status`` and ``marked``.

        Raises
        ------
        ArgumentError
            If the port cannot be read.
        """
        keeps = pd.Series(data=True, index=rows.index, dtype="bool")
        if self.direction:
            keeps &= rows["direction"] == self.direction
        if self.protocol:
            keeps &= rows["protocol"] == self.protocol
        if self.port.strip():
            keeps &= self._on_port(rows)
        if wanted := self.text.strip().casefold():
            keeps &= _has(rows["workload"], wanted) | _has(rows["peer"], wanted) | _seen_as(rows, wanted)
        if self.status and "status" in rows.columns:
            keeps &= _of_status(rows, self.status)
        return rows[keeps].reset_index(drop=True)

    def _on_port(self, rows: pd.DataFrame) -> pd.Series[bool]:
        asked = ports_asked(self.port)
        if not asked:
            message = f"{self.port.strip()!r} is no port: write it like 5432, 8000-8100 or UDP 53"
            raise ArgumentError(message)
        pairs = zip(rows["protocol"], rows["port"], strict=True)
        found = [not pd.isna(port) and asked.contains(str(protocol), int(port)) for protocol, port in pairs]
        return pd.Series(found, index=rows.index, dtype="bool")


def _has(names: pd.Series[Any], wanted: str) -> pd.Series[bool]:
    return names.str.casefold().str.contains(wanted, regex=False).astype("bool")


def _seen_as(rows: pd.DataFrame, wanted: str) -> pd.Series[bool]:
    """Tell where an edge calls the other end so: addresses without a name are one peer."""
    if "seen_as" not in rows.columns:
        return pd.Series(data=False, index=rows.index, dtype="bool")
    return rows["seen_as"].map(lambda names: any(wanted in name.casefold() for name in names)).astype("bool")


def _of_status(rows: pd.DataFrame, status: str) -> pd.Series[bool]:
    if status in {"unknown", "marked"}:
        found: pd.Series[bool] = (rows["status"] == "anomalous") & (rows["marked"] == (status == "marked"))
        return found
    return rows["status"] == status


def with_other_end(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with a column ``other_end`` for people: peers without a name are told by what edges call them.

    Parameters
    ----------
    rows : DataFrame
        Rows that are not about flows are returned as they are.
    """
    if not {"peer", "seen_as"} <= set(rows.columns):
        return rows
    ends = [
        peer or (f"{kind}: {', '.join(names)}" if names else kind)
        for peer, kind, names in zip(rows["peer"], rows["peer_type"], rows["seen_as"], strict=True)
    ]
    return rows.assign(other_end=pd.Series(ends, index=rows.index, dtype="str"))
