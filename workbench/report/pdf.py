"""An audit as a document to be printed and filed: PDF, set by Typst (audit-reports 3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workbench.ground import ArgumentError, needed_by
from workbench.report.html import TEMPLATES
from workbench.report.pages import page_of

if TYPE_CHECKING:
    from workbench.report.audit import Audit

__all__ = ["pdf"]

MOST_ROWS: Final = 60
"""So many rows of a table are in a document."""
_NAME: Final = "audit.typ"


def pdf(audit: Audit, templates: str | Path | None = None) -> bytes:
    """Return an audit as a document.

    The template is given the audit as data, so that no name in it can be markup. It is set with the fonts that Typst
    brings, so that all machines make the same.

    Parameters
    ----------
    audit : Audit
    templates : str or Path, optional
        A folder with an ``audit.typ`` in place of ours.

    Raises
    ------
    ArgumentError
        If there is no such folder, or if the template in it has a fault.
    MissingExtraError
        If the extra ``report-pdf`` is not installed.
    """
    with needed_by("a report as PDF"):
        import typst  # noqa: PLC0415  (of an extra)

    source = TEMPLATES / _NAME
    if templates is not None:
        own = Path(templates)
        if not own.is_dir():
            message = f"there is no folder of templates {own}"
            raise ArgumentError(message)
        source = own / _NAME if (own / _NAME).is_file() else source
    page = json.dumps(page_of(audit, MOST_ROWS))
    try:
        made = typst.compile(
            source,
            root=source.parent,
            format="pdf",
            sys_inputs={"page": page},
            ignore_system_fonts=True,
            timestamp=int(audit.now.timestamp()),
        )
    except typst.TypstError as error:
        message = f"the template {source.name} has a fault: {error.message}"
        raise ArgumentError(message, "compare it with the template that comes with the workbench") from error
    return made
