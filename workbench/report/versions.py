"""Which versions of which packages an audit is made with."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Final

from workbench.ground import DISTRIBUTION, installed_version

__all__ = ["versions_here"]

_PACKAGES: Final = ("duckdb", "ibis-framework", "numpy", "pandas", "pyarrow")
"""Those that answers are computed with."""


def versions_here() -> Mapping[str, str]:
    """Return the versions that are installed."""
    found = {DISTRIBUTION: installed_version(), "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return MappingProxyType(found)
