"""What people pass to questions about flows, made plain: numbers as text, identifiers in any case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from workbench.ground import ArgumentError, Column

__all__ = ["values_asked"]

_NUMBERS: Final = ("int", "uint", "float")
_IN_CAPITALS: Final = "protocol"


def values_asked(column: Column, value: object) -> list[object]:
    """Return the values that a column may have, as the column has them; a text is one value.

    Parameters
    ----------
    column : Column
    value : object
        One value, or several.

    Raises
    ------
    ArgumentError
        If the column cannot have one of them; the message says which it can.
    """
    several = isinstance(value, Iterable) and not isinstance(value, (str, bytes))
    return [_asked(column, one) for one in (value if several else [value])]  # type: ignore[attr-defined]


def _asked(column: Column, value: object) -> object:
    if value is None:
        return None
    if column.dtype.lower().startswith(_NUMBERS):
        return _number(column, value)
    if column.identifiers:
        known = {one.lower(): one for one in column.identifiers}
        found = known.get(str(value).lower())
        if found is None:
            message = f"{column.name}={value!r} is not known: write one of {', '.join(map(repr, column.identifiers))}"
            raise ArgumentError(message)
        return found
    return value.upper() if column.name == _IN_CAPITALS and isinstance(value, str) else value


def _number(column: Column, value: object) -> object:
    try:
        if not isinstance(value, bool):
            return float(str(value)) if column.dtype.lower().startswith("float") else int(str(value))
    except ValueError:
        pass
    message = f"{column.name}={value!r} is not a number: write one, such as {column.name}=443"
    raise ArgumentError(message)
