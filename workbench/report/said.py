"""An audit as JSON, with its tables and pictures as files beside, and back (audit-reports 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from workbench.ground import Problem, Severity
from workbench.report.audit import Audit
from workbench.report.data import columns_said, frame_of, table_said
from workbench.report.model import Part, Prose, ProseKind, ReportPicture, ReportTable, Section

__all__ = ["DATA", "PICTURES", "audit_said", "said_audit"]

DATA, PICTURES = "data", "pictures"


def audit_said(audit: Audit) -> dict[str, Any]:
    """Return an audit as JSON has it; its tables and pictures are files beside.

    Parameters
    ----------
    audit : Audit
    """
    return {
        "title": audit.title,
        "author": audit.author,
        "now": audit.now.isoformat(),
        "namespaces": list(audit.namespaces),
        "versions": dict(sorted(audit.versions.items())),
        "sections": [
            {"id": one.id, "title": one.title, "parts": [_part_said(part) for part in one.parts]}
            for one in audit.sections
        ],
        "problems": [
            {
                "severity": one.severity.value,
                "code": one.code,
                "message": one.message,
                "remedy": one.remedy,
                "file": one.file,
                "line": one.line,
                "object": one.object,
                "field": one.field,
            }
            for one in audit.problems_found
        ],
    }


def _part_said(part: Part) -> dict[str, Any]:
    if isinstance(part, Prose):
        return {"kind": part.kind.value, "text": part.text}
    if isinstance(part, ReportTable):
        said = {"id": part.id, "title": part.title, "key": list(part.key), "shown": list(part.shown)}
        return {"kind": "table", **said, "rows": len(part), "table": columns_said(part.table)}
    return {"kind": "picture", "id": part.id, "title": part.title, "text": part.text, "is_written": part.is_written}


def said_audit(said: Mapping[str, Any], read: Callable[[str], bytes]) -> Audit:
    """Return the audit that `audit_said` has written.

    Parameters
    ----------
    said : mapping
    read : callable
        Given a path within the bundle, returns what is there.

    Raises
    ------
    ValueError, KeyError, TypeError, AttributeError
        If it is none.
    """
    return Audit(
        str(said["title"]),
        str(said["author"]),
        datetime.fromisoformat(said["now"]),
        tuple(map(str, said["namespaces"])),
        tuple(
            Section(_file_name(one["id"]), str(one["title"]), tuple(_parts(one["parts"], read)))
            for one in said["sections"]
        ),
        MappingProxyType({str(name): str(found) for name, found in said["versions"].items()}),
        tuple(Problem(**{**one, "severity": Severity(one["severity"])}) for one in said["problems"]),
    )


def _parts(listed: Iterable[Mapping[str, Any]], read: Callable[[str], bytes]) -> Iterable[Part]:
    for one in listed:
        if one["kind"] == "table":
            table, name = table_said(one["table"]), _file_name(one["id"])
            frame = frame_of(read(f"{DATA}/{name}.parquet"), table)
            yield ReportTable(name, str(one["title"]), table, frame, tuple(one["key"]), tuple(one["shown"]))
        elif one["kind"] == "picture":
            name = _file_name(one["id"])
            svg = read(f"{PICTURES}/{name}.svg").decode()
            yield ReportPicture(name, str(one["title"]), str(one["text"]), svg, is_written=bool(one["is_written"]))
        else:
            yield Prose(str(one["text"]), ProseKind(one["kind"]))


def _file_name(id: Any) -> str:  # noqa: A002, ANN401  (JSON)
    """Return an id, which is the name of files, and nothing but that."""
    name = str(id)
    if not name or not all(char.isascii() and (char.isalnum() or char in "-_") for char in name):
        message = f"{name!r} is no id"
        raise ValueError(message)
    return name
