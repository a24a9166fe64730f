"""What a cluster knows of pods, Services and nodes, as small tables that flows are joined with.

No table holds a missing value, since not every engine keeps those of a table in memory; an empty text
stands for what is not known. Keys are unique wherever a join must keep the number of rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa

from workbench.flows.addresses import place_of
from workbench.flows.rules.lifetimes import ALWAYS, NEVER, Lifetime, Stay, lifetimes_in, lifetimes_of, stays

if TYPE_CHECKING:
    import ibis
    import pandas as pd

    from workbench.inventory.cluster import Cluster
    from workbench.inventory.model import Workload

__all__ = ["Lookups", "NamedLookups", "lookups_of"]

_TEXT: Final = pa.string()
_COLUMNS: Final[Mapping[str, Mapping[str, pa.DataType]]] = {
    "pods": {
        "namespace": _TEXT, "pod": _TEXT, "owner_kind": _TEXT, "owner": _TEXT, "node": _TEXT, "host": pa.bool_()
    },
    "owners": {"namespace": _TEXT, "owner_kind": _TEXT, "owner": _TEXT, "host": pa.bool_()},
    "names": {"namespace": _TEXT, "owner": _TEXT, "owner_kind": _TEXT},
    "labels": {"namespace": _TEXT, "label": _TEXT, "shape": pa.int64(), "owner_kind": _TEXT, "owner": _TEXT},
    "stays": {
        "address": _TEXT, "start": pa.timestamp("us"), "end": pa.timestamp("us"), "run": pa.int64(), "kind": _TEXT,
        "namespace": _TEXT, "pod": _TEXT, "owner_kind": _TEXT, "owner": _TEXT, "service": _TEXT, "node": _TEXT,
    },
    "addresses": {"address": _TEXT},
    "called": {"call": _TEXT, "namespace": _TEXT, "service": _TEXT, "port": pa.int64()},
    "headless": {"namespace": _TEXT, "service": _TEXT},
    "through": {"serving": _TEXT, "service": _TEXT},
    "backends": {
        "call": _TEXT, "number": pa.int64(), "count": pa.int64(), "kind": _TEXT, "namespace": _TEXT,
        "owner_kind": _TEXT, "owner": _TEXT, "address": _TEXT, "port": pa.int64(),
    },
    "served": {"serving": _TEXT},
    "exposed": {"serving": _TEXT},
}  # fmt: skip


@dataclass(frozen=True)
class Lookups:
    """Small tables to join flows with, as `lookups_of` makes them.

    Attributes
    ----------
    tables : mapping of str to pyarrow.Table
    knows_addresses : bool
        Whether any pod's address is known, so that an address that is not among them is of the outside.
    """

    tables: Mapping[str, pa.Table]
    knows_addresses: bool

    def table(self, name: str, prefix: str = "") -> ibis.Table:
        """Return one of the tables, with `prefix` before the names of its columns."""
        import ibis  # noqa: PLC0415  (it takes a second; lookups are made without it)

        found = self.tables[name]
        return ibis.memtable(found.rename_columns([f"{prefix}{column}" for column in found.column_names]))

    @property
    def reused_addresses(self) -> tuple[str, ...]:
        """The addresses that several pods had one after another."""
        counted = Counter(self.tables["stays"]["address"].to_pylist())
        return tuple(sorted(address for address, count in counted.items() if count > 1))


class NamedLookups(Lookups):
    """Tables that an engine has by their names: for an expression that is made once, whatever they hold."""

    def table(self, name: str, prefix: str = "") -> ibis.Table:
        """Return one of the tables, with `prefix` before the names of its columns."""
        import ibis  # noqa: PLC0415  (likewise)

        schema = ibis.Schema.from_pyarrow(pa.schema(list(_COLUMNS[name].items())))
        found = ibis.table(schema, name=self.name(name))
        return found.rename({f"{prefix}{column}": column for column in found.columns})

    @staticmethod
    def name(of: str) -> str:
        """Return what an engine calls one of the tables."""
        return f"lookup_{of}"


class _Named(NamedTuple):
    """A pod by its name."""

    owner_kind: str
    owner: str
    node: str
    host: bool


def lookups_of(cluster: Cluster, lifetimes: pd.DataFrame | None = None) -> Lookups:
    """Return what `cluster` knows of the ends of flows.

    Parameters
    ----------
    cluster : Cluster
    lifetimes : DataFrame, optional
        Pods of other times, one row for each address of each: columns ``namespace``, ``pod``, ``ip``,
        ``owner_kind``, ``owner_name``, ``node``, ``start``, ``end``. Of these only ``namespace``, ``pod``
        and ``ip`` must be there; an empty ``start`` or ``end`` is not known. Times without zone are UTC.

    Raises
    ------
    ValueError
        If `lifetimes` lacks a column.
    """
    # It brings all of connectivity, which flows without a cluster do not need.
    from workbench.flows.rules.backends import Backends, exposed_ports, served_ports  # noqa: PLC0415

    workloads = cluster.objects.workloads
    read = lifetimes_of(cluster)
    known = {(life.namespace, life.pod): (life.owner_kind, life.owner) for life in read}
    listed = lifetimes_in(lifetimes) if lifetimes is not None else ()
    lives = (*read, *(_as_read(life, known.get((life.namespace, life.pod))) for life in listed))
    backends = Backends.of(cluster, {life.address: life for life in sorted(lives, key=_is_living)})
    rows: dict[str, list[tuple[Any, ...]]] = {
        "pods": [(*key, *named) for key, named in _pods(workloads, lives).items()],
        "owners": [(w.namespace, w.kind, w.name, all(s.host_network for s in w.shapes)) for w in workloads],
        "names": list(_names(workloads)),
        "labels": list(_labels(workloads)),
        "stays": list(_stays(cluster, lives)),
        "called": [(call, *service) for call, service in sorted(backends.called.items())],
        "headless": sorted(backends.headless),
        "through": sorted(backends.ports_of_services.items()),
        "backends": list(backends.rows()),
        "served": [(key,) for key in sorted(served_ports(cluster))],
        "exposed": [(key,) for key in sorted(exposed_ports(cluster))],
    }
    rows["addresses"] = [(address,) for address in sorted({row[0] for row in rows["stays"]})]
    return Lookups({name: _table(name, found) for name, found in rows.items()}, bool(lives))


def _is_living(life: Lifetime) -> bool:
    return not life.finished


def _table(name: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = _COLUMNS[name]
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table(
        {column: pa.array(found, kind) for (column, kind), found in zip(columns.items(), values, strict=True)}
    )


def _as_read(life: Lifetime, owner: tuple[str, str] | None) -> Lifetime:
    """Give a pod of the list the workload that the cluster says it belongs to, where it has that pod."""
    return life._replace(owner_kind=owner[0], owner=owner[1]) if owner and owner[1] else life


def _pods(workloads: Iterable[Workload], lives: Iterable[Lifetime]) -> dict[tuple[str, str], _Named]:
    """Return the pods by namespace and name, those of workloads before those of the list of lifetimes."""
    found = {
        (life.namespace, life.pod): _Named(life.owner_kind, life.owner, life.node, host=life.host) for life in lives
    }
    for workload in workloads:
        for shape in workload.shapes:
            for pod in shape.pods:
                known = found.get((workload.namespace, pod))
                node = known.node if known else ""
                found[workload.namespace, pod] = _Named(workload.kind, workload.name, node, host=shape.host_network)
    return {key: named for key, named in found.items() if named.owner}


def _names(workloads: Iterable[Workload]) -> Iterator[tuple[str, str, str]]:
    """Yield the names that only one workload of a namespace has."""
    kinds: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for workload in workloads:
        kinds[workload.namespace, workload.name].add(workload.kind)
    for (namespace, name), found in kinds.items():
        if len(found) == 1:
            yield namespace, name, next(iter(found))


def _labels(workloads: Iterable[Workload]) -> Iterator[tuple[str, str, int, str, str]]:
    shapes = ((workload, shape) for workload in workloads for shape in workload.shapes)
    for number, (workload, shape) in enumerate(shapes):
        for key, value in shape.labels.items():
            yield workload.namespace, f"{key}={value}", number, workload.kind, workload.name


def _stays(cluster: Cluster, lives: Iterable[Lifetime]) -> Iterator[tuple[Any, ...]]:
    """Yield who has which address when: pods for their time, nodes and Services always."""
    from workbench.flows.rules.backends import called_addresses  # noqa: PLC0415  (likewise)

    found = [
        Stay(life.address, life.start, life.end, 0, "workload", life.namespace, life.pod, life.owner_kind, life.owner,
             node=life.node)
        for life in lives
        if not life.host
    ]  # fmt: skip
    nodes = _node_addresses(cluster, lives)
    found += [Stay(address, ALWAYS, NEVER, 0, "node", node=name) for address, name in nodes.items()]
    for address, service in called_addresses(cluster):
        if address not in nodes:
            found.append(Stay(address, ALWAYS, NEVER, 0, "service", service.namespace, service=service.name))
    yield from (tuple(one) for one in stays(found))


def _node_addresses(cluster: Cluster, lives: Iterable[Lifetime]) -> dict[str, str]:
    """Return the addresses of nodes, also of those that only pods tell of."""
    told = {life.host_address: life.node for life in lives if life.host_address}
    return told | {address: node.name for node in cluster.objects.nodes for address in _spelled(node.addresses)}


def _spelled(addresses: Iterable[str]) -> Iterator[str]:
    return (place_of(address).address for address in addresses)
