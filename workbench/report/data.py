"""The tables of an audit as files for programs: CSV, JSON and Parquet, the same bytes for the same cells."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from workbench.ground import ANSWER_FORMATS, LABELS, TEXTS, Column, Table, json_rows, json_text, needed_by

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.report.audit import Audit
    from workbench.report.model import ReportTable

__all__ = ["columns_said", "data_files", "frame_of", "parquet_bytes", "table_said"]

_INTERVALS: Final = ("protocol", "first", "last")


def data_files(audit: Audit) -> dict[str, bytes]:
    """Return the files of all tables, by name: each table as CSV, JSON and Parquet.

    Parameters
    ----------
    audit : Audit
    """
    found: dict[str, bytes] = {}
    for name in sorted(audit.tables):
        table = audit.tables[name]
        found[f"{name}.csv"] = str(ANSWER_FORMATS.render("table", "csv", table.frame)).encode()
        found[f"{name}.json"] = json_text(json_rows(table.frame)).encode()
        found[f"{name}.parquet"] = parquet_bytes(table)
    return found


def parquet_bytes(table: ReportTable) -> bytes:
    """Return a table as Parquet.

    Parameters
    ----------
    table : ReportTable
    """
    with needed_by("data as Parquet"):
        import pyarrow as pa  # noqa: PLC0415  (of an extra)
        import pyarrow.parquet as pq  # noqa: PLC0415  (likewise)

    columns = {one.name: _array(one, table.frame[one.name]) for one in table.table.columns}
    fields = [pa.field(one.name, columns[one.name].type, one.nullable) for one in table.table.columns]
    content = BytesIO()
    arrow = pa.Table.from_arrays(list(columns.values()), schema=pa.schema(fields))
    pq.write_table(arrow, content, compression="zstd", store_schema=True)
    return content.getvalue()


def frame_of(content: bytes, table: Table) -> pd.DataFrame:
    """Return what `parquet_bytes` has written, as a frame that the table promises.

    Parameters
    ----------
    content : bytes
    table : Table

    Raises
    ------
    ValueError
        If it is no Parquet, or of another table.
    """
    with needed_by("data as Parquet"):
        import pyarrow as pa  # noqa: PLC0415  (of an extra)
        import pyarrow.parquet as pq  # noqa: PLC0415  (likewise)

    try:
        arrow = pq.read_table(BytesIO(content))
        cells: dict[str, Any] = {one.name: _cells(one, arrow.column(one.name)) for one in table.columns}
        return table.from_columns(cells)
    except (pa.ArrowException, OSError, KeyError, TypeError, AssertionError, OverflowError) as error:
        message = f"it is not the table {table.name}: {error}"
        raise ValueError(message) from error


def _array(column: Column, cells: pd.Series[Any]) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415  (of an extra)

    if column.dtype == "object":
        kind: Any
        if column.holds == TEXTS:
            kind, values = pa.list_(pa.string()), [None if cell is None else list(cell) for cell in cells]
        elif column.holds == LABELS:
            kind = pa.map_(pa.string(), pa.string())
            values = [None if cell is None else sorted(cell.items()) for cell in cells]
        else:
            parts = zip(_INTERVALS, (pa.string(), pa.int64(), pa.int64()), strict=True)
            kind = pa.list_(pa.struct(list(parts)))
            values = [
                None if cell is None else [dict(zip(_INTERVALS, one, strict=True)) for one in cell] for cell in cells
            ]
        return pa.array(values, kind)
    if column.dtype in {"str", "category"}:
        return pa.array([None if pd.isna(cell) else str(cell) for cell in cells], pa.string())
    return pa.Array.from_pandas(cells)


def _cells(column: Column, found: pa.ChunkedArray) -> Any:  # noqa: ANN401  (what a frame is made of)
    if column.dtype != "object":
        return (
            pd.Series(found.to_pylist(), dtype="str") if column.dtype in {"str", "category"} else _series(column, found)
        )
    listed = found.to_pylist()
    if column.holds == TEXTS:
        return [None if cell is None else tuple(cell) for cell in listed]
    if column.holds == LABELS:
        return [None if cell is None else dict(cell) for cell in listed]
    return [None if cell is None else tuple(tuple(one[name] for name in _INTERVALS) for one in cell) for cell in listed]


def _series(column: Column, found: pa.ChunkedArray) -> pd.Series[Any]:
    is_time = column.dtype.startswith(("datetime", "timedelta"))
    made: pd.Series[Any] = pd.Series(found.to_pandas() if is_time else found.to_pylist(), dtype=column.dtype)
    return made


def columns_said(table: Table) -> dict[str, Any]:
    """Return the definition of a table, as JSON has it.

    Parameters
    ----------
    table : Table
    """
    return {"name": table.name, "row": table.row, "columns": [list(_said(one)) for one in table.columns]}


def _said(column: Column) -> tuple[Any, ...]:
    return (column.name, column.dtype, column.meaning, column.nullable, list(column.identifiers), column.holds)


def table_said(said: Mapping[str, Any]) -> Table:
    """Return the table that `columns_said` has written.

    Parameters
    ----------
    said : mapping

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is none.
    """
    columns = tuple(
        Column(str(name), str(dtype), str(meaning), bool(nullable), tuple(map(str, identifiers)), str(holds))
        for name, dtype, meaning, nullable, identifiers, holds in said["columns"]
    )
    return Table(str(said["name"]), str(said["row"]), columns)
