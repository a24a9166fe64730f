"""``netpol-workbench flows``: what the cluster was seen to do, one module a command."""

from __future__ import annotations

import typer

from workbench.cli.commands import Command, Group
from workbench.cli.flows_ask import flows_dns, flows_edges, flows_summary, flows_timeline
from workbench.cli.flows_compare import flows_compare
from workbench.cli.flows_export import flows_export
from workbench.cli.flows_import import flows_formats, flows_import
from workbench.cli.flows_verify import flows_verify

__all__ = ["app"]

app = typer.Typer(
    cls=Group,
    help="What the cluster was seen to do: flows from Hubble, Calico, NetObserv, cloud logs and others.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("import", cls=Command)(flows_import)
app.command("summary", cls=Command)(flows_summary)
app.command("edges", cls=Command)(flows_edges)
app.command("compare", cls=Command)(flows_compare)
app.command("dns", cls=Command)(flows_dns)
app.command("timeline", cls=Command)(flows_timeline)
app.command("export", cls=Command)(flows_export)
app.command("formats", cls=Command)(flows_formats)
app.command("verify", cls=Command)(flows_verify)
