"""How outcomes of expectations are written: for people, and for pipelines as JUnit, SARIF and notes of GitHub.

The command line imports this to list the formats in its help: what writes JUnit and SARIF is imported within.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from workbench.ground import (
    ANSWER_FORMATS,
    FoundAt,
    JUnitCase,
    SarifResult,
    SarifRule,
    file_uri,
    github_note,
    json_text,
    junit_document,
    markdown_cell,
    register_format,
    sarif_document,
    visible,
)
from workbench.whatif.verdicts import ExpectationStatus

if TYPE_CHECKING:
    from workbench.whatif.outcomes import Outcome, Outcomes

__all__ = ["comma_separated", "github", "json_object", "junit", "md", "sarif", "txt"]

_WORDS: Final[Mapping[ExpectationStatus, str]] = MappingProxyType(
    {
        ExpectationStatus.HOLDS: "holds",
        ExpectationStatus.FAILS: "FAILS",
        ExpectationStatus.UNANSWERED: "UNANSWERED",
    }
)
_RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "allow": "Connections that are needed are allowed.",
        "deny": "Connections that are not wanted are denied.",
        "isolated": "Nothing passes but what a rule allows.",
        "survive": "A change of policies cuts no flow that was seen.",
        "no-change": "The same connections are allowed as before.",
    }
)
_NOWHERE: Final = "expectations"
"""What outcomes of expectations are called together that stand in no file."""


@register_format("outcomes", "txt")
def txt(found: Outcomes) -> str:
    """Write a line for each expectation, with the evidence below those that do not hold, and how many hold."""
    return "".join(f"{line}\n" for one in found for line in _lines(one)) + f"{found.headline}\n"


def _lines(one: Outcome) -> Iterator[str]:
    why = f" - {one.expectation.why}" if one.expectation.why else ""
    place = _place(one)
    yield visible(f"{_WORDS[one.status]}  {one.expectation.label} ({one.checked.counted}){why}")
    if one.status is not ExpectationStatus.HOLDS:
        if place:
            yield visible(f"    expected at {place}")
        yield from (f"    {line}" for line in one.evidence)


def _place(one: Outcome) -> str:
    file, line = one.expectation.file, one.expectation.line
    return f"{file}:{line}" if file and line is not None else file


@register_format("outcomes", "md")
def md(found: Outcomes) -> str:
    """Write how many hold, and a table of the expectations, for a merge request."""
    columns = ["status", "expectation", "name", "failed", "decided_by", "places"]
    table = ANSWER_FORMATS.render("table", "md", found.to_frame()[columns])
    return f"**{markdown_cell(found.headline)}**\n\n{table}"


@register_format("outcomes", "csv")
def comma_separated(found: Outcomes) -> str:
    """Write a line for each expectation, as `Outcomes.to_frame` has it."""
    return ANSWER_FORMATS.render("table", "csv", found.to_frame())


@register_format("outcomes", "json")
def json_object(found: Outcomes) -> str:
    """Write an object with the counts and, of each expectation, its status, failures and their evidence."""
    return json_text(
        {
            "hold": found.hold,
            "counts": {one.value: found.count(one) for one in ExpectationStatus},
            "expectations": [_object(one) for one in found],
        }
    )


def _object(one: Outcome) -> dict[str, Any]:
    expectation = one.expectation
    return {
        "status": one.status.value,
        "kind": expectation.kind,
        "expectation": expectation.text,
        "name": expectation.name,
        "why": expectation.why,
        "file": expectation.file,
        "line": expectation.line,
        "asked": one.checked.asked,
        "failures": [
            {
                "message": failure.message,
                "answered": failure.answered,
                "evidence": list(failure.evidence),
                "remedy": failure.remedy,
                "decided": [place._asdict() for place in failure.places],
            }
            for failure in one.checked.failures
        ],
    }


@register_format("outcomes", "junit", suffix=".xml")
def junit(found: Outcomes) -> str:
    """Write JUnit: a suite for each file and a case for each expectation; one without an answer is an error."""
    grouped = groupby(found, key=lambda one: one.expectation.file or _NOWHERE)
    return junit_document("outcomes", ((file, [_case(one, file) for one in group]) for file, group in grouped))


def _case(one: Outcome, file: str) -> JUnitCase:
    if one.status is ExpectationStatus.HOLDS:
        return JUnitCase(one.expectation.label)
    return JUnitCase(
        one.expectation.label,
        one.checked.failures[0].message,
        f"netpol-{one.expectation.kind}",
        "\n".join([f"expected at {_place(one) or file}", *one.evidence]),
        is_error=one.status is not ExpectationStatus.FAILS,
    )


@register_format("outcomes", "sarif")
def sarif(found: Outcomes) -> str:
    """Write SARIF 2.1.0: a result for each expectation that does not hold, at its line, with the rules that decide."""
    failed = (one for one in found if one.status is not ExpectationStatus.HOLDS)
    rules = (SarifRule(_rule(kind), text) for kind, text in _RULES.items())
    return sarif_document("outcomes", rules, map(_result, failed))


def _rule(kind: str) -> str:
    return f"expectation-{kind}"


def _result(one: Outcome) -> SarifResult:
    expectation = one.expectation
    key = "\n".join([file_uri(expectation.file), expectation.label]).encode()
    return SarifResult(
        _rule(expectation.kind),
        "error",
        "\n".join([expectation.label, *one.evidence]),
        (FoundAt(expectation.file, expectation.line),) if expectation.file else (),
        ("expectation/v1", hashlib.sha256(key).hexdigest()[:32]),
        related=tuple(FoundAt(place.file, place.line, place.policy) for place in one.places if place.file),
    )


@register_format("outcomes", "github", suffix=".txt")
def github(found: Outcomes) -> str:
    """Write a command of GitHub's workflows for each expectation that does not hold: a note at its line."""
    return "".join(f"{line}\n" for one in found for line in _notes(one)) + f"{visible(found.headline)}\n"


def _notes(one: Outcome) -> Iterator[str]:
    if one.status is not ExpectationStatus.HOLDS:
        expectation = one.expectation
        title = f"{_WORDS[one.status]}: {expectation.label}"
        yield github_note("error", title, "\n".join(one.evidence), FoundAt(expectation.file, expectation.line))
