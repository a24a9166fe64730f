"""The command line: one module a group of commands; no logic of its own."""

from workbench.cli.app import app, main

__all__ = ["app", "main"]
