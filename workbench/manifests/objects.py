"""Which Kubernetes objects stand in a file, Lists taken apart, and what stands there instead of objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from workbench.manifests.documents import Document, holds_secret, read_documents
from workbench.manifests.files import ManifestFile
from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import Problem, ProblemLog, Severity
from workbench.manifests.source import Source, field_path

__all__ = ["read_objects"]

_TEMPLATE = "{{"
_KUSTOMIZE_GROUP = "kustomize.config.k8s.io/"
_KUSTOMIZE_FILES = {"kustomization.yaml", "kustomization.yml", "kustomization"}


def read_objects(file: ManifestFile, log: ProblemLog) -> Iterator[Manifest]:
    """Yield the Kubernetes objects of `file`, in order; what is none of them becomes a problem in `log`.

    ``List`` and ``*List`` objects are taken apart, at any depth; members of a typed list that name no kind
    or version take the list's (connectivity.md 1). Secrets and kubeconfig files are passed over, and
    nothing of their text is kept.
    """
    documents = list(read_documents(file.text))
    if _TEMPLATE in file.text and any(map(_is_helm, documents)):
        log.add(_helm_problem(file))
        documents = [document for document in documents if not _is_helm(document)]
    for document in documents:
        log.extend(document.problems(file.name))
        if document.readable:
            for content, source in _members(document, file.name, log):
                yield from _object(content, source, log)


def _members(document: Document, file: str, log: ProblemLog) -> Iterator[tuple[Any, Source]]:
    """Yield the single objects of a document, each with its own source."""
    content = document.content
    if not _is_list(content):
        yield content, Source(file, document.line, "" if holds_secret(content) else document.text)
        return
    items = content.get("items") or ()
    sources = list(document.member_sources(file))
    if len(sources) != len(items):  # some came through an alias: only the List's own place is certain
        sources = [Source(file, document.line)] * len(items)
    for index, (item, source) in enumerate(zip(items, sources, strict=True)):
        kept = Source(file, source.line) if holds_secret(item) else source
        waiting = [(_inherit(content, item), kept)]
        while waiting:
            member, place = waiting.pop()
            if _is_list(member):
                nested = [
                    (_inherit(member, inner), Source(file, place.line, place.text, (*place.prefix, "items", number)))
                    for number, inner in enumerate(member.get("items") or ())
                ]
                waiting.extend(reversed(nested))
            elif isinstance(member, Mapping):
                yield member, place
            else:
                where = field_path((*("items", index), *place.prefix))
                message = "a List's items must be objects"
                log.add(Problem(Severity.ERROR, "invalid-object", message, file=file, line=place.line, field=where))


def _is_list(content: Any) -> bool:
    if not isinstance(content, Mapping):
        return False
    kind, items = content.get("kind"), content.get("items")
    return (
        isinstance(kind, str)
        and kind.endswith("List")
        and ("items" in content or kind == "List")
        and (items is None or isinstance(items, list))
    )


def _inherit(parent: Mapping[str, Any], item: Any) -> Any:
    """Return `item` with the kind and version that its typed list implies (``PodList``: ``Pod``)."""
    kind = str(parent.get("kind")).removesuffix("List")
    if not kind or not isinstance(item, Mapping) or (item.get("kind") and item.get("apiVersion")):
        return item
    implied = {"apiVersion": parent.get("apiVersion"), "kind": kind}
    return {**implied, **{key: value for key, value in item.items() if key not in implied or value is not None}}


def _object(content: Any, source: Source, log: ProblemLog) -> Iterator[Manifest]:
    """Yield the object that `content` is, unless it is something else."""
    fields: Mapping[str, Any] = content if isinstance(content, Mapping) else {}
    kind, version = fields.get("kind"), fields.get("apiVersion")
    manifest = Manifest(fields, source)
    if kind == "Secret":
        return
    kustomize = isinstance(version, str) and version.startswith(_KUSTOMIZE_GROUP)
    if kustomize or (not kind and PurePath(source.file).name.lower() in _KUSTOMIZE_FILES):
        message = "a kustomization: what it would change is not applied"
        remedy = "render it first: kubectl kustomize DIR | netpol-workbench …"
        log.add(manifest.problem(Severity.WARNING, "kustomization", message, remedy=remedy))
    elif kind == "Config" and version == "v1":
        log.add(manifest.problem(Severity.INFO, "not-kubernetes", "a kubeconfig, no object of a cluster"))
    elif kind == "Template" and isinstance(fields.get("objects"), list):
        message = "an OpenShift Template: its objects are not read"
        remedy = "process it first: oc process --local -f FILE -o json"
        log.add(manifest.problem(Severity.WARNING, "openshift-template", message, remedy=remedy))
    elif not kind and not version:
        message = "holds no Kubernetes object (neither apiVersion nor kind)"
        log.add(manifest.problem(Severity.INFO, "not-kubernetes", message))
    elif not isinstance(kind, str) or not kind:
        message = "kind must be text" if kind else "kind is missing"
        log.add(manifest.problem(Severity.ERROR, "invalid-object", message, path=("kind",)))
    elif version is not None and not isinstance(version, str):
        message = "apiVersion must be text"
        log.add(manifest.problem(Severity.ERROR, "invalid-object", message, path=("apiVersion",)))
    else:
        yield manifest


def _is_helm(document: Document) -> bool:
    """Tell whether a document is a template still: it is no YAML because of it, or it is not named yet."""
    if _TEMPLATE not in document.text:
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
    return any(isinstance(value, str) and _TEMPLATE in value for value in identity)


def _helm_problem(file: ManifestFile) -> Problem:
    line = file.text.count("\n", 0, file.text.index(_TEMPLATE)) + 1
    message = "a Helm template ({{ … }}): what it stands for is not known before it is rendered"
    remedy = "render with helm template first: helm template CHART > rendered.yaml"
    return Problem(Severity.ERROR, "helm-template", message, remedy, file=file.name, line=line)
