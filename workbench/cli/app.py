"""``netpol-workbench``: which groups of commands there are.

Nothing here, nor at the top of the groups' modules, may import pandas or numpy: asking for help
must not take a second (architecture 4).
"""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli import baseline, connectivity, external, flows, report, workspace
from workbench.cli.anonymise import anonymise
from workbench.cli.bisect import bisect
from workbench.cli.check import check_policies
from workbench.cli.commands import Command, Group
from workbench.cli.cut import cut
from workbench.cli.doctor import doctor
from workbench.cli.generate import generate
from workbench.cli.opening import demo, lab, serve
from workbench.cli.order import order
from workbench.cli.permissiveness import how_permissive
from workbench.cli.ready import ready
from workbench.cli.repair import repair
from workbench.cli.simulate import simulate
from workbench.cli.testing import run_expectations
from workbench.ground import DISTRIBUTION, installed_version

__all__ = ["app", "main"]


app = typer.Typer(
    cls=Group,
    name=DISTRIBUTION,
    help="Which workloads may connect to which in Kubernetes: exact answers from manifests and policies.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(connectivity.app, name="connectivity")
app.add_typer(flows.app, name="flows")
app.command("check", cls=Command)(check_policies)
app.command("permissiveness", cls=Command)(how_permissive)
app.command("generate", cls=Command)(generate)
app.command("simulate", cls=Command)(simulate)
app.command("repair", cls=Command)(repair)
app.command("bisect", cls=Command)(bisect)
app.command("order", cls=Command)(order)
app.command("cut", cls=Command)(cut)
app.command("ready", cls=Command)(ready)
app.command("test", cls=Command)(run_expectations)
app.add_typer(baseline.app, name="baseline")
app.add_typer(external.app, name="external")
app.add_typer(report.app, name="report")
app.add_typer(workspace.app, name="workspace")
app.command("anonymise", cls=Command)(anonymise)
app.command("lab", cls=Command)(lab)
app.command("app", cls=Command)(serve)
app.command("demo", cls=Command)(demo)
app.command("doctor", cls=Command)(doctor)


def _print_version(value: bool) -> None:  # noqa: FBT001  (typer calls it so)
    if value:
        typer.echo(f"{DISTRIBUTION} {installed_version()}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def main() -> None:
    """Run the command line, as the installed program does."""
    app()
