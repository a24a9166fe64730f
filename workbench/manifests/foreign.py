"""What files beside manifests are, and how that is said: one line a kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Final

from workbench.ground import Problem, Severity

__all__ = ["BROKEN", "OTHER_KIND", "foreign_kind", "kubectl_lines", "may_hold_objects", "not_an_object", "summed_up"]

CODE: Final = "not-kubernetes"
OTHER_KIND: Final = "an object of another program (kind, and no apiVersion)"
BROKEN: Final = "a text that is neither YAML nor JSON, without apiVersion and kind"
_IDENTIFYING: Final = re.compile(r"\b(?:apiVersion|kind)\b")
_TEMPLATE: Final = re.compile(r"\{\{.*?\}\}|^[ \t]*#[^\n]*", re.DOTALL | re.MULTILINE)
_NAMED: Final = 3
"""Files that a line names before it counts the rest."""
_IDENTITY: Final = frozenset(("metadata", "spec", "status"))
_KUBECTL: Final = re.compile(
    r"^(?:[Ww]arning: |No resources found|Error from server|[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ )[^\r\n]*", re.MULTILINE
)
_KUBECTL_REACH: Final = 16_384
"""Characters at the beginning and at the end of a text that are searched for what kubectl says."""


def foreign_kind(content: Any, file: str) -> str | None:
    """Return what a document is that is not a Kubernetes object, in a few words; None if it is (meant as) one."""
    if not isinstance(content, Mapping):
        is_patch = isinstance(content, list) and content and all(map(_is_patch_operation, content))
        return "a JSON patch" if is_patch else "a list or a text"
    kind, version = content.get("kind"), content.get("apiVersion")
    if kind and isinstance(version, str) and kind != "Config" and version != "builtin":
        return None
    name = PurePath(file).name.lower()
    return next((what for what, is_so in _FOREIGN if is_so(content, name)), None)


def may_hold_objects(text: str) -> bool:
    """Tell whether a file that is not valid in some place may be meant to hold Kubernetes objects.

    Without the fields by which these are known it is that of another program, but for what templates alone make up.
    """
    return bool(_IDENTIFYING.search(text)) or not _TEMPLATE.sub("", text).strip("- \t\r\n")


def not_an_object(what: str, file: str, line: int | None) -> Problem:
    """Return the info that a document is something else, as `foreign_kind` says."""
    return Problem(Severity.INFO, CODE, f"not a Kubernetes object: {what}", file=file, line=line)


def _is_patch_operation(entry: Any) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("op"), str) and isinstance(entry.get("path"), str)


def _is_kubeconfig(content: Mapping[str, Any], _: str) -> bool:
    return content.get("kind") == "Config" and content.get("apiVersion") == "v1"


def _is_builtin(content: Mapping[str, Any], _: str) -> bool:
    return content.get("apiVersion") == "builtin"


def _is_other_kind(content: Mapping[str, Any], _: str) -> bool:
    """Tell whether the kind is one of another program: those of Kubernetes begin with a capital."""
    kind = content.get("kind")
    return isinstance(kind, str) and kind[:1].islower() and content.get("apiVersion") is None


def _is_chart(content: Mapping[str, Any], name: str) -> bool:
    return name == "chart.yaml" and not content.get("kind")


def _is_index(content: Mapping[str, Any], _: str) -> bool:
    return isinstance(content.get("entries"), Mapping) and not content.get("kind")


def _is_values(content: Mapping[str, Any], name: str) -> bool:
    return name.startswith("values") and _has_neither(content, name)


def _has_neither(content: Mapping[str, Any], _: str) -> bool:
    return not content.get("kind") and content.get("apiVersion") is None


def _has_only_version(content: Mapping[str, Any], _: str) -> bool:
    """Tell whether there is a version only. With metadata, it would be an object whose kind was forgotten."""
    return not content.get("kind") and not (isinstance(content["apiVersion"], str) and _IDENTITY & content.keys())


_FOREIGN: Final[tuple[tuple[str, Callable[[Mapping[str, Any], str], bool]], ...]] = (
    ("a kubeconfig", _is_kubeconfig),
    ("a transformer or generator of kustomize", _is_builtin),
    (OTHER_KIND, _is_other_kind),
    ("the description of a Helm chart", _is_chart),
    ("the index of a Helm repository", _is_index),
    ("values of a Helm chart", _is_values),
    ("settings of another program (neither apiVersion nor kind)", _has_neither),
    ("settings of another program (apiVersion, and no kind)", _has_only_version),
)
"""What a mapping may be, and how it is known; the first that fits."""


def kubectl_lines(text: str, file: str) -> tuple[str, Problem | None]:
    """Return `text` without what kubectl says before and after its output, and a note if there was any.

    Line numbers are kept.
    """
    head = text.find("\n", _KUBECTL_REACH) + 1 or len(text)
    tail = text.find("\n", max(len(text) - _KUBECTL_REACH, head)) + 1 or len(text)
    found = _KUBECTL.search(text, 0, head) or _KUBECTL.search(text, tail)
    if found is None:
        return text, None
    line = text.count("\n", 0, found.start()) + 1
    message = f"skipped a message of kubectl beside its output: {found[0]!r}"
    cleaned = _KUBECTL.sub("", text[:head]) + text[head:tail] + _KUBECTL.sub("", text[tail:])
    return cleaned, Problem(Severity.INFO, "kubectl-message", message, file=file, line=line)


def summed_up(problems: Iterable[Problem]) -> list[Problem]:
    """Return one problem a message, with the first file's place and the names of some others."""
    alike: dict[str, list[Problem]] = {}
    for problem in problems:
        alike.setdefault(problem.message, []).append(problem)
    return [_one_of(list(found)) for found in alike.values()]


def _one_of(found: list[Problem]) -> Problem:
    files = list(dict.fromkeys(problem.file for problem in found))
    if len(files) == 1:
        return found[0]
    others = ", ".join(files[1 : 1 + _NAMED])
    more = f" and {len(files) - 1 - _NAMED:,} more" if len(files) > 1 + _NAMED else ""
    return replace(found[0], message=f"{found[0].message}; so are {others}{more}")
