"""The folder of recordings that are published by the projects whose formats are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["SAMPLES", "needs_samples"]

SAMPLES = Path(os.environ.get("NETPOL_SAMPLES", Path(__file__).resolve().parents[2].parent / "shared" / "samples"))
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"NETPOL_SAMPLES: there is no folder {SAMPLES}")
