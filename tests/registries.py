"""Registries that forget after a test what it has registered."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from workbench.ground import Formats

__all__ = ["forgetful"]


def forgetful(formats: Formats[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test register formats, and install packages that offer some, for itself alone."""
    formats.names()  # our own are imported once
    plugins = copy(formats._plugins)
    plugins.__dict__.pop("_offered", None)
    plugins._known, plugins._failed = dict(plugins._known), {}
    monkeypatch.setattr(formats, "_plugins", plugins)
