"""``netpol-workbench connectivity``: what the policies allow, one module a command."""

from __future__ import annotations

import typer

from workbench.cli.commands import Command, Group
from workbench.cli.connectivity_diff import connectivity_diff
from workbench.cli.connectivity_explain import connectivity_explain
from workbench.cli.connectivity_exposure import connectivity_exposure
from workbench.cli.connectivity_map import connectivity_map
from workbench.cli.connectivity_query import connectivity_query
from workbench.cli.connectivity_reach import connectivity_reach

__all__ = ["app"]

app = typer.Typer(
    cls=Group,
    help="What the policies allow: which workloads may connect to which, and why.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("map", cls=Command)(connectivity_map)
app.command("query", cls=Command)(connectivity_query)
app.command("explain", cls=Command)(connectivity_explain)
app.command("exposure", cls=Command)(connectivity_exposure)
app.command("diff", cls=Command)(connectivity_diff)
app.command("reach", cls=Command)(connectivity_reach)
