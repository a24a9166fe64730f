"""What becomes of one field of a manifest: only what a treatment knows comes through, and never a text as it was.

What is no valid value for a field is replaced by one that is not valid either, so that what was refused stays refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from workbench.ground import Anonymiser

__all__ = [
    "SELECTOR",
    "Treatment",
    "address",
    "block",
    "constant",
    "each",
    "expression",
    "fields",
    "flag",
    "labels",
    "misfit",
    "moment",
    "number",
    "one_of",
    "port",
    "selector",
    "text",
]

Treatment: TypeAlias = Callable[[Any, Anonymiser], Any]
"""Returns what stands in for a JSON value."""

_NUMERAL: Final = re.compile(r"[0-9]{1,10}")
_PORTS: Final = re.compile(r"\s*[0-9]{1,5}\s*([-:]\s*[0-9]{1,5}\s*)?")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[-+][0-9]{2}:[0-9]{2})"
)
_FLAGS: Final = frozenset(("true", "false", "y", "Y", "n", "N", "yes", "no", ""))
_UNKNOWN: Final = "unknown"


def misfit(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Return a value of the same type that says nothing."""
    if isinstance(value, str):
        return anonymiser.free_text("text", value)
    if isinstance(value, Mapping):
        return {}
    if isinstance(value, list):
        return []
    return value if value is None or isinstance(value, bool) else type(value)(0)


def constant(stand_in: str) -> Treatment:
    """Return a treatment that puts the same in place of any text."""
    return lambda value, anonymiser: stand_in if value and isinstance(value, str) else misfit(value, anonymiser)


def number(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Keep a number, also one that is written as a text."""
    is_number = value is None or isinstance(value, (bool, int, float))
    if is_number or (isinstance(value, str) and _NUMERAL.fullmatch(value)):
        return value
    return misfit(value, anonymiser)


def flag(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Keep true and false, and what people write for it."""
    return value if isinstance(value, str) and value in _FLAGS else misfit(value, anonymiser)


def moment(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Keep a time."""
    return value if isinstance(value, str) and _MOMENT.fullmatch(value) else misfit(value, anonymiser)


def text(make: Callable[[Anonymiser, str], str]) -> Treatment:
    """Return a treatment of texts."""
    return lambda value, anonymiser: make(anonymiser, value) if isinstance(value, str) else misfit(value, anonymiser)


def one_of(*words: str) -> Treatment:
    """Return a treatment that keeps certain words, in whatever case."""
    known = frozenset(word.casefold() for word in ("", *words))

    def kept(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
        return value if isinstance(value, str) and value.casefold() in known else misfit(value, anonymiser)

    return kept


def each(treatment: Treatment) -> Treatment:
    """Return a treatment of lists."""

    def treated(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
        if not isinstance(value, list):
            return misfit(value, anonymiser)
        return [treatment(entry, anonymiser) for entry in value]

    return treated


def fields(known: Mapping[str, Treatment], *, exact: bool = False) -> Treatment:
    """Return a treatment of objects, which keeps the fields that are known.

    Parameters
    ----------
    known : mapping of str to Treatment
    exact : bool
        Whether the API server refuses other fields: then each leaves one that is unknown as well.
    """

    def treated(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
        if not isinstance(value, Mapping):
            return misfit(value, anonymiser)
        kept = {name: treatment(value[name], anonymiser) for name, treatment in known.items() if name in value}
        others = (str(name) for name in value if name not in known) if exact else ()
        return {**kept, **dict.fromkeys(anonymiser.free_text(_UNKNOWN, name) or _UNKNOWN for name in others)}

    return treated


def labels(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Treat labels: keys and values."""
    if not isinstance(value, Mapping):
        return misfit(value, anonymiser)
    found = {anonymiser.label_key(str(key)): _label(str(key), one, anonymiser) for key, one in value.items()}
    return dict(sorted(found.items()))


def _label(key: str, value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    return anonymiser.label_value(key, value) if isinstance(value, str) else misfit(value, anonymiser)


_OPERATOR: Final = one_of("In", "NotIn", "Exists", "DoesNotExist")


def expression(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Treat an entry of ``matchExpressions``, whose values are those of its key."""
    key = value.get("key") if isinstance(value, Mapping) else None
    values = each(lambda one, _: _label(key if isinstance(key, str) else "", one, anonymiser))
    return fields({"key": text(Anonymiser.label_key), "operator": _OPERATOR, "values": values}, exact=True)(
        value, anonymiser
    )


SELECTOR: Final[Mapping[str, Treatment]] = MappingProxyType(
    {"matchLabels": labels, "matchExpressions": each(expression)}
)
selector: Final = fields(SELECTOR, exact=True)
address: Final = text(Anonymiser.address)
block: Final = text(Anonymiser.block)


def port(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Treat the number or the name of a port, or what looks like several numbers."""
    if isinstance(value, str):
        return value if _PORTS.fullmatch(value) else anonymiser.port_name(value)
    return number(value, anonymiser)
