"""Small clusters are compiled as large ones are, so that what large ones are given pays is tried, too."""

from __future__ import annotations

import pytest

from workbench.connectivity.engine import gaps, index_sets, permission_matrix


def as_large(patch: pytest.MonkeyPatch, wide: int) -> None:
    """Keep peer sets of `wide` ends or more as column groups, and others as column groups with gaps or as stretches."""
    patch.setattr(permission_matrix, "MIN_WIDE", wide)
    patch.setattr(permission_matrix, "MIN_SAVING", 0)
    patch.setattr(gaps, "CELLS_A_GROUP", 0)
    patch.setattr(gaps, "CELLS_A_STRETCH", 1000)
    patch.setattr(index_sets, "MIN_KEPT_SHORT", 1)
    patch.setattr(index_sets, "MANY_A_STRETCH", 1)
