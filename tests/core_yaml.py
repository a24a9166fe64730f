"""What a reader of YAML 1.2 makes of a text: PyYAML with the core schema (YAML 1.2.2, 10.3.2)."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

__all__ = ["read_core_yaml"]

_TAG: Final = "tag:yaml.org,2002:"
_SCALARS: Final = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    "float": r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
}


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (not those of YAML 1.1)


def _whole(_: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(node.value, 0 if node.value.startswith(("0o", "0x")) else 10)


for name, pattern in _SCALARS.items():
    _Loader.add_implicit_resolver(_TAG + name, re.compile(f"^(?:{pattern})$"), None)
_Loader.add_constructor(f"{_TAG}int", _whole)


def read_core_yaml(text: str) -> list[Any]:
    """Return the documents of a text."""
    return list(yaml.load_all(text, _Loader))
