"""Tests of what is kept run on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.workspace.postgres import Server, postgres

__all__ = ["NewUrl", "new_url", "postgres", "url"]

NewUrl: TypeAlias = Callable[[], str]


def _sqlite() -> str:
    return ""


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest) -> NewUrl:
    """Return what gives the URL of a new database, as `Workspace` takes it."""
    if request.param == "sqlite":
        return _sqlite
    server: Server = request.getfixturevalue("postgres")
    return server.new_url


@pytest.fixture
def url(new_url: NewUrl) -> str:
    """Return the URL of a new database; empty for SQLite."""
    return new_url()
