"""What the columns are called that more than one table has, and what they mean everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from workbench.ground.problems import Severity
from workbench.ground.tables import INTERVALS, TEXTS, Column

__all__ = ["VOCABULARY", "column", "columns"]

_END = "`namespace/name[Kind]`, `{ingress-controller}`, `name[Node]`, or what addresses are called: `outside`, a range"
_KIND = (
    "`Deployment` and the like, `Pod`, `Service`, `Node`, `External` for addresses outside, `IngressController`; of "
    "flows also `Workload` where its kind is not known, `NetworkSet`, and `Unknown` where nothing is known of it"
)
DIRECTIONS: Final = ("ingress", "egress")

_COLUMNS: Final = (
    Column("src", "str", f"who sends, the client: {_END}"),
    Column("dst", "str", f"who receives, the server: {_END}"),
    Column("src_kind", "str", f"what the source is: {_KIND}"),
    Column("dst_kind", "str", f"what the destination is: {_KIND}"),
    Column("src_namespace", "str", "namespace of the source; empty without one"),
    Column("dst_namespace", "str", "namespace of the destination; empty without one"),
    Column("src_name", "str", "name of the source without namespace and kind; of addresses, the range"),
    Column("dst_name", "str", "name of the destination without namespace and kind; of addresses, the range"),
    Column("workload", "str", "the workload that it is about, as connectivity names it: `namespace/name[Kind]`"),
    Column("peer", "str", f"who is at the other end: {_END}"),
    Column("kind", "str", "kind of the object, such as Deployment"),
    Column("namespace", "str", "namespace of the object; empty without one"),
    Column("name", "str", "name of the object"),
    Column("direction", "str", "ingress or egress of the workload", identifiers=DIRECTIONS),
    Column("protocol", "str", "transport protocol, in capitals"),
    Column("ports", "str", "ports at the destination, as text"),
    Column("intervals", "object", "the ports as numbers", holds=INTERVALS),
    Column(
        "policy",
        "str",
        "the policy as `Kind namespace/name`; of an Ingress or a route in the same form; empty for none",
    ),
    Column("rule", "str", "path of the rule in its policy, such as `spec.ingress[0]`; empty for none"),
    Column("rule_index", "Int64", "place of the rule among those of its direction, from 0", nullable=True),
    Column("rule_name", "str", "name of the rule; empty where it has none"),
    Column("severity", "str", "how bad it is", identifiers=tuple(severity.value for severity in Severity)),
    Column("code", "str", "stable name of the kind of problem or finding, such as `duplicate-key`"),
    Column("message", "str", "what is wrong, in words"),
    Column("remedy", "str", "what to do about it; empty where nothing can be done"),
    Column("file", "str", "file in which it stands, as the user gave it; empty if none declares it"),
    Column("line", "Int64", "line of the file, from 1", nullable=True),
    Column("reason", "str", "why, in words"),
    Column("cluster", "str", "name of the cluster in the workspace; empty where clusters are not named"),
    Column("network", "str", "name of the network; empty where networks are not distinguished"),
    Column("decided_by", "object", "the policies that decide, as in `policy`", holds=TEXTS),
)
VOCABULARY: Final[Mapping[str, Column]] = MappingProxyType({column.name: column for column in _COLUMNS})
"""Each column by its name."""


def column(name: str, meaning: str = "", *, dtype: str = "", identifiers: tuple[str, ...] = ()) -> Column:
    """Return a column of the vocabulary, in a table that says more about it.

    Parameters
    ----------
    name : str
    meaning : str, optional
        What a cell says in this table, where that is more than the vocabulary says.
    dtype : str, optional
        ``category`` where few texts are repeated in many rows.
    identifiers : tuple of str, optional
        The identifiers that stand in this table.
    """
    known = VOCABULARY[name]
    return known._replace(
        meaning=meaning or known.meaning,
        dtype=dtype or known.dtype,
        identifiers=identifiers or known.identifiers,
    )


def columns(*names: str, dtype: str = "") -> tuple[Column, ...]:
    """Return columns of the vocabulary as they are, but for the dtype of those that hold text.

    Parameters
    ----------
    *names : str
    dtype : str, optional
    """
    found = (VOCABULARY[name] for name in names)
    return tuple(one._replace(dtype=dtype) if dtype and one.dtype == "str" else one for one in found)
