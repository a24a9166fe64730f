"""Where the expected answers of the reference tools are, and the table of how ours compare."""

from __future__ import annotations

from tests.conformance.table import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]
