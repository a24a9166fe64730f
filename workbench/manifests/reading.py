"""Which Kubernetes objects several files hold when they are read together, and what stands there instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from typing import Final

from workbench.ground import Problem, ProblemLog, Progress, Severity, count_of, no_progress
from workbench.manifests.files import ManifestFile
from workbench.manifests.foreign import OTHER_KIND, not_an_object, summed_up
from workbench.manifests.helm import summed_up_by_chart
from workbench.manifests.kustomize import Kustomizations
from workbench.manifests.manifest import Manifest
from workbench.manifests.objects import Contents, read_contents
from workbench.manifests.store import ParsedTexts

__all__ = ["NOTHING_FOUND", "read_manifests"]

NOTHING_FOUND: Final = "nothing-found"
"""The code of the problem that there is no object at all."""

_INSTRUCTION = "a patch, transformer or generator of a kustomization"


def read_manifests(
    files: Iterable[ManifestFile],
    log: ProblemLog,
    progress: Progress = no_progress,
    *,
    kinds: Container[str],
    store: ParsedTexts | None = None,
) -> list[Manifest]:
    """Return the objects of all `files`, in order.

    What a kustomization calls a patch is not an object. Files that hold no objects are one problem a kind
    (``not-kubernetes``, info), templates one a Helm chart; that there is no object at all is an error
    (``nothing-found``).

    Parameters
    ----------
    files : iterable of ManifestFile
    log : ProblemLog
        Gets what is wrong.
    progress : Progress, optional
        Called with how far the work has come.
    kinds : container of str
        Kinds that are Kubernetes' own even where apiVersion is missing.
    store : ParsedTexts, optional
        Keeps what is parsed for the next time.
    """
    read: list[Contents] = []
    for number, file in enumerate(files):
        progress("reading files", number, None)
        read.append(read_contents(file, log, store))
    kustomizations = Kustomizations(manifest for one in read for manifest in one.kustomizations)
    foreign: list[Problem] = []
    manifests: list[Manifest] = []
    for contents in read:
        if kustomizations and kustomizations.is_instruction(contents.file):
            if contents.objects or contents.foreign:
                foreign.append(not_an_object(_INSTRUCTION, contents.file, 1))
            continue
        foreign += contents.foreign.values()
        for manifest in contents.objects:
            if manifest.api_version or manifest.kind in kinds:
                manifests.append(manifest)
            else:
                foreign.append(not_an_object(OTHER_KIND, contents.file, manifest.source.line))
    log.extend(summed_up_by_chart((one.template for one in read if one.template), [one.file for one in read]))
    changed = kustomizations.problems(
        {one.file for one in read}, holding={manifest.source.file for manifest in manifests}
    )
    log.extend(summed_up([*changed, *foreign]))
    if not manifests:
        log.add(_nothing_found(read, foreign))
    return manifests


def _nothing_found(read: list[Contents], foreign: list[Problem]) -> Problem:
    """Return the problem of an input without objects, with what was found instead."""
    found = Counter(problem.message.partition(": ")[2] for problem in foreign)
    found["a kustomization"] = sum(len(one.kustomizations) for one in read)
    found["a Secret, which is never read"] = sum(one.secrets for one in read)
    found["a template that is not rendered"] = sum(one.template is not None for one in read)
    instead = "; ".join(what if count == 1 else f"{what} ({count:,} times)" for what, count in found.items() if count)
    message = "no Kubernetes object was found"
    if instead:
        message += f" but {instead}"
    elif read:
        message += f" in {count_of(len(read), 'file')}"
    remedy = "folders are searched for .yaml, .yml and .json files, these with .gz, and tar and zip archives"
    return Problem(Severity.ERROR, NOTHING_FOUND, message, remedy, file=read[0].file if len(read) == 1 else "")
