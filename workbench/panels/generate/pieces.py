"""What is proposed as HTML: as a tree, as YAML, and line by line beside the policies that are there."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Final

from workbench.ground import count_of, html_text, visible
from workbench.inventory import peer_text, port_match_text
from workbench.panels.frame import empty_html

if TYPE_CHECKING:
    from workbench.generate import Draft, LineOfBoth, SideBySide
    from workbench.policy import Rule

__all__ = ["beside_html", "code_html", "notes_html", "tree_html"]

_MARKS: Final = {"added": "+", "removed": "-", "changed": "~", "unchanged": " "}
_COUNTED: Final = {"added": "new", "changed": "changed", "removed": "removed", "unchanged": "as it is"}
_SAID: Final = {
    "added": "new",
    "removed": "goes away",
    "changed": "changes",
    "unchanged": "stays as it is",
}


def code_html(text: str, name: str) -> str:
    """Return a text as it is, to be scrolled by keys, too.

    Parameters
    ----------
    text : str
    name : str
        What it is, for those who do not see it.
    """
    lines = "\n".join(map(html_text, text.splitlines()))
    return f'<pre class="nw-code" tabindex="0" role="region" aria-label="{html_text(name)}">{lines}</pre>'


def notes_html(notes: Iterable[str], folded: str = "") -> str:
    """Return some sentences as a list; folded, below how many there are.

    Parameters
    ----------
    notes : iterable of str
    folded : str
        What they are, each.
    """
    given = tuple(dict.fromkeys(notes))
    listed = "".join(f"<li>{html_text(visible(one))}</li>" for one in given)
    if not listed:
        return ""
    items = f'<ul class="nw-items">{listed}</ul>'
    return f"<details><summary>{count_of(len(given), folded)}</summary>{items}</details>" if folded else items


def tree_html(drafts: Iterable[Draft]) -> str:
    """Return the policies by namespace, with their rules, and these with their reasons, to be opened one by one.

    Parameters
    ----------
    drafts : iterable of Draft
    """
    ordered = sorted(drafts, key=lambda one: (one.policy.namespace, one.policy.name))
    parts = []
    for namespace, group in groupby(ordered, key=lambda one: one.policy.namespace):
        mine = list(group)
        title = f"{namespace or 'the whole cluster'}: {count_of(len(mine), 'policy')}"
        inner = "".join(map(_policy, mine))
        parts.append(f'<details open class="nw-branch"><summary>{html_text(visible(title))}</summary>{inner}</details>')
    return "".join(parts) or empty_html("No policy is proposed.", "See what was left out, and why.")


def _policy(draft: Draft) -> str:
    title = f"{draft.policy.name}: {count_of(len(draft.policy.rules), 'rule')}"
    about = f"<p>for {html_text(visible(', '.join(sorted(draft.workloads))))}</p>" if draft.workloads else ""
    summary = f"<summary>{html_text(visible(title))}</summary>"
    return f'<details class="nw-branch">{summary}{about}{_rules(draft)}</details>'


def _rules(draft: Draft) -> str:
    if not draft.policy.rules:
        why = draft.because or "no rule: what it isolates is denied"
        return f"<p>{html_text(visible(why))}</p>"
    items = []
    for rule in draft.policy.rules:
        reasons = "".join(
            f"<li>{html_text(visible(str(need)))}</li>" for need in draft.reasons.get((rule.direction, rule.index), ())
        )
        items.append(f"<li><b>{html_text(visible(_rule(rule)))}</b><ul>{reasons}</ul></li>")
    return f'<ul class="nw-items">{"".join(items)}</ul>'


def _rule(rule: Rule) -> str:
    side = "from" if rule.direction.value == "ingress" else "to"
    peers = ", ".join(peer_text(peer) for peer in rule.peers)
    return f"{rule.direction.value}: {rule.action.value.lower()} {side} {peers} : {port_match_text(rule.ports)}"


def beside_html(compared: SideBySide) -> str:
    """Return policies as they are beside those that are proposed; each line says by a sign what becomes of it.

    Parameters
    ----------
    compared : SideBySide
    """
    parts = []
    for policy in compared.policies:
        rows = "".join(map(_row, policy.lines))
        is_open = " open" if policy.change != "unchanged" else ""
        parts.append(
            f'<details{is_open} class="nw-branch"><summary>{html_text(visible(policy.ref))}: {_SAID[policy.change]}'
            f'</summary><table class="nw-side-by-side"><thead><tr><th scope="col">change</th><th scope="col">now</th>'
            f'<th scope="col">proposed</th></tr></thead><tbody>{rows}</tbody></table></details>'
        )
    if not parts:
        return empty_html("No policy is proposed.", "See what was left out, and why.")
    legend = "+ added, - removed, ~ changed; what is not marked stays as it is"
    facts = ", ".join(
        f"{count_of(number, 'policy')} {said}"
        for change, said in _COUNTED.items()
        if (number := sum(one.change == change for one in compared.policies))
    )
    return f'<p role="status">{html_text(facts)}. <span class="nw-note">{legend}</span></p>{"".join(parts)}'


def _row(line: LineOfBoth) -> str:
    sign = f'<td aria-label="{line.change}">{_MARKS[line.change]}</td>'
    texts = "".join(f"<td><code>{html_text(text)}</code></td>" for text in (line.now, line.proposed))
    return f'<tr class="nw-line-{line.change}">{sign}{texts}</tr>'
