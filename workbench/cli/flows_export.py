"""``netpol-workbench flows export``: flows as a table for other programs, or as a workspace for other people."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.anonymising import KeyFile, anonymiser_by
from workbench.cli.flows_answers import Asked, asked_flows
from workbench.cli.flows_loading import within_memory
from workbench.cli.flows_options import Denied, FlowFiles, FlowOptions, TimeOptions
from workbench.cli.grouped import grouped
from workbench.cli.options import OUTPUT, Quiet, Verbose
from workbench.cli.verdict import ProblemReporter
from workbench.cli.writing import new_folder
from workbench.ground import count_of, visible

if TYPE_CHECKING:
    from workbench.flows import Flows
    from workbench.ground import Anonymiser

__all__ = ["flows_export"]


@grouped
def flows_export(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    source: FlowOptions,
    time: TimeOptions,
    denied: Denied = False,
    anonymise: Annotated[
        bool,
        typer.Option(
            "--anonymise", help="Write stand-ins for all names, labels and addresses.", rich_help_panel=OUTPUT
        ),
    ] = False,
    key: KeyFile = None,
    file: Annotated[
        str,
        typer.Option(
            "-f",
            "--file",
            "--output-file",
            metavar="FILE",
            help="Write a table to this new file of Parquet.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    folder: Annotated[
        str,
        typer.Option(
            "-d",
            "--output-dir",
            metavar="DIR",
            help="Write anonymised flows, with their DNS answers, as a new workspace.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write flows as a table with the columns of the flow table, or anonymised ones as a workspace.

    The same key gives the same names as in manifests that `anonymise` writes. Flows that are left out by --since,
    --until or --denied have no say in who the client of the others is.

    ```
    netpol-workbench flows export -f flows.parquet
    netpol-workbench flows export hubble.jsonl.gz --anonymise --anonymise-key key.txt -f flows.parquet
    netpol-workbench flows export --anonymise -d shared/
    netpol-workbench flows edges -w shared/
    ```

    Exit status:

    - 0: the flows were written.
    - 1: some of the flows could not be read; all others were written.
    - 2: the command was not understood, there are no flows, or the file or folder is there already.
    """
    target = _target(file, folder, anonymise=anonymise)
    if key is not None and not anonymise:
        message = "a key is for --anonymise"
        raise typer.BadParameter(message, param_hint="'--anonymise-key'")
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="export")
    anonymiser = anonymiser_by(key, verdict) if anonymise else None
    with within_memory(source.memory_limit):
        flows, problems = asked_flows(Asked(files, source, time, None, None, verdict, denied=denied))
        try:
            count = _written(flows, anonymiser, target, source.memory_limit, is_folder=bool(folder))
        except OSError as error:
            message = f"cannot write {visible(str(target))}: {error}"
            raise typer.BadParameter(message) from error
    verdict.remark(f"{visible(str(target))}: {count_of(count, 'flow')}")
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


def _target(file: str, folder: str, *, anonymise: bool) -> Path:
    """Return where flows go, and refuse what is there already.

    Raises
    ------
    typer.BadParameter
        If it is, or if not one place is named.
    """
    if bool(file) == bool(folder):
        message = "name a new file, or a new folder"
        raise typer.BadParameter(message, param_hint="'-f', '-d'")
    if folder and not anonymise:
        message = "a folder is for anonymised flows (--anonymise): import others with `flows import -w DIR`"
        raise typer.BadParameter(message, param_hint="'-d'")
    if folder:
        new_folder(folder)
        return Path(folder).resolve()
    target = Path(file)
    if target.exists():
        message = f"{visible(file)} exists: name a new file"
        raise typer.BadParameter(message, param_hint="'-f'")
    if not target.parent.is_dir():
        message = f"the folder {visible(str(target.parent))} does not exist"
        raise typer.BadParameter(message, param_hint="'-f'")
    return target


def _written(
    flows: Flows, anonymiser: Anonymiser | None, target: Path, memory_limit: str | None, *, is_folder: bool
) -> int:
    """Write flows, as a whole or not at all, and return how many."""
    if anonymiser is None:
        flows.to_parquet(target)
        return len(flows)
    if not is_folder:
        found = flows.anonymised(anonymiser, memory_limit=memory_limit)
        found.to_parquet(target)
        return len(found)
    from workbench.workspace import Workspace  # noqa: PLC0415  (brings the rooms below)

    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as made:
        new = Path(made) / target.name
        with Workspace(new) as workspace:
            count = len(flows.anonymised(anonymiser, store=workspace.flows, memory_limit=memory_limit))
        new.replace(target)
    return count
