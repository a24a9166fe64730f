"""The manifests that a command was pointed at, as a Cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.manifests.problems import Problem, ProblemError, Severity
from workbench.manifests.reading import NOTHING_FOUND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.cli.verdict import Verdict
    from workbench.inventory.cluster import Cluster
    from workbench.manifests.progress import Progress

__all__ = ["STDIN", "check_inputs", "load_inputs", "missing_workloads"]

STDIN = "-"


def check_inputs(paths: Sequence[str]) -> None:
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


def load_inputs(paths: Sequence[str], verdict: Verdict, progress: Progress, namespace: str = "") -> Cluster:
    """Read what stands at `paths`, or on standard input for ``-``; objects that name no namespace are in `namespace`.

    Raises
    ------
    typer.Exit
        With status 1 at the first error, where `verdict` says so; with status 2 if there is no object at all.

    """
    from workbench.inventory import load_manifests  # noqa: PLC0415  (brings pydantic)

    try:
        cluster = load_manifests(paths, strict=verdict.fail, progress=progress, namespace=namespace)
    except ProblemError as error:
        verdict.report_first([error.problem])
        raise typer.Exit(2 if error.problem.code == NOTHING_FOUND else 1) from None
    if not cluster.objects.manifests:
        verdict.report(cluster.problems_found, nothing_read=True)
        raise typer.Exit(2)
    return cluster


def missing_workloads(cluster: Cluster, paths: Sequence[str]) -> list[Problem]:
    """Return a warning if there is nothing that could talk at all."""
    if cluster.objects.workloads or not cluster.objects.manifests:
        return []  # that there is nothing at all was said while reading
    return [
        Problem(
            Severity.WARNING,
            "no-workloads",
            f"no workloads found in {' '.join(paths)}, so the map is empty",
            remedy="add the manifests of Pods, Deployments, StatefulSets, DaemonSets, Jobs or CronJobs",
        )
    ]
