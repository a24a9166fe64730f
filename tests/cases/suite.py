"""Small inputs rebuilt from public reports, with their right answers, where the folder that holds them is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["case", "folder"]


def folder() -> Path:
    """Return the folder of the cases, whether or not it exists."""
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("NETPOL_CASES", root.parent / "shared" / "cases"))


def case(name: str) -> Path:
    """Return the folder of one case, such as ``policies/a27-siblings-diff``; skip the test where it is absent."""
    found = folder() / name
    if not found.exists():
        pytest.skip(f"the case {name} is not at hand")
    return found
