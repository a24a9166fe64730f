"""``netpol-workbench report diff`` and ``verify``: what is asked of bundles of audits."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from workbench.cli.options import (
    ANSWER,
    OUTPUT,
    AuditDiffFormat,
    OutputFile,
    Quiet,
    VerificationFormat,
)
from workbench.cli.progress import shown_progress
from workbench.cli.writing import choose_destination, write

__all__ = ["CHANGED", "report_diff", "report_verify"]

CHANGED = 3
"""Exit status of ``diff --exit-code`` where something differs, and of ``verify`` where a bundle is not true."""

_Bundle: TypeAlias = Annotated[str, typer.Argument(metavar="BUNDLE", help="Folder that `report audit -d` has written.")]


def report_diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Bundle of the earlier audit.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="Bundle of the later audit.")],
    *,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help=f"Exit with {CHANGED} if anything differs.", rich_help_panel=OUTPUT),
    ] = False,
    output: AuditDiffFormat = None,
    file: OutputFile = None,
) -> None:
    """Tell what changed from one audit to another: findings, coverage, exposure, connections, policies, figures.

    ```
    netpol-workbench report diff audit-2026-q4 audit-2027-q1
    netpol-workbench report diff audit-2026-q4 audit-2027-q1 -f changes.html
    ```

    Exit status:

    - 0: what differs was written, also where nothing does.
    - 2: the command was not understood, or a bundle does not exist or cannot be read.
    - 3: with --exit-code only: something differs.
    """
    destination = choose_destination("audit-diff", "changes", output=output, file=file)
    from workbench.report import diff_audits, read_bundle  # noqa: PLC0415  (brings pandas)

    found = diff_audits(read_bundle(before), read_bundle(after))
    write(found.render(destination.format_name), destination.file)
    raise typer.Exit(CHANGED if exit_code and len(found) else 0)


def report_verify(
    bundle: _Bundle,
    *,
    digest: Annotated[
        str,
        typer.Option(
            "--digest",
            metavar="HEX",
            help="The digest that `report audit` said, kept elsewhere.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = "",
    output: VerificationFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
) -> None:
    """Prove an audit again: compare the hash of each file, compute all answers anew, and name each cell that differs.

    ```
    netpol-workbench report verify audit-2026-q4
    netpol-workbench report verify audit-2026-q4 --digest 5f70bf18a086…
    ```

    Exit status:

    - 0: every file is as it was written, and every answer was found again.
    - 2: the command was not understood, or there is no bundle.
    - 3: a file was changed, or an answer is another one now.
    """
    destination = choose_destination("verification", "verification", output=output, file=file)
    with shown_progress(wanted=not quiet) as progress:
        from workbench.report import verify_bundle  # noqa: PLC0415  (brings pandas)

        found = verify_bundle(bundle, digest=digest, progress=progress)
    write(found.render(destination.format_name), destination.file)
    raise typer.Exit(0 if found.ok else CHANGED)
