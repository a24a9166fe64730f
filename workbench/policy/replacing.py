"""A text of manifests with some of its policies changed, and everything else as a person wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from workbench.ground import ArgumentError, NotFoundError, ProblemLog, visible
from workbench.manifests import DocumentSpan, Manifest, document_spans, yaml_text
from workbench.policy.registry import is_registered, read_policy
from workbench.policy.rules import LeftOut, Policy
from workbench.policy.writing import check_names, policy_manifest

__all__ = ["replace_documents"]

_NOTHING_LEFT: Final = re.compile(r"(?:---[ \t]*(?:\r\n|\n|\r|\Z))?\s*")
"""What stands around a document without comments, directives or a ``...``."""
_BYTE_ORDER_MARK: Final = "\ufeff"
_OPEN_END: Final = re.compile(r"(?:\A|[\r\n])---[ \t]*(?:\r\n|\n|\r)\s*\Z")
_JSON: Final = re.compile(r"\s*[{\[]")


def replace_documents(text: str, changed: Mapping[str, Policy | None], *, namespace: str = "default") -> str:
    """Return `text` with the documents of some policies replaced or removed, and new ones added at its end.

    All other documents, the comments between documents, and the order stay byte for byte; so does a document that
    says already what is asked for. Of a document that is replaced, the comments before its first field and after
    its last line stay, and those within it do not. Comments around a document that is removed stay, too. A policy
    that is written several times is replaced, or removed, at each of its places.

    Parameters
    ----------
    text : str
        Manifests in YAML.
    changed : mapping of str to Policy or None
        What is to stand in place of the policy with this reference (`Policy.ref`, as in ``NetworkPolicy shop/web``):
        another one, or none. A policy that the text does not hold is added.
    namespace : str
        That of documents that name none.

    Raises
    ------
    ArgumentError
        If a policy cannot be written (`policy_manifest`), stands in a List or in JSON, or if two would have one name.
    NotFoundError
        If a policy is to be removed that the text does not hold.
    """
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    text = text.removeprefix(mark)
    line_end = "\r\n" if "\r\n" in text else "\n"
    written = {
        ref: "" if policy is None else yaml_text([policy_manifest(policy)]).replace("\n", line_end)
        for ref, policy in changed.items()
    }
    if changed and _JSON.match(text):
        message = "the text is JSON, and policies are written as YAML"
        raise ArgumentError(message, "Convert it first, or write the policies to a file of their own.")
    parts: list[str] = []
    there: set[str] = set()
    for span in document_spans(text):
        found = [_policy(manifest, namespace) for manifest in span.objects if is_registered(manifest)]
        refs = {policy.ref for policy in found}
        there.update(refs)
        if refs.isdisjoint(changed):
            parts.append(span.text)
            continue
        if not span.alone:
            ref = visible(min(refs & changed.keys()))
            message = f"{ref} shares with other objects the document that begins on line {span.line}"
            raise ArgumentError(message, "Make each item of the List a document of its own, with --- between them.")
        ref = found[0].ref
        parts.append(span.text if _says(found[0], changed[ref]) else _replaced(span, written[ref], line_end))
    _check_names(there, changed)
    added = (written[ref] for ref, policy in changed.items() if policy is not None and ref not in there)
    return mark + _appended("".join(parts), added, line_end)


def _policy(manifest: Manifest, namespace: str) -> Policy | LeftOut:
    if not manifest.namespace:
        metadata = {**manifest.metadata, "namespace": namespace}
        manifest = Manifest({**manifest.content, "metadata": metadata}, manifest.source)
    return read_policy(manifest, ProblemLog())


def _says(found: Policy | LeftOut, wanted: Policy | None) -> bool:
    """Tell whether a document says already what is wanted."""
    if not isinstance(found, Policy) or wanted is None:
        return False
    return replace(found, source=wanted.source) == wanted and found.metadata == wanted.metadata


def _replaced(span: DocumentSpan, written: str, line_end: str) -> str:
    """Return a part of the text with another document in it, or without one."""
    begin, end = span.content()
    before, after = span.text[:begin], span.text[end:]
    if written:
        return f"{before}{_missing_end(before, line_end)}{written}{after}"
    return "" if _NOTHING_LEFT.fullmatch(before + after) else before + after


def _check_names(there: AbstractSet[str], changed: Mapping[str, Policy | None]) -> None:
    lost = sorted(ref for ref, policy in changed.items() if policy is None and ref not in there)
    if lost:
        message = f"no document holds {', '.join(map(visible, lost))}"
        raise NotFoundError(message, "Give kind, namespace and name, as in NetworkPolicy shop/web.")
    kept = there - changed.keys()
    check_names((policy for policy in changed.values() if policy is not None), kept)


def _appended(text: str, written: Iterable[str], line_end: str) -> str:
    for document in written:
        if text.strip():
            text += _missing_end(text, line_end)
            text += "" if _OPEN_END.search(text) else f"---{line_end}"
        text += document
    return text


def _missing_end(text: str, line_end: str) -> str:
    """Return the end of the last line of `text`, where it has none."""
    return "" if not text or text.endswith(("\n", "\r")) else line_end
