"""``netpol-workbench baseline``: what is normal, and what was seen that is not."""

from __future__ import annotations

import typer

from workbench.cli.baseline_ask import (
    baseline_anomalies,
    baseline_assurance,
    baseline_export,
    baseline_status,
    baseline_violations,
)
from workbench.cli.baseline_change import (
    baseline_follow,
    baseline_import,
    baseline_mode,
    baseline_note,
    baseline_suppress,
)
from workbench.cli.baseline_decide import (
    baseline_add,
    baseline_forget,
    baseline_learn,
    baseline_lock,
    baseline_mark,
    baseline_names,
    baseline_unlock,
)
from workbench.cli.baseline_seen import baseline_gone, baseline_workloads
from workbench.cli.commands import Command, Group

__all__ = ["app"]

app = typer.Typer(
    cls=Group,
    help="What is normal for each workload, learnt from flows and kept in the workspace, and what was seen besides.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("learn", cls=Command)(baseline_learn)
app.command("status", cls=Command)(baseline_status)
app.command("lock", cls=Command)(baseline_lock)
app.command("unlock", cls=Command)(baseline_unlock)
app.command("mode", cls=Command)(baseline_mode)
app.command("mark", cls=Command)(baseline_mark)
app.command("add", cls=Command)(baseline_add)
app.command("forget", cls=Command)(baseline_forget)
app.command("names", cls=Command)(baseline_names)
app.command("note", cls=Command)(baseline_note)
app.command("anomalies", cls=Command)(baseline_anomalies)
app.command("violations", cls=Command)(baseline_violations)
app.command("suppress", cls=Command)(baseline_suppress)
app.command("assurance", cls=Command)(baseline_assurance)
app.command("gone", cls=Command)(baseline_gone)
app.command("workloads", cls=Command)(baseline_workloads)
app.command("follow", cls=Command)(baseline_follow)
app.command("import", cls=Command)(baseline_import)
app.command("export", cls=Command)(baseline_export)
