"""``netpol-workbench anonymise``: manifests that can be shown to others, with stand-ins for names and addresses."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.anonymising import KeyFile, anonymiser_by
from workbench.cli.asking import verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import OUTPUT, InputPaths, ReadingOptions, ReportingOptions
from workbench.cli.progress import shown_progress
from workbench.cli.writing import new_folder, write_folder
from workbench.ground import count_of, visible

__all__ = ["anonymise"]


@grouped
def anonymise(
    paths: InputPaths = None,
    *,
    folder: Annotated[
        str,
        typer.Option(
            "-d",
            "--output-dir",
            metavar="DIR",
            help="Write the manifests into this new folder, a file for each namespace.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ],
    key: KeyFile = None,
    reading: ReadingOptions,
    reporting: ReportingOptions,
) -> None:
    """Write manifests that answer all questions alike, with stand-ins for names, labels and addresses.

    Only fields that answers go by are written: no environment, no annotations, no images, no data. Objects of other
    kinds are left out, and counted. Names that every cluster has stay, such as kube-system.

    ```
    netpol-workbench anonymise manifests/ -d shared/ --anonymise-key key.txt
    netpol-workbench connectivity map shared/
    ```

    Exit status:

    - 0: the manifests were written.
    - 1: there are errors in the manifests; what could be read was written, unless --fail or --strict forbade it.
    - 2: no Kubernetes object was found, the command was not understood, or the folder is not a new one.
    """
    inputs = Inputs.of(paths, reading)
    target = new_folder(folder)
    if target is None:
        message = "name the new folder"
        raise typer.BadParameter(message, param_hint="'--output-dir'")
    verdict = verdict_of(reporting, "folder")
    anonymiser = anonymiser_by(key, verdict)
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        from workbench.inventory import anonymised, manifest_files  # noqa: PLC0415  (brings pydantic)

        found = anonymised(cluster, anonymiser)
    problems = cluster.problems_found
    if not verdict.refuses(problems):
        files = manifest_files(found)
        write_folder(files, target)
        objects = count_of(len(found.objects.manifests), "object")
        verdict.remark(f"{visible(folder)}: {objects} in {count_of(len(files), 'file')}")
        for problem in found.problems_found:
            if problem.code == "not-anonymised":
                verdict.remark(problem.message)
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))
