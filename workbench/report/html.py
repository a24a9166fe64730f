"""An audit as one page that stands by itself: no script, font or picture of others (audit-reports 3)."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.ground import ArgumentError, needed_by, visible
from workbench.report.pages import page_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from workbench.report.audit import Audit
    from workbench.report.difference import AuditDiff

__all__ = ["diff_html", "html"]

TEMPLATES: Final = Path(__file__).parent / "templates"
MOST_ROWS: Final = 250
"""So many rows of a table are in a page."""
_PARTED: Final = re.compile(r"(?<=[^\s][/\[,=])(?=\S)|(?<=[^\s][.:])(?=[A-Za-z])")
OPEN_ROWS: Final = 30
"""A table with more rows is folded."""


def html(audit: Audit, templates: str | Path | None = None) -> str:
    """Return an audit as a page.

    Parameters
    ----------
    audit : Audit
    templates : str or Path, optional
        A folder with templates in place of ours: ``audit.html.j2``, ``report.css`` or ``report.js``. What it lacks is
        taken from ours.

    Raises
    ------
    ArgumentError
        If there is no such folder, or if a template in it has a fault.
    """
    return _rendered("audit.html.j2", templates, {"page": page_of(audit, MOST_ROWS), "open_rows": OPEN_ROWS})


def diff_html(diff: AuditDiff, templates: str | Path | None = None) -> str:
    """Return what differs between two audits as a page.

    Parameters
    ----------
    diff : AuditDiff
    templates : str or Path, optional
        As of `html`; the template is called ``diff.html.j2``.

    Raises
    ------
    ArgumentError
        As of `html`.
    """
    page = page_of(diff.as_audit, 10 * MOST_ROWS)
    return _rendered("diff.html.j2", templates, {"page": page, "open_rows": 10 * MOST_ROWS})


def _rendered(name: str, templates: str | Path | None, given: dict[str, Any]) -> str:
    with needed_by("a report as a page"):
        from jinja2 import TemplateError  # noqa: PLC0415  (of an extra)

    environment = _environment(templates)
    try:
        style, script = (environment.get_template(one).render() for one in ("report.css", "report.js"))
        return (
            environment.get_template(name).render(**given, style=style, script=script, script_hash=_hash(script)) + "\n"
        )
    except TemplateError as error:
        where = (
            f" ({Path(str(found)).name}:{getattr(error, 'lineno', '')})"
            if (found := getattr(error, "filename", ""))
            else ""
        )
        message = f"the template {name} has a fault{where}: {error}"
        raise ArgumentError(message, "compare it with the template that comes with the workbench") from error


def _environment(templates: str | Path | None) -> Environment:
    from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined  # noqa: PLC0415  (of an extra)
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415  (likewise)

    folders = [TEMPLATES]
    if templates is not None:
        own = Path(templates)
        if not own.is_dir():
            message = f"there is no folder of templates {own}"
            raise ArgumentError(message)
        folders.insert(0, own)
    made = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=lambda name: name is None or name.endswith(".html.j2"),
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    made.filters["breakable"] = _breakable
    return made


def _breakable(text: str) -> Markup:
    """Return a text that may be broken behind what parts a name."""
    from markupsafe import Markup, escape  # noqa: PLC0415  (of an extra)

    return Markup("<wbr>").join(escape(visible(part)) for part in _PARTED.split(text))


def _seen(value: Any) -> Any:  # noqa: ANN401  (what a template writes)
    """Return what a template writes: in texts, nothing is hidden."""
    return visible(value) if type(value) is str else value


def _hash(script: str) -> str:
    """Return what the page's own policy knows its script by: no other one runs."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
