"""How a table is read: which of its columns is what, said in a call or written down once in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from workbench.flows.tables.rows import FlowTableError

__all__ = ["TableMapping", "Times", "read_mapping"]

Times: TypeAlias = Literal["seconds", "milliseconds", "microseconds", "nanoseconds", "rfc3339"]
"""How times are written: numbers since 1970, or text."""


def _texts_as_keys(value: object) -> object:
    """Return what stands for values by their texts: YAML reads a protocol's number as a number."""
    return {_text(key): meaning for key, meaning in value.items()} if isinstance(value, Mapping) else value


def _text(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


class TableMapping(BaseModel):
    """How a table is read.

    Attributes
    ----------
    columns : mapping of str to str
        For a column of the flow table (or a hint: ``is_reply``, ``tcp_syn``, ``tcp_ack``, ``source_is_client``),
        the column of the source. Columns that have the schema's own names are found without it.
    constants : mapping of str to object
        For a column of the flow table, the value of all rows.
    translations : mapping of str to (mapping of str to object)
        What values of the table stand for: ``{"verdict": {"ACCEPT": "allowed"}}``.
    times : {"seconds", "milliseconds", "microseconds", "nanoseconds", "rfc3339"}
        How times are written that are not datetimes. Times without a zone are UTC.
    source_is_client : bool, optional
        Whether the source of every row is its client; by default that is not known.
    delimiter : str
        Of a CSV file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    columns: Mapping[str, str] = {}
    constants: Mapping[str, Any] = {}
    translations: Mapping[str, Annotated[Mapping[str, Any], BeforeValidator(_texts_as_keys)]] = {}
    times: Times = "rfc3339"
    source_is_client: bool | None = None
    delimiter: str = ","


def read_mapping(path: str | Path) -> TableMapping:
    """Return the mapping that a YAML or JSON file holds.

    Raises
    ------
    FlowTableError
        If it is none; the message names each field that is wrong.
    OSError
        If the file cannot be read.
    """
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        return TableMapping.model_validate(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{path} is not valid YAML: {error}"
        raise FlowTableError(message) from error
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, part['loc'])) or 'it'}: {part['msg']}" for part in error.errors())
        message = f"{path} is not a valid mapping of a table: {reasons}"
        raise FlowTableError(message) from error
