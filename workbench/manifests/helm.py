"""Which documents are templates still, and how that is said: one problem a Helm chart, with the command for it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from workbench.ground import Problem, Severity
from workbench.manifests.documents import Document

__all__ = ["TEMPLATE", "is_template", "summed_up_by_chart", "template_problem"]

TEMPLATE: Final = "{{"
_CHART: Final = "Chart.yaml"


def is_template(document: Document) -> bool:
    """Tell whether a document is a template still: it is not valid YAML because of it, or it is not named yet."""
    if TEMPLATE not in document.text:
        return False
    if document.reading.flaws:
        return True
    content = document.content
    if not isinstance(content, Mapping):
        return isinstance(content, str)
    metadata = content.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    labels = metadata.get("labels")
    labels = labels if isinstance(labels, Mapping) else {}
    identity = (
        *(content.get(key) for key in ("apiVersion", "kind")),
        *(metadata.get(key) for key in ("name", "namespace")),
        *labels,
        *labels.values(),
    )
    return any(isinstance(value, str) and TEMPLATE in value for value in identity)


def template_problem(file: str, text: str) -> Problem:
    """Return the problem of one file that holds templates."""
    line = text.count("\n", 0, text.index(TEMPLATE)) + 1
    message = "a template ({{ … }}): what it stands for is not known before it is rendered"
    remedy = "render it first, as helm template CHART | netpol-workbench connectivity map - does for a Helm chart"
    return Problem(Severity.ERROR, "helm-template", message, remedy, file=file, line=line)


def summed_up_by_chart(templates: Iterable[Problem], read: Iterable[str]) -> Iterator[Problem]:
    """Yield one problem a chart for the templates that lie in it; of no chart, one each.

    Parameters
    ----------
    templates : iterable of Problem
        As `template_problem` makes them.
    read : iterable of str
        The names of all files that were read.
    """
    charts = {posixpath.dirname(name) for name in read if _base(name) == _CHART}
    by_chart: dict[str | None, list[Problem]] = {}
    for problem in templates:
        by_chart.setdefault(_chart_of(problem.file, charts), []).append(problem)
    for chart, found in by_chart.items():
        if chart is None:
            yield from found
            continue
        folder = chart or "."
        many = f"{len(found):,} of its files are templates" if len(found) > 1 else "one of its files is a template"
        message = (
            f"a Helm chart ({folder}) that is not rendered: {many} ({{{{ … }}}}), so what they deploy is not known"
        )
        remedy = f"render it: --helm {folder}, or helm template {folder} | netpol-workbench connectivity map -"
        yield replace(found[0], message=message, remedy=remedy)


def _chart_of(file: str, charts: set[str]) -> str | None:
    """Return the folder of the outermost chart that `file` lies in; None if it lies in none."""
    folders = []
    folder = posixpath.dirname(file)
    while True:
        folders.append(folder)
        parent = posixpath.dirname(folder)
        if parent == folder:
            break
        folder = parent
    known = [folder for folder in folders if folder in charts or _on_disk(folder)]
    if known:
        return known[-1]
    return next((posixpath.dirname(folder) for folder in folders if _base(folder) == "templates"), None)


def _on_disk(folder: str) -> bool:
    try:
        return "!" not in folder and Path(folder, _CHART).is_file()
    except (OSError, ValueError):
        return False


def _base(name: str) -> str:
    return posixpath.basename(name.rpartition("!")[2])
