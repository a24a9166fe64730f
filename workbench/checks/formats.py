"""How findings of checks are written: for people, as tables, and for pipelines as SARIF, JUnit and notes of GitHub.

The command line imports this to list the formats in its help: what writes SARIF and JUnit is imported when needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from workbench.checks.severity import CheckSeverity
from workbench.checks.status import FindingStatus
from workbench.ground import (
    ANSWER_FORMATS,
    FoundAt,
    JUnitCase,
    SarifResult,
    SarifRule,
    github_note,
    json_text,
    junit_document,
    markdown_cell,
    register_format,
    sarif_document,
    visible,
)

if TYPE_CHECKING:
    from workbench.checks.findings import CheckFinding, CheckFindings
    from workbench.checks.registry import Check
    from workbench.ground import NoteLevel

__all__ = ["comma_separated", "github", "json_object", "junit", "md", "sarif", "txt"]

_LEVELS: Final[Mapping[CheckSeverity, str]] = MappingProxyType(
    {
        CheckSeverity.CRITICAL: "error",
        CheckSeverity.HIGH: "error",
        CheckSeverity.MEDIUM: "warning",
        CheckSeverity.LOW: "note",
        CheckSeverity.INFO: "note",
    }
)
_NOTES: Final[Mapping[str, NoteLevel]] = MappingProxyType({"error": "error", "warning": "warning", "note": "notice"})
_SCORES: Final[Mapping[CheckSeverity, str]] = MappingProxyType(
    {
        CheckSeverity.CRITICAL: "9.5",
        CheckSeverity.HIGH: "8.0",
        CheckSeverity.MEDIUM: "5.0",
        CheckSeverity.LOW: "3.0",
        CheckSeverity.INFO: "0.0",
    }
)
"""``security-severity``, by which GitHub's code scanning sorts results."""


@register_format("findings", "txt")
def txt(found: CheckFindings) -> str:
    """Write the findings as linters do, the place first, each with its proof and what to do about it."""
    lines = [line for one in found for line in _lines(one)]
    lines += [f"gone: {one}" for one in found.gone]
    return "".join(f"{visible(line)}\n" for line in (*lines, found.headline, *found.notes))


def _lines(one: CheckFinding) -> Iterator[str]:
    said = {
        FindingStatus.NEW: "",
        FindingStatus.EXPIRED: f" (was accepted by {one.owner}, which has expired)",
        FindingStatus.ACCEPTED: f" (accepted by {one.owner}: {one.reason})",
        FindingStatus.IGNORED: f" (ignored: {one.reason})",
        FindingStatus.KNOWN: " (known: it was there before)",
    }
    yield f"{one.place}: {one}{said[one.status]}" if one.place else f"{one}{said[one.status]}"
    if one.status.is_open:
        yield from (f"    {line}" for line in one.evidence)
        yield f"    -> {one.remedy}"


@register_format("findings", "md")
def md(found: CheckFindings) -> str:
    """Write how many there are, and a table of them, for a merge request."""
    columns = ["severity", "check", "object", "field", "message", "remedy", "status"]
    table = ANSWER_FORMATS.render("table", "md", found.to_frame()[columns])
    notes = "".join(f"\n{markdown_cell(note)}\n" for note in found.notes)
    return f"**{markdown_cell(found.headline)}**\n\n{table}{notes}"


@register_format("findings", "csv")
def comma_separated(found: CheckFindings) -> str:
    """Write a line for each finding, as `CheckFindings.to_frame` has it."""
    return ANSWER_FORMATS.render("table", "csv", found.to_frame())


@register_format("findings", "json")
def json_object(found: CheckFindings) -> str:
    """Write an object with the counts, the findings with their proof, and which checks were asked."""
    return json_text(
        {
            "counts": {one.value: found.count(one) for one in CheckSeverity},
            "findings": [_object(one) for one in found],
            "gone": [_object(one) for one in found.gone],
            "checks": [one.id for one in found.checks],
            "not_asked": [{"check": one.check.id, "reason": one.reason} for one in found.not_asked],
        }
    )


