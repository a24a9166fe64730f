"""Which names, labels and annotations of an object the API server would refuse, whatever kind it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from workbench.ground import (
    MAX_SUBDOMAIN,
    Problem,
    Severity,
    is_dns_label,
    is_label_key,
    is_label_value,
    is_subdomain,
)
from workbench.manifests.manifest import Manifest
from workbench.manifests.source import FieldPath

__all__ = ["Refusal", "annotation_problems", "label_problems", "name_problems", "refused_key", "refused_value"]

_KEYS: Final = "A key is [DNS prefix/]name; a name has at most 63 letters, digits, '-', '_' or '.'."
_VALUES: Final = "A value has at most 63 letters, digits, '-', '_' or '.', and begins and ends with a letter or digit."
_DNS_LABEL: Final = "Use at most 63 lower-case letters, digits and '-', with a letter or digit at both ends."
_SUBDOMAIN: Final = (
    f"Use at most {MAX_SUBDOMAIN} lower-case letters, digits, '-' and '.'; begin and end each part"
    " with a letter or digit."
)
_DNS_LABEL_NAMES: Final = frozenset({"Namespace", "Service"})
"""Kinds whose names are DNS labels; other names are DNS subdomains (Kubernetes, "Object Names and IDs")."""
_MAX_ANNOTATIONS: Final = 256 * 1024
"""Bytes of all keys and values together."""


class Refusal(NamedTuple):
    """What is wrong with a text, and what to do about it."""

    message: str
    remedy: str


def refused_key(key: str, of: str = "label") -> Refusal | None:
    """Return why `key` cannot be that `of` a label, or of an annotation; None where it can."""
    if is_label_key(key if of == "label" else key.lower()):
        return None
    return Refusal(f"{key!r} is not a valid {of} key", _KEYS)


def refused_value(value: str) -> Refusal | None:
    """Return why `value` cannot be that of a label; None where it can."""
    return None if is_label_value(value) else Refusal(f"{value!r} is not a valid label value", _VALUES)


def name_problems(manifest: Manifest) -> Iterator[Problem]:
    """Yield what is wrong with the name and the namespace of an object; nothing where they are not given."""
    name, namespace = manifest.name, manifest.namespace
    is_short = manifest.kind in _DNS_LABEL_NAMES
    if name and not (is_dns_label if is_short else is_subdomain)(name):
        length = f", with {len(name)} characters" if len(name) > MAX_SUBDOMAIN else ""
        refusal = Refusal(f"{name!r} is not a valid name{length}", _DNS_LABEL if is_short else _SUBDOMAIN)
        yield _problem(manifest, refusal, "invalid-name", ("metadata", "name"))
    if namespace and not is_dns_label(namespace):
        refusal = Refusal(f"{namespace!r} is not a valid name of a namespace", _DNS_LABEL)
        yield _problem(manifest, refusal, "invalid-name", ("metadata", "namespace"))


def label_problems(manifest: Manifest, labels: Mapping[str, str], path: FieldPath) -> Iterator[Problem]:
    """Yield what is wrong with the `labels` that stand at `path` of a `manifest`."""
    for key, value in labels.items():
        for refusal in (refused_key(key), refused_value(value)):
            if refusal is not None:
                yield _problem(manifest, refusal, "invalid-label", (*path, key))


def annotation_problems(manifest: Manifest, annotations: Mapping[str, str], path: FieldPath) -> Iterator[Problem]:
    """Yield what is wrong with the `annotations` that stand at `path` of a `manifest`."""
    for key in annotations:
        if (refusal := refused_key(key, "annotation")) is not None:
            yield _problem(manifest, refusal, "invalid-annotation", (*path, key))
    size = sum(len(text.encode("utf-8", "replace")) for entry in annotations.items() for text in entry)
    if size > _MAX_ANNOTATIONS:
        message = f"the annotations have {size:,} bytes; {_MAX_ANNOTATIONS:,} are allowed"
        yield _problem(manifest, Refusal(message, "Keep what is long elsewhere."), "invalid-value", path)


def _problem(manifest: Manifest, refusal: Refusal, code: str, path: FieldPath) -> Problem:
    return manifest.problem(Severity.ERROR, code, refusal.message, remedy=refusal.remedy, path=path)
