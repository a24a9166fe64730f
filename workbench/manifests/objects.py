"""Which Kubernetes objects stand in a file, Lists taken apart, and what stands there instead of objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.ground import Problem, ProblemLog, Severity
from workbench.manifests.documents import Document, holds_secret, read_documents
from workbench.manifests.files import ManifestFile
from workbench.manifests.foreign import BROKEN, foreign_kind, kubectl_lines, may_hold_objects, not_an_object
from workbench.manifests.helm import TEMPLATE, is_template, template_problem
from workbench.manifests.kustomize import is_kustomization
from workbench.manifests.manifest import Manifest
from workbench.manifests.rhacs import PolicyText, policy_texts
from workbench.manifests.source import Source, field_path
from workbench.manifests.store import ParsedTexts

__all__ = ["Contents", "read_contents", "read_objects"]


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a file.

    Attributes
    ----------
    file : str
        Its name.
    objects : list of Manifest
    kustomizations : list of Manifest
    foreign : dict of str to Problem
        What its documents are that are not Kubernetes objects, each with an info (``not-kubernetes``) about the first.
    template : Problem or None
        That documents are templates still.
    secrets : int
        Secrets, of which nothing is kept.
    """

    file: str
    objects: list[Manifest]
    kustomizations: list[Manifest]
    foreign: dict[str, Problem]
    template: Problem | None = None
    secrets: int = 0


def read_contents(file: ManifestFile, log: ProblemLog, store: ParsedTexts | None = None) -> Contents:
    """Return what stands in `file`; what is wrong with its documents becomes a problem in `log`.

    ``List`` and ``*List`` objects are taken apart, at any depth; members of a typed list that name no kind
    or version take the list's (semantics 1). Secrets and kubeconfig files are passed over, and
    nothing of their text is kept. What kubectl writes beside its output is passed over, too. What `store`
    keeps is not parsed again.
    """
    text, said = kubectl_lines(file.text, file.name)
    log.extend([said] if said else [])
    documents: Iterable[Document] = read_documents(text, store)
    template = None
    if not may_hold_objects(text) and not is_kustomization({}, file.name):
        return Contents(file.name, [], [], _foreign(documents, file.name))
    if TEMPLATE in text:
        documents = list(documents)
        if any(map(is_template, documents)):
            template = template_problem(file.name, text)
            documents = [document for document in documents if not is_template(document)]
    found = Contents(file.name, [], [], {}, template)
    secrets = 0
    for document in documents:
        log.extend(document.problems(file.name))
        if document.readable:
            for content, source in _members(document, file.name, log):
                if isinstance(content, Mapping) and content.get("kind") == "Secret":
                    secrets += 1
                else:
                    _sort(content, source, found, log)
    return replace(found, secrets=secrets)


def _foreign(documents: Iterable[Document], file: str) -> dict[str, Problem]:
    """Return what the documents of another program's file are, whether they can be read or not."""
    found: dict[str, Problem] = {}
    for document in documents:
        what = (foreign_kind(document.content, file) if document.readable else None) or BROKEN
        if what not in found:
            found[what] = not_an_object(what, file, document.line)
    return found


def read_objects(file: ManifestFile, log: ProblemLog) -> Iterator[Manifest]:
    """Yield the Kubernetes objects of one file, in order, as `read_contents` finds them.

    What is none of them becomes a problem in `log`, each by itself.

    Parameters
    ----------
    file : ManifestFile
    log : ProblemLog
        Gets what is wrong.
    """
    found = read_contents(file, log)
    log.extend([found.template] if found.template else [])
    log.extend(found.foreign.values())
    yield from found.objects


def _members(document: Document, file: str, log: ProblemLog) -> Iterator[tuple[Any, Source]]:
    """Yield the single objects of a document, each with its own source."""
    content = document.content
    if texts := tuple(policy_texts(content)):
        for one in texts:
            yield from _in_text(one, Source(file, document.line), log)
        return
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


def _in_text(given: PolicyText, source: Source, log: ProblemLog) -> Iterator[tuple[Any, Source]]:
    """Yield the objects of a text within a document; they stand where the document does."""
    for inner in read_documents(given.text):
        for problem in inner.problems(source.file):
            log.add(replace(problem, line=source.line, field=field_path(given.path)))
        if inner.readable:
            yield given.placed(inner.content), source


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


def _sort(content: Any, source: Source, found: Contents, log: ProblemLog) -> None:
    """Put a document or a List's member where it belongs, or report what is wrong with it."""
    fields: Mapping[str, Any] = content if isinstance(content, Mapping) else {}
    kind, version = fields.get("kind"), fields.get("apiVersion")
    manifest = Manifest(fields, source)
    if is_kustomization(content, source.file):
        found.kustomizations.append(manifest)
    elif (what := foreign_kind(content, source.file)) is not None:
        if what not in found.foreign:
            found.foreign[what] = not_an_object(what, source.file, source.line)
    elif kind == "Template" and isinstance(fields.get("objects"), list):
        message = "an OpenShift Template: its objects are not read"
        remedy = "process it first: oc process --local -f FILE -o json"
        log.add(manifest.problem(Severity.WARNING, "openshift-template", message, remedy=remedy))
    elif not isinstance(kind, str) or not kind:
        message = "kind must be text" if kind else "kind is missing"
        log.add(manifest.problem(Severity.ERROR, "invalid-object", message, path=("kind",)))
    elif version is not None and not isinstance(version, str):
        message = "apiVersion must be text"
        log.add(manifest.problem(Severity.ERROR, "invalid-object", message, path=("apiVersion",)))
    else:
        found.objects.append(manifest)
