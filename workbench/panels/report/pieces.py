"""What is said of a report as HTML: its headline, its sections, what has changed since, and what a proof found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workbench.checks import CheckSeverity
from workbench.ground import count_of, html_text, listed, visible
from workbench.panels.details import badge, items, note
from workbench.panels.frame import empty_html
from workbench.panels.generate import notes_html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.panels.report.bundles import Written
    from workbench.panels.report.making import Made
    from workbench.panels.report.state import Headline
    from workbench.report import Verification

__all__ = ["changed_html", "head_html", "lacks_html", "sections_html", "verified_html", "written_html"]

_TONES: Final = {
    CheckSeverity.CRITICAL: "bad",
    CheckSeverity.HIGH: "bad",
    CheckSeverity.MEDIUM: "warn",
}
_SEVERAL: Final = ("the flows", "the baselines", "the accepted findings", "the namespaces", "the sections")
_EMPTY: Final = empty_html(
    "No report was made yet.",
    "Choose what it is about, and press Make the report. It is shown here, and nothing is written before you save it.",
)
_NO_FIGURES: Final = "It has no section Summary, and so no figures stand here."


def changed_html(changed: str) -> str:
    """Return that something has changed since the report was made; nothing where nothing has.

    Parameters
    ----------
    changed : str
        What, in a few words.
    """
    if not changed:
        return ""
    has = "have" if " and " in changed or changed in _SEVERAL else "has"
    said = f"{changed[:1].upper()}{changed[1:]} {has} changed since: press Make the report."
    return f'<p role="status">{badge("not of what is there now", "warn")} {html_text(said)}</p>'


def head_html(made: Made | None, headline: Headline) -> str:
    """Return what a report is, in a line, and its figures.

    Parameters
    ----------
    made : Made or None
    headline : Headline
    """
    if made is None:
        return _EMPTY
    audit = made.audit
    about = listed([visible(name) for name in audit.namespaces]) or "all namespaces"
    by = f", by {visible(audit.author)}" if audit.author else ""
    facts = (
        f"As of {audit.now:%Y-%m-%d %H:%M} UTC{by}; about {about}; "
        f"{count_of(len(audit.sections), 'section')}, {count_of(len(audit.tables), 'table')}."
    )
    title = f'<p class="nw-subject">{html_text(visible(audit.title))}</p>{note(facts)}'
    told = notes_html(audit.notes, folded="open question")
    if headline.findings is None:
        return f"{title}{note(_NO_FIGURES)}{told}"
    return f"{title}{_found_html(headline.findings)}{_figures_html(headline)}{told}"


def _found_html(findings: dict[str, int]) -> str:
    number = sum(findings.values())
    grave = findings[CheckSeverity.CRITICAL.value] + findings[CheckSeverity.HIGH.value]
    tone = "bad" if grave else "warn" if number else "good"
    said = f"{count_of(number, 'finding')} that nobody answers for" if number else "No finding that nobody answers for"
    counted = "".join(
        badge(f"{findings[one.value]:,} {one.value}", _TONES.get(one, "plain"))
        for one in CheckSeverity
        if findings[one.value]
    )
    return f'<div class="nw-answer nw-answer-{tone}" role="status">{html_text(said)}.</div><p>{counted}</p>'


def _figures_html(headline: Headline) -> str:
    cells = "".join(
        f"<div><dt>{html_text(one.title)}</dt><dd>{html_text(one.text)}</dd></div>" for one in headline.figures
    )
    return f'<dl class="nw-figures">{cells}</dl>'


def sections_html(made: Made) -> str:
    """Return the sections of a report, with what is in them: what a saved notebook shows in its place.

    Parameters
    ----------
    made : Made
    """
    return items(
        [
            f"<b>{html_text(visible(one.title))}</b>"
            + html_text("".join(f"; {visible(each.title)} ({len(each):,})" for each in one.tables))
            for one in made.audit.sections
        ]
    )


def lacks_html(lacks: Iterable[str]) -> str:
    """Return what a report will lack.

    Parameters
    ----------
    lacks : iterable of str
        A sentence each.
    """
    told = tuple(lacks)
    if not told:
        return note("Nothing is missing.")
    return notes_html(told, folded="missing input")


def written_html(written: Written | None) -> str:
    """Return where a bundle was written, and its digest.

    Parameters
    ----------
    written : Written or None
    """
    if written is None:
        return ""
    said = f"Written: {visible(str(written.folder))}."
    keep = "Keep this digest elsewhere: whoever has it knows whether any file was changed."
    digest = f'<code class="nw-digest">{html_text(written.digest)}</code>'
    return f'<p role="status">{html_text(said)}<br>{html_text(keep)}<br>{digest}</p>'


def verified_html(found: Verification | None) -> str:
    """Return the verdict about a bundle.

    Parameters
    ----------
    found : Verification or None
    """
    if found is None:
        return note("A bundle is proved by its hashes, and by making its answers anew from its inputs.")
    tone = "good" if found.ok else "bad"
    said = f'<div class="nw-answer nw-answer-{tone}" role="status">{html_text(visible(found.headline))}.</div>'
    what = f"{visible(found.folder)}; digest {found.digest or 'not known'}."
    return f"{said}{note(what)}{notes_html(found.notes)}"
