"""``netpol-workbench external``: what addresses outside are called."""

from __future__ import annotations

import typer

from workbench.cli.commands import Command, Group
from workbench.cli.external_asked import external_export, external_list, external_lookup, external_suggest
from workbench.cli.external_changed import (
    external_add,
    external_forget,
    external_hide_providers,
    external_import,
    external_remove,
    external_rename,
    external_show_providers,
)

__all__ = ["app"]

app = typer.Typer(
    cls=Group,
    help="What addresses outside are called: blocks with names, known servers and ranges of providers.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list", cls=Command)(external_list)
app.command("lookup", cls=Command)(external_lookup)
app.command("suggest", cls=Command)(external_suggest)
app.command("add", cls=Command)(external_add)
app.command("rename", cls=Command)(external_rename)
app.command("remove", cls=Command)(external_remove)
app.command("import", cls=Command)(external_import)
app.command("forget", cls=Command)(external_forget)
app.command("hide-providers", cls=Command)(external_hide_providers)
app.command("show-providers", cls=Command)(external_show_providers)
app.command("export", cls=Command)(external_export)
