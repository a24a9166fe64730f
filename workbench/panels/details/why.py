"""Why may a pair talk, or why not: the answer of connectivity as HTML, and the policies that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.ground import ALL_PORTS, PROTOCOLS, ArgumentError, html_text
from workbench.manifests import field_path
from workbench.panels.details.pieces import badge, breakable, entry, heading, items, note
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity import Answer, Connectivity, Decision, PairExplanation, Ruling, Verdict

__all__ = ["AskedPort", "Reasons", "asked_port", "reasons_for"]

_ASKED: Final = re.compile(r"((?P<protocol>[A-Za-z]+)\s*[-/ :]?\s*)?(?P<port>[0-9]{1,5})(/(?P<behind>[A-Za-z]+))?")
_TONES: Final = {"allowed": "good", "denied": "bad", "partly": "warn"}
MOST_PARTS: Final = 40


class AskedPort(NamedTuple):
    """A port that is asked about; None for all."""

    port: int | None = None
    protocol: str = "TCP"


class Reasons(NamedTuple):
    """An answer to "why".

    Attributes
    ----------
    html : str
    policies : tuple of str
        The policies that it names, as ``Kind namespace/name``, in the order in which it names them.
    verdict : str
        ``allowed``, ``denied`` or ``partly``; empty where there is no answer.
    """

    html: str
    policies: tuple[str, ...] = ()
    verdict: str = ""


def asked_port(text: str) -> AskedPort:
    """Return the port that a text means: ``443``, ``udp/53``, ``53/udp``; all ports for none.

    Parameters
    ----------
    text : str

    Raises
    ------
    ArgumentError
        If it means none.
    """
    if not text.strip():
        return AskedPort()
    found = _ASKED.fullmatch(text.strip())
    protocol = "" if found is None else (found["protocol"] or found["behind"] or "TCP").upper()
    if found is None or protocol not in PROTOCOLS or (found["protocol"] and found["behind"]):
        message = f"{text.strip()!r} is not a port: write 443, or with a protocol udp/53"
        raise ArgumentError(message)
    return AskedPort(int(found["port"]), protocol)


def reasons_for(connectivity: Connectivity, edge: tuple[str, str], asked: AskedPort) -> Reasons:
    """Return why one end may reach another, or why not.

    Parameters
    ----------
    connectivity : Connectivity
    edge : (str, str)
        The source and the destination.
    asked : AskedPort
    """
    src, dst = edge
    try:
        answer = connectivity.query(src, dst, asked.port, asked.protocol)
    except (LookupError, ValueError) as error:
        said = str(error.args[0] if error.args else error)
        return Reasons(f'<p class="nw-empty" role="status">There is no answer: {html_text(said)}</p>')
    answers = answer.parts or (answer,)
    body = "".join(_answer_html(one, alone=one is answer) for one in answers)
    explained = "" if asked.port is not None or answer.parts else _parts_html(_explained(connectivity, src, dst))
    decisions = (decision for one in answers for verdict in one.verdicts for decision in verdict.reasons)
    policies = dict.fromkeys(decision.ref for decision in decisions if decision.policy is not None)
    head = f"<p>{badge(answer.verdict, _TONES[answer.verdict])} {breakable(_headline(answer))}</p>"
    return Reasons(head + body + explained, tuple(policies), answer.verdict)


def _headline(answer: Answer) -> str:
    found = answer.headline.partition(": ")[2] or answer.headline
    return found[:1].upper() + found[1:] if not found.startswith((answer.src, answer.dst)) else found


def _answer_html(answer: Answer, *, alone: bool) -> str:
    head = "" if alone else f"<p>{badge(answer.verdict, _TONES[answer.verdict])} {breakable(answer.headline)}</p>"
    notes = "".join(note(text) for text in answer.notes)
    sides = "".join(_verdict_html(verdict, answer) for verdict in answer.verdicts)
    rest = ""
    if answer.asked != ALL_PORTS and not answer.obstacle:
        rest = f"<p>All that is allowed between the two: {html_text(str(answer.connection))}</p>"
    return head + notes + sides + rest


def _verdict_html(verdict: Verdict, answer: Answer) -> str:
    state = verdict.state(answer.asked)
    title = f"{verdict.direction.capitalize()} of {verdict.workload}"
    lines = [f"{breakable(str(reason))}{_place(reason)}" for reason in verdict.reasons]
    return f"{heading(title)}<p>{badge(state, _TONES[state])}</p>{items(lines)}"


def _place(decision: Decision) -> str:
    if not decision.file:
        return ""
    line = f":{decision.line}" if decision.line is not None else ""
    return f'<br><span class="nw-place">{breakable(decision.file + line)}</span>'


def _explained(connectivity: Connectivity, src: str, dst: str) -> list[PairExplanation]:
    """Return what decides about each port of a pair; nothing for ends that pairs are not listed of."""
    try:
        return list(connectivity.explain(src, dst))
    except (LookupError, ValueError):
        return []


def _parts_html(pairs: list[PairExplanation]) -> str:
    entries = []
    for pair in pairs:
        for part in pair.parts:
            state = "allowed" if part.allowed else "denied"
            ends = "" if len(pairs) == 1 else f"<br>{breakable(f'{pair.src.name} → {pair.dst.name}')}"
            sides = [
                ("egress", _ruling(part.egress, Direction.EGRESS)),
                ("ingress", _ruling(part.ingress, Direction.INGRESS)),
            ]
            entries.append(entry(f"{badge(state, _TONES[state])} {html_text(str(part.ports))}{ends}", sides))
    if not entries:
        return ""
    rest = len(entries) - MOST_PARTS
    more = f"<p>and {rest:,} more</p>" if rest > 0 else ""
    return f"{heading('Port by port')}{''.join(entries[:MOST_PARTS])}{more}"


def _ruling(ruling: Ruling, direction: Direction) -> str:
    lines = list(dict.fromkeys(_said(ruling, direction)))
    return "<br>".join(lines)


def _said(ruling: Ruling, direction: Direction) -> Iterator[str]:
    for decision in ruling.decisions:
        path = f" {field_path(decision.path)}" if decision.path else ""
        words = f"{decision.effect.value}: {decision.ref}{path}" if decision.ref else str(decision)
        yield breakable(words)
    if not ruling.decisions and ruling.allowed:
        yield html_text(f"no policy selects it for {direction}")
