"""What the tables of flows look like: each column's name and dtype, once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import pandas as pd

__all__ = ["COMPARED", "DNS", "EDGES", "SUGGESTED_BLOCKS", "TIMELINE", "typed"]

_TIME = "datetime64[us, UTC]"

EDGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cluster": "str",
        "src": "str",
        "dst": "str",
        "protocol": "str",
        "port": "UInt16",
        "src_kind": "category",
        "dst_kind": "category",
        "src_namespace": "str",
        "dst_namespace": "str",
        "dst_domains": "str",
        "flows": "int64",
        "flows_denied": "int64",
        "flows_uncertain": "int64",
        "connections": "UInt64",
        "packets": "UInt64",
        "bytes": "UInt64",
        "reply_packets": "UInt64",
        "reply_bytes": "UInt64",
        "first_seen": _TIME,
        "last_seen": _TIME,
        "verdicts": "str",
        "marks": "str",
        "orientation": "category",
        "confidence": "float32",
        "excluded": "str",
    }
)
"""Columns of `Flows.edges`: one row per client, server, protocol and port.

``src``: the client, ``dst``: the server, as maps name workloads; else the address, the DNS name or what is
known of the network. ``dst_domains``: the names by which clients knew the server, sorted and comma-joined: those
that the source gives, else those of DNS answers (`names.with_names`). ``port``: missing for protocols without ports.
``flows``: rows of the sources, ``flows_denied``: those that were denied or dropped, ``flows_uncertain``: those of which
it is not certain which end is the client; of these, none to a port that may be a client's counts as denied.
``verdicts``: comma-joined, the worst first. ``marks``: what is worth knowing before a policy is made of it,
comma-joined (`marks.MARKS`). ``orientation``, ``confidence``: of the row of which it is known best who the client is.
``first_seen``: of all that was imported, ``last_seen``: of the flows that are asked about. ``excluded``: why no policy
is made of it, comma-joined; empty where one may be (`exclusion.exclusions`).
"""

DNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cluster": "str",
        "src": "str",
        "name": "str",
        "address": "str",
        "src_kind": "category",
        "src_namespace": "str",
        "answers": "int64",
        "ttl": "int64",
        "first_seen": _TIME,
        "last_seen": _TIME,
    }
)
"""Columns of `Flows.dns`: one row per client, name and address that it was answered to have.

``src``: who asked, as in `EDGES`. ``address``: as ``dst`` there, where it is outside. ``answers``: how many;
``ttl``: for how many seconds they hold, of the one that holds longest, 0 where the source does not say.
"""

SUGGESTED_BLOCKS: Final[Mapping[str, str]] = MappingProxyType(
    {"network_label": "str", "protocol": "str", "port": "UInt16", "hosts": "int64", "clients": "int64"}
)
"""Columns of `Flows.suggested_blocks`: ``hosts`` addresses of one provider were called on one port, by ``clients``."""

TIMELINE: Final[Mapping[str, str]] = MappingProxyType(
    {"flows": "int64", "connections": "UInt64", "bytes": "UInt64", "reply_bytes": "UInt64"}
)
"""Counters of `Flows.timeline`, for each span of time."""


COMPARED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "status": "category",
        "meaning": "category",
        "src": "str",
        "dst": "str",
        "ports": "str",
        "flows": "int64",
        "flows_denied": "int64",
        "first_seen": _TIME,
        "last_seen": _TIME,
        "decided_by": "str",
        "reason": "str",
    }
)
"""Columns of `compare`: one row per edge that was seen, and per connection that is allowed and never used.

``status``: ``active``, ``unused``, ``not-allowed``, ``denied``, ``denied-though-allowed``, or ``unknown``, for which
``reason`` says why (`statuses.Status`); ``meaning``: the same in words. ``ports``: as maps write
them. ``decided_by``: the policies that allow or deny it now, comma-joined.
"""


def typed(frame: pd.DataFrame, dtypes: Mapping[str, str]) -> pd.DataFrame:
    """Return a frame with these dtypes; times from within, which have no zone there, are UTC."""
    found = frame.copy(deep=False)
    for name in (name for name, dtype in dtypes.items() if dtype == _TIME and str(found[name].dtype) != _TIME):
        found[name] = found[name].astype("datetime64[us]").dt.tz_localize("UTC")
    if "verdicts" in dtypes:
        found["verdicts"] = found["verdicts"].map(lambda verdicts: _worst_first(tuple(verdicts)))
    for name in (name for name in ("marks", "dst_domains") if dtypes.get(name) == "str"):
        found[name] = found[name].map(lambda texts: ",".join(map(str, texts)))
    return found.astype({name: dtype for name, dtype in dtypes.items() if dtype not in {_TIME, "object"}})


@cache
def _worst_first(verdicts: tuple[str, ...]) -> str:
    from workbench.flows.schema import VERDICTS  # noqa: PLC0415  (brings pyarrow)

    return ",".join(sorted(set(verdicts), key=VERDICTS.index))
