"""A copy of flows that holds all that answers are made of, in files that are the same for the same flows.

It is for keeping beside an answer, so that the answer can be found again: what was chosen is in it, and what all that
was imported tells of who the client is. It is no store: nothing is added to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import ibis
import ibis.expr.operations as ops
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows.duckdb_sql import parquet, sized
from workbench.flows.engine import alone, connected
from workbench.flows.flows import Flows
from workbench.flows.rules.dns import Answers
from workbench.flows.schema import COLUMNS, EDGE_ID, ROW_ID
from workbench.ground import WorkbenchError

if TYPE_CHECKING:
    import pandas as pd
    from ibis.backends.duckdb import Backend

    from workbench.inventory import Cluster

__all__ = ["FlowCopyError", "copied_flows", "copy_flows"]

_ROWS, _TOTALS, _KNOWN, _ASKED, _PODS, _ABOUT = (
    "flows.parquet",
    "totals.parquet",
    "names.parquet",
    "names-asked.parquet",
    "pods.parquet",
    "about.json",
)
_GROUP: Final = 100_000
"""Rows of a group in a file."""
_SIMPLE: Final = re.compile(r"(u?int\d+|float\d+|string|bool|timestamp).*")
"""Types of columns that rows are sorted by."""


class FlowCopyError(WorkbenchError, ValueError):
    """A folder is no copy of flows, or is damaged."""


def copy_flows(flows: Flows, folder: Path) -> None:
    """Write a copy of flows into a folder: rows sorted by time, and what else answers need.

    Names of blocks are not in it: `Flows.tagged` gives them again.

    Parameters
    ----------
    flows : Flows
        When edges were first seen is told of these alone, as `Flows.apart` does.
    folder : Path
        Made if it is not there.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    backend = flows._backend  # noqa: SLF001  (of its own room)
    rows = flows.table.select([*(column.name for column in COLUMNS), ROW_ID.name, EDGE_ID.name])
    first = ["time_start", "source_file", "source_line", ROW_ID.name]
    _write(backend, rows, first, folder / _ROWS)
    _write(backend, flows._totals, [EDGE_ID.name], folder / _TOTALS)  # noqa: SLF001  (as above)
    if (answers := flows._answers) is not None:  # noqa: SLF001  (as above)
        _write(backend, answers.known, [], folder / _KNOWN)
        _write(backend, answers.asked, [], folder / _ASKED)
    if (lifetimes := flows._lifetimes) is not None:  # noqa: SLF001  (as above)
        pq.write_table(pa.Table.from_pandas(lifetimes, preserve_index=False), folder / _PODS, compression="zstd")
    about = {
        "lost_events": flows.lost_events,
        "is_all": flows._is_all,  # noqa: SLF001  (as above)
        "are_denials": flows._are_denials,  # noqa: SLF001  (as above)
    }
    (folder / _ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def copied_flows(folder: Path, *, cluster: Cluster | None = None) -> Flows:
    """Return the flows of a copy, which answer as those did that were copied.

    Parameters
    ----------
    folder : Path
        That `copy_flows` has written.
    cluster : Cluster, optional
        The cluster whose workloads the ends are attributed to.

    Raises
    ------
    FlowCopyError
        If it is no such folder.
    """
    try:
        return _opened(folder, cluster)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        message = f"{folder} is no copy of flows, or is damaged: {error}"
        raise FlowCopyError(message) from error


def _opened(folder: Path, cluster: Cluster | None) -> Flows:
    about: Mapping[str, Any] = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    engine = connected(store=folder)
    sized(cast("Backend", engine), sum(path.stat().st_size for path in folder.glob("*.parquet")))
    answers = None
    if (folder / _KNOWN).exists():
        answers = Answers(_read(engine, folder / _KNOWN), _read(engine, folder / _ASKED))
    lifetimes: pd.DataFrame | None = None
    if (folder / _PODS).exists():
        lifetimes = pq.read_table(folder / _PODS).to_pandas()
    return Flows(
        _read(engine, folder / _ROWS),
        _read(engine, folder / _TOTALS),
        engine,
        cluster,
        lifetimes,
        answers=answers,
        is_all=bool(about["is_all"]),
        are_denials=bool(about["are_denials"]),
        lost_events=int(about["lost_events"]),
    )


def _read(engine: Backend, path: Path) -> ibis.Table:
    schema = ibis.Schema.from_pyarrow(pq.read_schema(path))
    name = ibis.util.gen_name("copied")
    parquet(engine, name, path, schema)
    return ops.DatabaseTable(name, schema, engine).to_expr()


def _write(backend: ibis.BaseBackend, table: ibis.Table, first: list[str], path: Path) -> None:
    """Write a table sorted by its columns, some of them first, in groups of one size."""
    rest = [
        name for name, kind in table.schema().items() if name not in first and _SIMPLE.fullmatch(str(kind).lstrip("!"))
    ]
    ordered = table.order_by([*first, *rest])
    with alone(backend):
        schema = ordered.schema().to_pyarrow()
        with pq.ParquetWriter(path, schema, compression="zstd", store_schema=True) as writer:
            for group in _groups(backend.to_pyarrow_batches(ordered, chunk_size=_GROUP)):
                writer.write_table(group.cast(schema), row_group_size=_GROUP)


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield the rows in groups of one size, however they come."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        while sum(map(len, held)) >= _GROUP:
            whole = pa.Table.from_batches(held)
            yield whole.slice(0, _GROUP).combine_chunks()
            held = whole.slice(_GROUP).to_batches()
    if held:
        yield pa.Table.from_batches(held).combine_chunks()
