"""How audits, what differs between two, and what is wrong with a bundle are written down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from workbench.ground import (
    ANSWER_FORMATS,
    count_of,
    json_rows,
    json_text,
    markdown_cell,
    markdown_table,
    register_format,
    text_table,
    visible,
)

if TYPE_CHECKING:
    from workbench.report.audit import Audit
    from workbench.report.difference import AuditDiff
    from workbench.report.verifying import Verification

__all__ = [
    "audit_html",
    "audit_json",
    "audit_md",
    "audit_pdf",
    "audit_txt",
    "diff_csv",
    "diff_json",
    "diff_md",
    "diff_page",
    "diff_txt",
    "verified_json",
    "verified_md",
    "verified_txt",
]

_MOST_ROWS: Final = 20
"""So many rows of a table are in a text."""


@register_format("audit", "html")
def audit_html(audit: Audit) -> str:
    """Write one page that stands by itself, for people: it prints well, and its tables can be sorted."""
    from workbench.report.html import html  # noqa: PLC0415  (the command line lists formats)

    return html(audit)


@register_format("audit", "pdf", binary=True)
def audit_pdf(audit: Audit) -> bytes:
    """Write a document, for files (extra report-pdf)."""
    from workbench.report.pdf import pdf  # noqa: PLC0415  (as above)

    return pdf(audit)


@register_format("audit", "json")
def audit_json(audit: Audit) -> str:
    """Write everything as one object, for programs: sections with their texts, tables with all rows."""
    sections = [
        {
            "id": one.id,
            "title": one.title,
            "prose": [{"kind": each.kind.value, "text": each.text} for each in one.prose],
            "tables": [each.id for each in one.tables],
        }
        for one in audit.sections
    ]
    return json_text(
        {
            "title": audit.title,
            "author": audit.author,
            "now": audit.now.isoformat(),
            "namespaces": list(audit.namespaces),
            "versions": dict(sorted(audit.versions.items())),
            "sections": sections,
            "tables": {name: json_rows(one.frame) for name, one in audit.tables.items()},
        }
    )


@register_format("audit", "txt")
def audit_txt(audit: Audit) -> str:
    """Write the sections as text, for people at a terminal; of tables the first rows."""
    return "\n".join(_text_lines(audit)) + "\n"


@register_format("audit", "md")
def audit_md(audit: Audit) -> str:
    """Write the sections as Markdown, for an issue or a wiki; of tables the first rows."""
    return "\n".join(_markdown_lines(audit)) + "\n"


def _text_lines(audit: Audit) -> Iterator[str]:
    page = _page(audit)
    yield visible(page["title"])
    yield "=" * len(visible(page["title"]))
    yield visible(f"As of {page['date']}. Scope: {page['scope']}.")
    for section in page["sections"]:
        title = visible(section["title"])
        yield from ("", title, "-" * len(title))
        for part in section["parts"]:
            if part["kind"] == "table":
                names, rows = _cells(part)
                yield from ("", f"{visible(part['title'])} ({_counted(part)})")
                yield text_table(names, rows).rstrip("\n")
                yield ""
            elif part["kind"] == "picture":
                yield visible(f"[{part['title']}: {part['text']}]")
            else:
                yield visible(f"{_mark(part)}{part['text']}")


def _markdown_lines(audit: Audit) -> Iterator[str]:
    page = _page(audit)
    yield f"# {markdown_cell(page['title'])}"
    yield ""
    yield f"As of {page['date']}. Scope: {markdown_cell(page['scope'])}."
    for section in page["sections"]:
        yield from ("", f"## {markdown_cell(section['title'])}", "")
        for part in section["parts"]:
            if part["kind"] == "table":
                names, rows = _cells(part)
                yield from (f"### {markdown_cell(part['title'])} ({_counted(part)})", "")
                yield markdown_table(names, rows)
            elif part["kind"] == "picture":
                yield from (f"*{markdown_cell(part['title'])}*: {markdown_cell(part['text'])}", "")
            else:
                yield from (f"{_mark(part)}{markdown_cell(part['text'])}", "")


def _page(audit: Audit) -> dict[str, Any]:
    from workbench.report.pages import page_of  # noqa: PLC0415  (the command line lists formats)

    return page_of(audit, _MOST_ROWS)


def _cells(part: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    names = [one["name"] for one in part["columns"]]
    codes = [one["is_code"] for one in part["columns"]]
    return names, [[_text(cell, is_code=code) for code, cell in zip(codes, row, strict=True)] for row in part["rows"]]


def _text(cell: dict[str, Any], *, is_code: bool) -> str:
    """Return a cell as one line; of what has many, how many there are."""
    lines = cell["lines"]
    return count_of(len(lines), "line") if is_code and lines else ", ".join(lines)


def _counted(part: dict[str, Any]) -> str:
    return f"{part['total']:,}" if part["shown"] == part["total"] else f"{part['shown']:,} of {part['total']:,}"


def _mark(part: dict[str, Any]) -> str:
    return {"missing": "Not known: ", "warning": "Attention: "}.get(part["kind"], "")


@register_format("audit-diff", "txt")
def diff_txt(diff: AuditDiff) -> str:
    """Write what differs, a line each, for people at a terminal."""
    return f"{diff}\n"


@register_format("audit-diff", "md")
def diff_md(diff: AuditDiff) -> str:
    """Write what differs as a Markdown table, for an issue or a merge request."""
    notes = "".join(f"{markdown_cell(one)}\n\n" for one in (f"{diff.headline}.", *diff.notes))
    return notes + str(ANSWER_FORMATS.render("table", "md", diff.to_frame()))


@register_format("audit-diff", "csv")
def diff_csv(diff: AuditDiff) -> str:
    """Write a row for each difference."""
    return ANSWER_FORMATS.render("table", "csv", diff.to_frame())


@register_format("audit-diff", "json")
def diff_json(diff: AuditDiff) -> str:
    """Write one object, for programs: the two audits, what could not be compared, and each difference."""
    ends = {
        name: {"title": one.title, "now": one.now.isoformat()}
        for name, one in (("before", diff.before), ("after", diff.after))
    }
    return json_text({**ends, "notes": list(diff.notes), "differences": json_rows(diff.to_frame())})


@register_format("audit-diff", "html")
def diff_page(diff: AuditDiff) -> str:
    """Write one page that stands by itself, for people."""
    from workbench.report.html import diff_html  # noqa: PLC0415  (as above)

    return diff_html(diff)


@register_format("verification", "txt")
def verified_txt(found: Verification) -> str:
    """Write what is not as it was written, a line each, for people at a terminal."""
    return f"{found}\n"


@register_format("verification", "md")
def verified_md(found: Verification) -> str:
    """Write the verdict and a Markdown table."""
    return f"{markdown_cell(found.headline)}.\n\n" + str(ANSWER_FORMATS.render("table", "md", found.to_frame()))


@register_format("verification", "json")
def verified_json(found: Verification) -> str:
    """Write one object, for programs: whether all is as it was written, and what is not."""
    said = {"ok": found.ok, "digest": found.digest, "versions": dict(sorted(found.versions.items()))}
    return json_text({**said, "notes": list(found.notes), "differences": json_rows(found.to_frame())})
