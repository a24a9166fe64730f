"""How outcomes of expectations are written: for people, and for pipelines as JUnit, SARIF and notes of GitHub.

The command line imports this to list the formats in its help: what writes JUnit and SARIF is imported within.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from workbench.ground import (
    ANSWER_FORMATS,
    DISTRIBUTION,
    installed_version,
    json_text,
    markdown_cell,
    needed_by,
    register_format,
    visible,
)
from workbench.whatif.verdicts import ExpectationStatus

if TYPE_CHECKING:
    import junitparser
    import sarif_pydantic

    from workbench.whatif.outcomes import Outcome, Outcomes

__all__ = ["comma_separated", "github", "json_object", "junit", "md", "sarif", "txt"]

_WORDS: Final[Mapping[ExpectationStatus, str]] = MappingProxyType(
    {
        ExpectationStatus.HOLDS: "holds",
        ExpectationStatus.FAILS: "FAILS",
        ExpectationStatus.UNANSWERED: "UNANSWERED",
    }
)
_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
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


# --- JUnit --------------------------------------------------------------------------------------------------------


@register_format("outcomes", "junit", suffix=".xml")
def junit(found: Outcomes) -> str:
    """Write JUnit: a suite for each file and a case for each expectation; one without an answer is an error."""
    with needed_by("outcomes as JUnit"):
        from junitparser import JUnitXml, TestSuite  # noqa: PLC0415  (an extra)
    document = JUnitXml(DISTRIBUTION)
    for file, group in groupby(found, key=lambda one: one.expectation.file or _NOWHERE):
        suite = TestSuite(_xml(file))
        for one in group:
            suite.add_testcase(_case(one, file))
        document.add_testsuite(suite)
    document.update_statistics()
    return f'<?xml version="1.0" encoding="utf-8"?>\n{document.tostring().decode()}\n'


def _case(one: Outcome, file: str) -> junitparser.TestCase:
    from junitparser import Error, Failure, TestCase  # noqa: PLC0415  (an extra)

    case = TestCase(_xml(one.expectation.label), classname=_xml(file))
    if one.status is not ExpectationStatus.HOLDS:
        kind = Failure if one.status is ExpectationStatus.FAILS else Error
        result = kind(_xml(one.checked.failures[0].message), f"netpol-{one.expectation.kind}")
        result.text = _xml("\n".join([f"expected at {_place(one) or file}", *one.evidence]))
        case.result = [result]
    return case


def _xml(text: str) -> str:
    """Return text without the characters that XML cannot hold."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)


# --- SARIF --------------------------------------------------------------------------------------------------------


@register_format("outcomes", "sarif")
def sarif(found: Outcomes) -> str:
    """Write SARIF 2.1.0: a result for each expectation that does not hold, at its line, with the rules that decide."""
    with needed_by("outcomes as SARIF"):
        import sarif_pydantic as model  # noqa: PLC0415  (half a second)
    failed = [one for one in found if one.status is not ExpectationStatus.HOLDS]
    rules = [
        model.ReportingDescriptor(id=_rule(kind), shortDescription=model.Message(text=text))
        for kind, text in _RULES.items()
    ]
    driver = model.ToolDriver(name=DISTRIBUTION, version=installed_version(), rules=rules)
    run = model.Run(tool=model.Tool(driver=driver), results=[_result(one) for one in failed])
    document = model.Sarif(version="2.1.0", runs=[run]).model_dump(mode="json", by_alias=True, exclude_none=True)
    return json_text({"$schema": _SARIF_SCHEMA, **document})


def _rule(kind: str) -> str:
    return f"expectation-{kind}"


def _result(one: Outcome) -> sarif_pydantic.Result:
    import sarif_pydantic as model  # noqa: PLC0415  (half a second)

    expectation = one.expectation
    key = "\n".join([_uri(expectation.file), expectation.label]).encode()
    related = [_location(place.file, place.line, place.policy) for place in one.places if place.file]
    own = [_location(expectation.file, expectation.line)] if expectation.file else []
    return model.Result(
        ruleId=_rule(expectation.kind),
        level=model.Level.ERROR,
        message=model.Message(text="\n".join([expectation.label, *one.evidence])),
        locations=own,
        relatedLocations=related or None,
        partialFingerprints={"expectation/v1": hashlib.sha256(key).hexdigest()[:32]},
    )


def _location(file: str, line: int | None, text: str = "") -> sarif_pydantic.Location:
    import sarif_pydantic as model  # noqa: PLC0415  (half a second)

    return model.Location(
        physicalLocation=model.PhysicalLocation(
            artifactLocation=model.ArtifactLocation(uri=_uri(file)),
            region=None if line is None else model.Region(startLine=line),
        ),
        message=model.Message(text=text) if text else None,
    )


def _uri(file: str) -> str:
    """Return a path as SARIF writes it: relative as it is, absolute as a URI."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


# --- GitHub -------------------------------------------------------------------------------------------------------


@register_format("outcomes", "github", suffix=".txt")
def github(found: Outcomes) -> str:
    """Write a command of GitHub's workflows for each expectation that does not hold: a note at its line."""
    return "".join(f"{line}\n" for one in found for line in _notes(one)) + f"{visible(found.headline)}\n"


def _notes(one: Outcome) -> Iterator[str]:
    if one.status is ExpectationStatus.HOLDS:
        return
    expectation = one.expectation
    fields = {
        "file": PurePath(expectation.file).as_posix() if expectation.file else "",
        "line": "" if expectation.line is None or not expectation.file else str(expectation.line),
        "title": visible(f"{_WORDS[one.status]}: {expectation.label}"),
    }
    parts = ",".join(f"{name}={_property(value)}" for name, value in fields.items() if value)
    evidence = "\n".join(one.evidence)
    yield f"::error {parts}::{_message(evidence)}"


def _message(text: str) -> str:
    """Return what a workflow command says, with what would end its line encoded."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
