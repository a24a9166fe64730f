"""What pipelines read: the parts of SARIF, of JUnit and of GitHub's notes that several answers are written with.

What writes SARIF and JUnit is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import quote

from workbench.ground.extras import DISTRIBUTION, installed_version, needed_by
from workbench.ground.text import json_text, visible

if TYPE_CHECKING:
    import sarif_pydantic

__all__ = [
    "FoundAt",
    "JUnitCase",
    "SarifResult",
    "SarifRule",
    "file_uri",
    "github_note",
    "junit_document",
    "sarif_document",
]

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
NoteLevel: TypeAlias = Literal["error", "warning", "notice"]


class FoundAt(NamedTuple):
    """Where a result is.

    Attributes
    ----------
    file : str
        Empty where it is in none.
    line : int or None
    text : str
        What is there.
    logical : str
        Name of an object, where there is no file; empty for none.
    """

    file: str = ""
    line: int | None = None
    text: str = ""
    logical: str = ""


NOWHERE: Final = FoundAt()


class SarifRule(NamedTuple):
    """A rule of a SARIF log.

    Attributes
    ----------
    id, text : str
    help : str
        What to do; empty for nothing.
    properties : mapping
    """

    id: str
    text: str
    help: str = ""
    properties: Mapping[str, Any] = {}


class SarifResult(NamedTuple):
    """A result of a SARIF log.

    Attributes
    ----------
    rule : str
        Id of its rule.
    level : str
        ``error``, ``warning``, ``note`` or ``none``.
    message : str
    places : tuple of FoundAt
    fingerprint : (str, str)
        What kind of fingerprint it is, and the fingerprint.
    related : tuple of FoundAt
    properties : mapping
    suppressed : str
        Why it is suppressed; empty where it is not.
    """

    rule: str
    level: str
    message: str
    places: tuple[FoundAt, ...]
    fingerprint: tuple[str, str]
    related: tuple[FoundAt, ...] = ()
    properties: Mapping[str, Any] = {}
    suppressed: str = ""


def sarif_document(what: str, rules: Iterable[SarifRule], results: Iterable[SarifResult]) -> str:
    """Return a SARIF 2.1.0 log of one run.

    Parameters
    ----------
    what : str
        What is written, for the error where an extra is missing.
    rules : iterable of SarifRule
    results : iterable of SarifResult
        Control characters in their texts are shown as `visible` shows them, but for line breaks.
    """
    with needed_by(f"{what} as SARIF"):
        import sarif_pydantic as model  # noqa: PLC0415  (half a second)
    listed = tuple(results)
    described = [
        model.ReportingDescriptor(
            id=one.id,
            shortDescription=model.Message(text=one.text),
            help=model.Message(text=one.help) if one.help else None,
            properties=dict(one.properties) or None,
        )
        for one in rules
    ]
    driver = model.ToolDriver(name=DISTRIBUTION, version=installed_version(), rules=described)
    run = model.Run(tool=model.Tool(driver=driver), results=[_result(one) for one in listed])
    document = model.Sarif(version="2.1.0", runs=[run]).model_dump(mode="json", by_alias=True, exclude_none=True)
    # The model has one suppression for a list of them.
    for result, one in zip(document["runs"][0]["results"], listed, strict=True):
        if one.suppressed:
            result["suppressions"] = [{"kind": "external", "justification": one.suppressed}]
    return json_text({"$schema": SARIF_SCHEMA, **document})


def _result(one: SarifResult) -> sarif_pydantic.Result:
    import sarif_pydantic as model  # noqa: PLC0415  (half a second)

    kind, fingerprint = one.fingerprint
    return model.Result(
        ruleId=one.rule,
        level=model.Level(one.level),
        message=model.Message(text=one.message),
        locations=[_location(place) for place in one.places],
        relatedLocations=[_location(place) for place in one.related] or None,
        partialFingerprints={kind: fingerprint},
        properties=dict(one.properties) or None,
    )


def _location(place: FoundAt) -> sarif_pydantic.Location:
    import sarif_pydantic as model  # noqa: PLC0415  (half a second)

    logical = model.LogicalLocation(fullyQualifiedName=place.logical, kind="resource")
    physical = model.PhysicalLocation(
        artifactLocation=model.ArtifactLocation(uri=file_uri(place.file)),
        region=None if place.line is None else model.Region(startLine=place.line),
    )
    return model.Location(
        physicalLocation=physical if place.file else None,
        logicalLocations=[logical] if place.logical else None,
        message=model.Message(text=place.text) if place.text else None,
    )


def file_uri(file: str) -> str:
    """Return a path as SARIF writes it: relative as it is, absolute as a URI.

    Parameters
    ----------
    file : str
    """
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


class JUnitCase(NamedTuple):
    """A case of a JUnit document.

    Attributes
    ----------
    name : str
    failure : str
        What is wrong, in one line; empty where it passes.
    kind : str
        What kind of failure it is.
    text : str
        More about it.
    is_error : bool
        Whether it could not be told.
    skipped : str
        Why it was not asked; empty where it was.
    """

    name: str
    failure: str = ""
    kind: str = ""
    text: str = ""
    is_error: bool = False
    skipped: str = ""


def junit_document(what: str, suites: Iterable[tuple[str, Iterable[JUnitCase]]]) -> str:
    """Return a JUnit document.

    Parameters
    ----------
    what : str
        What is written, for the error where an extra is missing.
    suites : iterable of (str, iterable of JUnitCase)
        The name of each suite, and its cases.
    """
    with needed_by(f"{what} as JUnit"):
        from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite  # noqa: PLC0415  (an extra)
    document = JUnitXml(DISTRIBUTION)
    for name, cases in suites:
        suite = TestSuite(_xml(name))
        for one in cases:
            case = TestCase(_xml(one.name), classname=_xml(name))
            if one.failure:
                result = (Error if one.is_error else Failure)(_xml(one.failure), one.kind)
                result.text = _xml(one.text)
                case.result = [result]
            elif one.skipped:
                case.result = [Skipped(_xml(one.skipped))]
            suite.add_testcase(case)
        document.add_testsuite(suite)
    document.update_statistics()
    return f'<?xml version="1.0" encoding="utf-8"?>\n{document.tostring().decode()}\n'


def _xml(text: str) -> str:
    """Return text whose characters XML can hold, and can be seen."""
    return "\n".join(map(visible, text.split("\n")))


def github_note(level: NoteLevel, title: str, text: str, place: FoundAt = NOWHERE) -> str:
    """Return a command of GitHub's workflows: a note at a line of a file.

    Parameters
    ----------
    level : {"error", "warning", "notice"}
    title, text : str
    place : FoundAt, optional
    """
    fields = {
        "file": visible(PurePath(place.file).as_posix()) if place.file else "",
        "line": "" if place.line is None or not place.file else str(place.line),
        "title": visible(title),
    }
    parts = ",".join(f"{name}={_property(value)}" for name, value in fields.items() if value)
    return f"::{level} {parts}::{_message(text)}"


def _message(text: str) -> str:
    """Return what a workflow command says, with what would end its line encoded."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
