"""Folders that commands are tried on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import SHOP


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with the manifests of a small shop."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.yaml").write_text(SHOP)
    return folder
