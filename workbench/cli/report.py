"""``netpol-workbench report``: audits for others, what changed between two, and whether a bundle is true."""

from __future__ import annotations

import typer

from workbench.cli.commands import Command, Group
from workbench.cli.report_audit import report_audit
from workbench.cli.report_bundles import report_diff, report_verify

__all__ = ["app"]

app = typer.Typer(
    cls=Group,
    help="Audit reports: written from manifests and flows, compared, and proved again.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("audit", cls=Command)(report_audit)
app.command("diff", cls=Command)(report_diff)
app.command("verify", cls=Command)(report_verify)
