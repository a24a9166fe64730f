"""The manifests that a command was pointed at, as a Cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import typer

from workbench.manifests.problems import Problem, ProblemError, Severity
from workbench.manifests.reading import NOTHING_FOUND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.cli.options import ReadingOptions
    from workbench.cli.verdict import Verdict
    from workbench.inventory.cluster import Cluster
    from workbench.manifests.progress import Progress

__all__ = ["STDIN", "Inputs", "check_paths", "load_inputs", "missing_workloads"]

STDIN = "-"


class Inputs(NamedTuple):
    """Which manifests a command is about.

    Attributes
    ----------
    paths : sequence of str
        Folders, files and archives; ``-`` is the standard input.
    namespace : str
        That of objects that name none; empty for the usual one.
    kustomize, helm : sequence of str
        Kustomizations and charts that are to be rendered.
    values : sequence of str
        Files of values for the charts.
    cache : bool
        Whether to use what was parsed before.

    """

    paths: Sequence[str]
    namespace: str = ""
    kustomize: Sequence[str] = ()
    helm: Sequence[str] = ()
    values: Sequence[str] = ()
    cache: bool = True

    @classmethod
    def of(cls, paths: Sequence[str] | None, reading: ReadingOptions) -> Self:
        """Return what the words and options of a command name.

        Raises
        ------
        typer.BadParameter
            If they name nothing, or something that does not exist, or do not go together.

        """
        found = cls(
            paths or (),
            reading.namespace,
            reading.kustomize or (),
            reading.helm or (),
            reading.values or (),
            not reading.no_cache,
        )
        if not (found.paths or found.kustomize or found.helm):
            message = "no folder or file with manifests was named"
            raise typer.BadParameter(message, param_hint="DIR")
        if found.values and not found.helm:
            message = "values are for a chart: name it with --helm"
            raise typer.BadParameter(message, param_hint="'--values'")
        check_paths(found.paths)
        for option in ("kustomize", "helm", "values"):
            for path in getattr(found, option):
                if not _exists(path):
                    message = f"there is no folder or file {path}"
                    raise typer.BadParameter(message, param_hint=f"'--{option}'")
        return found

    def __str__(self) -> str:
        """Return what was named, as it was."""
        return " ".join((*self.paths, *self.kustomize, *self.helm))


def check_paths(paths: Sequence[str]) -> None:
    """Refuse paths that lead nowhere.

    Raises
    ------
    typer.BadParameter
        If one does not exist, or if standard input is named twice.

    """
    for path in paths:
        if path != STDIN and not _exists(path):
            message = f"there is no folder or file {path}"
            raise typer.BadParameter(message, param_hint="DIR")
    if list(paths).count(STDIN) > 1:
        message = "standard input (-) can be read once only"
        raise typer.BadParameter(message, param_hint="DIR")


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # such a name cannot even be asked for
        return False


def load_inputs(inputs: Inputs, verdict: Verdict, progress: Progress) -> Cluster:
    """Read what `inputs` name.

    Raises
    ------
    typer.Exit
        With status 1 at the first error, where `verdict` says so; with status 2 if there is no object at all.

    """
    from workbench.inventory import load_manifests  # noqa: PLC0415  (brings pydantic)

    try:
        cluster = load_manifests(
            inputs.paths,
            kustomize=inputs.kustomize,
            helm=inputs.helm,
            values=inputs.values,
            strict=verdict.fail,
            namespace=inputs.namespace,
            progress=progress,
            cache=inputs.cache,
        )
    except ProblemError as error:
        verdict.report_first([error.problem])
        raise typer.Exit(2 if error.problem.code == NOTHING_FOUND else 1) from None
    if not cluster.objects.manifests:
        verdict.report(cluster.problems_found, nothing_read=True)
        raise typer.Exit(2)
    return cluster


def missing_workloads(cluster: Cluster, inputs: Inputs) -> list[Problem]:
    """Return a warning if there is nothing that could talk at all."""
    if cluster.objects.workloads or not cluster.objects.manifests:
        return []  # that there is nothing at all was said while reading
    return [
        Problem(
            Severity.WARNING,
            "no-workloads",
            f"no workloads found in {inputs}, so the map is empty",
            remedy="add the manifests of Pods, Deployments, StatefulSets, DaemonSets, Jobs or CronJobs",
        )
    ]