def _object(one: CheckFinding) -> dict[str, Any]:
    return {
        "severity": one.severity.value,
        "check": one.check,
        "title": one.title,
        "object": one.object,
        "namespace": one.namespace,
        "workload": one.workload,
        "field": one.field,
        "message": one.message,
        "evidence": list(one.evidence),
        "connection": {"src": one.found.src, "dst": one.found.dst, "ports": one.found.ports} if one.found.src else None,
        "reason": one.rule.reason,
        "remedy": one.remedy,
        "patch": {"apply": one.patch.yaml, "delete": list(one.patch.delete)} if one.patch else None,
        "source": one.rule.source,
        "techniques": list(one.rule.techniques),
        "status": one.status.value,
        "accepted_by": one.owner,
        "accepted_because": one.reason,
        "fingerprint": one.fingerprint,
        "file": one.file,
        "line": one.line,
    }


# --- SARIF --------------------------------------------------------------------------------------------------------


@register_format("findings", "sarif")
def sarif(found: CheckFindings) -> str:
    """Write SARIF 2.1.0: a result for each finding at its line; what is accepted is suppressed, and says why."""
    return sarif_document("findings", map(_rule, found.checks), map(_result, found))


def _rule(check: Check) -> SarifRule:
    properties = {
        "security-severity": _SCORES[check.severity],
        "tags": ["security", "kubernetes", "network-policy", *check.techniques],
        "source": check.source,
    }
    return SarifRule(check.id, f"{check.title}: {check.reason}", check.remedy, properties)


def _result(one: CheckFinding) -> SarifResult:
    return SarifResult(
        one.check,
        _LEVELS[one.severity],
        _text(one),
        (FoundAt(one.file, one.line, logical=one.object),),
        ("finding/v1", one.fingerprint),
        properties={"severity": one.severity.value, "object": one.object, "field": one.field},
        suppressed="" if one.status.is_open else f"{one.owner}: {one.reason}" if one.owner else one.reason,
    )


def _text(one: CheckFinding) -> str:
    return "\n".join(map(visible, [f"{one.object} {one.message}", *one.evidence, one.remedy]))


# --- JUnit --------------------------------------------------------------------------------------------------------


@register_format("findings", "junit", suffix=".xml")
def junit(found: CheckFindings) -> str:
    """Write JUnit: a suite for each check, in which each finding fails; a check without findings passes."""
    return junit_document("findings", _suites(found))


def _suites(found: CheckFindings) -> Iterator[tuple[str, list[JUnitCase]]]:
    by_check: dict[str, list[CheckFinding]] = {}
    for one in found:
        by_check.setdefault(one.check, []).append(one)
    for check in sorted(found.checks, key=lambda check: check.id):
        cases = [_case(one) for one in by_check.get(check.id, ())]
        yield f"{check.id} {check.title}", cases or [JUnitCase("no findings")]
    for check, reason in found.not_asked:
        yield f"{check.id} {check.title}", [JUnitCase("not asked", skipped=reason)]


def _case(one: CheckFinding) -> JUnitCase:
    name = " ".join(part for part in (one.object, one.field) if part)
    if not one.status.is_open:
        return JUnitCase(name, skipped=f"{one.status.value}: {one.reason}")
    text = "\n".join(part for part in (one.place, _text(one)) if part)
    return JUnitCase(name, f"{one.severity.value}: {one.message}", one.check, text)


# --- GitHub -------------------------------------------------------------------------------------------------------


@register_format("findings", "github", suffix=".txt")
def github(found: CheckFindings) -> str:
    """Write a command of GitHub's workflows for each finding that nobody answers for: a note at its line."""
    notes = (
        github_note(_NOTES[_LEVELS[one.severity]], f"{one.check}: {one.title}", _text(one), FoundAt(one.file, one.line))
        for one in found.open
    )
    return "".join(f"{note}\n" for note in notes) + f"{visible(found.headline)}\n"
