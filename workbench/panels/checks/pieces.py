"""What is said of findings as HTML: how many there are, what has changed since, and one of them with its proof."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from workbench.checks import CheckSeverity, FindingStatus
from workbench.ground import count_of, html_text, visible
from workbench.panels.details import badge, definitions, heading, items, marked_block, note
from workbench.panels.frame import empty_html
from workbench.panels.generate import code_html

if TYPE_CHECKING:
    from workbench.checks import CheckFinding, CheckFindings

__all__ = ["changed_html", "excerpt_html", "finding_html", "head_html", "not_asked_html"]

_TONES: Final = {
    CheckSeverity.CRITICAL: "bad",
    CheckSeverity.HIGH: "bad",
    CheckSeverity.MEDIUM: "warn",
    CheckSeverity.LOW: "plain",
    CheckSeverity.INFO: "plain",
}
_STATUS_TONES: Final = {FindingStatus.NEW: "plain", FindingStatus.EXPIRED: "warn"}


def head_html(found: CheckFindings | None, *, is_running: bool = False) -> str:
    """Return how many findings there are in one line, and which checks were not asked.

    Parameters
    ----------
    found : CheckFindings or None
    is_running : bool
        Whether checks are being asked.
    """
    if found is None:
        if is_running:
            return empty_html("Checks are being asked …")
        return empty_html("Checks were not asked yet.", "Press Run checks. Nothing is changed.")
    worst = found.open.items[0].severity if found.open.items else None
    tone = "good" if worst is None else "bad" if worst.reaches(CheckSeverity.HIGH) else "warn"
    said = html_text(f"{visible(found.headline)}.")
    asked = f"{count_of(len(found.checks), 'check')} asked"
    if found.not_asked:
        asked += f", {len(found.not_asked):,} not: {', '.join(one.check.id for one in found.not_asked)}"
    remarks = f" {count_of(len(found.said), 'remark')} on what is given: see What checks know." if found.said else ""
    return f'<div class="nw-answer nw-answer-{tone}" role="status">{said}</div>{note(f"{asked}.{remarks}")}'


def changed_html(changed: str) -> str:
    """Return that something has changed since checks were asked; nothing where nothing has.

    Parameters
    ----------
    changed : str
        What, in a few words.
    """
    if not changed:
        return ""
    has = "have" if " and " in changed or changed in {"the flows", "the baselines", "the corporate rules"} else "has"
    said = f"{changed[:1].upper()}{changed[1:]} {has} changed since: press Run checks."
    return f'<p role="status">{badge("not of what is there now", "warn")} {html_text(said)}</p>'


def not_asked_html(checks: Iterable[tuple[str, str, str]]) -> str:
    """Return the checks that were not asked, each with the reason.

    Parameters
    ----------
    checks : iterable of (str, str, str)
        Id, title and reason.
    """
    listed = [
        f"<b>{html_text(check)}</b> {html_text(title)}: {html_text(visible(reason))}" for check, title, reason in checks
    ]
    return items(listed) if listed else note("All checks were asked.")


def finding_html(finding: CheckFinding) -> str:
    """Return a finding with its proof, its place and what to do about it.

    Parameters
    ----------
    finding : CheckFinding
    """
    shown = " ".join(part for part in (finding.object, finding.field) if part)
    told = " ".join(
        (
            badge(finding.severity.value, _TONES[finding.severity]),
            badge(f"{finding.check}: {finding.title}"),
            *([badge(finding.status.value, _STATUS_TONES.get(finding.status, "good"))] if _is_told(finding) else ()),
        )
    )
    head = f'<p class="nw-subject">{html_text(visible(shown))}</p><p>{told}</p>'
    said = f"<p><b>{html_text(visible(f'{finding.message[:1].upper()}{finding.message[1:]}.'))}</b></p>"
    proof = [html_text(visible(line)) for line in finding.evidence]
    facts = (
        f"{said}{note(finding.rule.reason)}{_answered_html(finding)}"
        f"{heading('Evidence') + items(proof) if proof else ''}"
        f"{_connection_html(finding)}{heading('Remedy')}<p>{html_text(visible(finding.remedy))}</p>"
        f"{_source_html(finding)}"
    )
    written = excerpt_html(finding)
    return f'{head}<div class="nw-sides"><div>{facts}</div><div>{written}{_patch_html(finding)}</div></div>'


def _is_told(finding: CheckFinding) -> bool:
    return finding.status is not FindingStatus.NEW


def _answered_html(finding: CheckFinding) -> str:
    match finding.status:
        case FindingStatus.NEW:
            return ""
        case FindingStatus.IGNORED:
            said = f"Ignored by an annotation: {finding.reason}"
        case FindingStatus.EXPIRED:
            said = f"Was accepted by {finding.owner}, which has expired: {finding.reason}"
        case _:
            said = f"Accepted by {finding.owner}: {finding.reason}"
    return f"<p>{html_text(visible(said))}</p>"


def _connection_html(finding: CheckFinding) -> str:
    found = finding.found
    if not found.src:
        return ""
    said = f"{found.src} → {found.dst}{f' : {found.ports}' if found.ports else ''}"
    return f"{heading('A connection that shows it')}<p>{html_text(visible(said))}</p>"


def _source_html(finding: CheckFinding) -> str:
    return definitions(
        [
            ("source", html_text(visible(finding.rule.source))),
            ("ATT&CK", html_text(", ".join(finding.rule.techniques))),
        ]
    )


def excerpt_html(finding: CheckFinding) -> str:
    """Return the lines around the field that a finding is about, with its line marked, and where that is.

    Parameters
    ----------
    finding : CheckFinding
    """
    source = finding.found.source
    if not finding.place:
        return note("It was not read from a file.")
    place = f'<div class="nw-place">{html_text(visible(finding.place))}</div>'
    if not source.text or finding.line is None:
        return f"{heading('Place')}{place}"
    lines = marked_block(source.text, f"Lines around {visible(finding.place)}", finding.line, first=source.line)
    return f"{heading('Place')}{place}{lines}"


def _patch_html(finding: CheckFinding) -> str:
    patch = finding.patch
    if not patch:
        return note("No change is ready: the remedy says what to do.")
    deletes = "".join(f"<li>deletes {html_text(visible(ref))}</li>" for ref in patch.delete)
    listed = f'<ul class="nw-items">{deletes}</ul>' if deletes else ""
    code = code_html(patch.yaml, "YAML of the patch") if patch.yaml else ""
    return f"<details><summary>The patch that removes it</summary>{listed}{code}</details>"
