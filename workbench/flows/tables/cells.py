"""What the cells of a table mean: which column is what, how times are written, what stands for which value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from workbench.flows.addresses import classify_address
from workbench.flows.normalize import domains_of, labels_of, transport_of
from workbench.flows.readers.registry import Observation
from workbench.flows.schema import COLUMNS, OBSERVATION_SCHEMA
from workbench.flows.tables.mapping import TableMapping
from workbench.flows.times import from_datetime, from_milliseconds, from_nanoseconds, from_rfc3339, from_seconds

__all__ = ["MAPPABLE", "observing"]

_TIMES: Final[Mapping[str, Callable[[Any], int]]] = {
    "seconds": from_seconds,
    "milliseconds": from_milliseconds,
    "microseconds": lambda value: from_nanoseconds(int(value) * 1000),
    "nanoseconds": from_nanoseconds,
    "rfc3339": lambda value: from_rfc3339(str(value)),
}
_ORIGIN: Final = frozenset({"source_format", "source_file", "source_line", "orientation", "confidence"})
"""Columns that the import fills in."""
_ALLOWED: Final = {name: allowed for name, *_, allowed, _, _, _ in COLUMNS if name not in _ORIGIN}
"""The values of categories; empty for other columns."""
MAPPABLE: Final = (*_ALLOWED, *OBSERVATION_SCHEMA.names[len(COLUMNS) :])
"""The columns that a table may give: those of the flow table, and hints."""
_REMEMBERED: Final = 1 << 14
"""So many different texts of a column are remembered."""
_TRUE: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class _Cells(dict[str, Any]):
    """What the texts of a column mean; most repeat from row to row, and are looked at once."""

    def __init__(self, name: str, mapping: TableMapping) -> None:
        super().__init__()
        self._name, self._column = name, mapping.columns.get(name, name)
        self._translated, self._fits = mapping.translations.get(name, {}), _fitting(name, mapping)

    def __missing__(self, text: str) -> Any:  # noqa: ANN401  (whatever it means)
        value = self.value(text)
        if len(self) < _REMEMBERED:
            self[text] = value
        return value

    def value(self, value: Any) -> Any:  # noqa: ANN401  (whatever is in a cell)
        """Return what a cell holds as its column takes it; None where it is empty.

        Raises
        ------
        ValueError
            If it does not fit.
        """
        translated = self._translated.get(value if isinstance(value, str) else str(value), value)
        if _is_missing(translated):
            return None
        try:
            return self._fits(translated)
        except (ValueError, TypeError, OverflowError, LookupError) as error:
            message = f"{self._name} cannot be {translated!r:.80} (column {self._column!r})"
            raise ValueError(message) from error


def observing(mapping: TableMapping) -> Callable[[Mapping[str, Any]], Observation]:
    """Return a function that gives a row by the schema's names; it raises ValueError where a value does not fit."""
    cells = [(name, column, _Cells(name, mapping)) for name, column in mapping.columns.items()]
    fixed = [(name, value, _Cells(name, mapping)) for name, value in mapping.constants.items()]

    def observation(row: Mapping[str, Any]) -> Observation:
        found: Observation = {}
        for name, column, texts in cells:
            cell = row[column]
            value = texts[cell] if type(cell) is str else texts.value(cell)
            if value is not None:
                found[name] = value
        for name, constant, texts in fixed:
            value = texts[constant] if type(constant) is str else texts.value(constant)
            if value is not None:
                found[name] = value
        return found

    return observation


def _is_missing(value: Any) -> bool:  # noqa: ANN401  (whatever is in a cell)
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _fitting(name: str, mapping: TableMapping) -> Callable[[Any], Any]:  # noqa: PLR0911  (one return a type of column)
    """Return the function that gives a value as its column takes it."""
    kind = OBSERVATION_SCHEMA.field(name).type
    if pa.types.is_timestamp(kind):
        written = _TIMES[mapping.times]
        return lambda value: from_datetime(value) if isinstance(value, datetime) else written(value)
    if pa.types.is_integer(kind):
        return _whole
    if pa.types.is_boolean(kind):
        return lambda value: value if isinstance(value, bool) else _TRUE[str(value).strip().lower()]
    if pa.types.is_map(kind):
        return lambda value: labels_of(value) if isinstance(value, str) else dict(value)
    if name.endswith("_domain"):
        return lambda value: domains_of(value.split(",") if isinstance(value, str) else value)
    if pa.types.is_list(kind):
        return list
    if name == "network_transport":
        return transport_of
    if name.endswith("_address"):
        return _address
    allowed = _ALLOWED.get(name, ())
    return partial(_one_of, allowed) if allowed else lambda value: str(value).strip()


def _address(value: Any) -> str:  # noqa: ANN401  (whatever is in a cell)
    text = str(value).strip()
    if not classify_address(text).family:
        message = f"{text} is not a valid address"
        raise ValueError(message)
    return text


def _one_of(allowed: tuple[str, ...], value: Any) -> str:  # noqa: ANN401  (whatever is in a cell)
    text = str(value).strip().lower()
    if text not in allowed:
        message = f"one of {', '.join(allowed)}"
        raise ValueError(message)
    return text


def _whole(value: Any) -> int:  # noqa: ANN401  (whatever is in a cell)
    """Return a whole number; numbers with missing values among them come as floats."""
    if type(value) is int:
        return value
    text = str(value).strip()
    if text.lstrip("+-").isdecimal():
        return int(text)
    number = float(text)
    if not number.is_integer():
        message = f"{text} is not a whole number"
        raise ValueError(message)
    return int(number)
