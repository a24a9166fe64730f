"""``netpol-workbench workspace``: what is kept, and what was decided."""

from __future__ import annotations

import typer

from workbench.cli.commands import Command, Group
from workbench.cli.workspace_asked import workspace_history, workspace_info, workspace_simulations, workspace_views
from workbench.cli.workspace_changed import (
    workspace_delete_flows,
    workspace_export,
    workspace_import,
    workspace_remove,
    workspace_undo,
)
from workbench.cli.workspace_checks import workspace_accept, workspace_declare

__all__ = ["app"]

app = typer.Typer(
    cls=Group,
    help="What is kept: flows, decisions with who, when and why, and saved views; undo, export and import.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("info", cls=Command)(workspace_info)
app.command("history", cls=Command)(workspace_history)
app.command("undo", cls=Command)(workspace_undo)
app.command("remove", cls=Command)(workspace_remove)
app.command("export", cls=Command)(workspace_export)
app.command("import", cls=Command)(workspace_import)
app.command("delete-flows", cls=Command)(workspace_delete_flows)
app.command("views", cls=Command)(workspace_views)
app.command("simulations", cls=Command)(workspace_simulations)
app.command("declare", cls=Command)(workspace_declare)
app.command("accept", cls=Command)(workspace_accept)
