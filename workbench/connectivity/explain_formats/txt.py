"""An explanation as text, line by line as the reference tool writes it (connectivity.md section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from workbench.connectivity.explain_formats.registry import register_explain_format
from workbench.connectivity.explain_formats.words import BY_DEFAULT, decision_text, explained_ports, named
from workbench.connectivity.rulings import Decision, Effect, PairPart, Ruling
from workbench.policy.ports import ALL_PORTS, NO_PORTS, PortSet
from workbench.policy.rules import Direction, Tier
from workbench.text import visible

if TYPE_CHECKING:
    from workbench.connectivity.explanation import Explanation, PairExplanation
    from workbench.inventory.model import Network

__all__ = ["txt"]

SEPARATOR = "-" * 160
SPECIFIC = "Specific connections and their reasons"
APART = (
    "*** Note: Connections between any peers from separate isolated networks are denied by default "
    "and therefore not listed in this report."
)
DEFAULTS = f"All Connections due to {BY_DEFAULT}"


@register_explain_format("txt")
def txt(explanation: Explanation) -> str:
    """Write pair by pair what is allowed and what is denied, and why; pairs that only the default allows last."""
    lines: list[str] = []
    for network, members in groupby(explanation.pairs, key=attrgetter("network")):
        lines.extend(_section(list(members), "" if network is None else _place(network), explanation.only))
    if explanation.apart:
        lines.extend(("", APART))
    return "".join(f"{line}\n" for line in lines)


def _place(network: Network) -> str:
    from workbench.connectivity.network_formats import network_title  # noqa: PLC0415  (explanations know no networks)

    return f" in {visible(network_title(network))}"


def _section(pairs: Sequence[PairExplanation], place: str, only: str | None) -> Iterator[str]:
    """Yield the lines about the pairs of one network, or of all."""
    specific = [lines for pair in pairs if not _is_default(pair) and (lines := list(_pair(pair, only)))]
    if specific:
        yield from _heading(SPECIFIC + place)
        for lines in specific:
            yield from lines
    defaults = [pair for pair in pairs if _is_default(pair)]
    if defaults and only != "deny":
        yield from _heading(DEFAULTS + place)
        yield from (f"{visible(pair.src.name)} => {visible(pair.dst.name)}" for pair in defaults)


def _heading(title: str) -> Iterator[str]:
    text = f"# {title} #"
    yield from ("", "#" * len(text), text, "#" * len(text))


def _is_default(pair: PairExplanation) -> bool:
    return len(pair.parts) == 1 and pair.parts[0].by_default and pair.parts[0].ports == ALL_PORTS


def _pair(pair: PairExplanation, only: str | None) -> Iterator[str]:
    """Yield the lines about a pair; none if there is nothing that `only` asks for."""
    chosen = {
        "Allowed": [part for part in pair.parts if part.allowed and only != "deny"],
        "Denied": [part for part in pair.parts if not part.allowed and only != "allow"],
    }
    if not any(chosen.values()):
        return
    yield SEPARATOR
    yield f"Connections between {visible(pair.src.name)} => {visible(pair.dst.name)}:"
    yield ""
    for verdict, parts in chosen.items():
        if parts:
            yield f"{verdict} connections:"
            for ports, part in sorted((explained_ports(part.ports), part) for part in _grouped(parts)):
                yield from _part(pair, verdict, ports, part)


def _grouped(parts: Iterable[PairPart]) -> Iterator[PairPart]:
    """Yield the parts, those that are written with the same decisions as one."""
    found: dict[tuple[Ruling, Ruling], PortSet] = {}
    for part in parts:
        key = (_written(part.egress), _written(part.ingress))
        found[key] = part.ports | found.get(key, NO_PORTS)
    yield from (PairPart(ports, *rulings) for rulings, ports in found.items())


def _written(ruling: Ruling) -> Ruling:
    """Return the ruling as it is written: of several rules of one policy that do the same, the first is named."""
    first: dict[tuple[Effect, int], Decision] = {}
    for decision in ruling.decisions:
        key = id(decision if decision.policy is None else decision.policy)
        first.setdefault((decision.effect, key), decision)
    return Ruling(ruling.allowed, tuple(first.values()))


def _part(pair: PairExplanation, verdict: str, ports: str, part: PairPart) -> Iterator[str]:
    isolating = [decision for decision in part.egress.decisions if decision.effect is Effect.ISOLATES]
    if isolating:
        yield f"\t{verdict} {ports} due to existence of user defined networks:"
        for direction in (Direction.EGRESS, Direction.INGRESS):
            yield f"\t\t{direction.capitalize()} "
            yield from (f"\t\t\t{_text(pair, direction, decision)}" for decision in isolating)
    elif part.by_default:
        yield f"\t{verdict} {ports} due to {BY_DEFAULT}"
    else:
        yield f"\t{verdict} {ports} due to the following policies and rules:"
        yield from _ruling(pair, Direction.EGRESS, part.egress)
        yield from _ruling(pair, Direction.INGRESS, part.ingress)
    yield ""


def _ruling(pair: PairExplanation, direction: Direction, ruling: Ruling) -> Iterator[str]:
    side = direction.capitalize()
    if not ruling.decisions:
        if ruling.allowed and (pair.network is None or pair.network.primary):  # no policy is about a secondary one
            yield f"\t\t{side} (Allowed) due to {BY_DEFAULT}"
        return
    yield f"\t\t{side} ({'Allowed' if ruling.allowed else 'Denied'})"
    policies = [decision for decision in ruling.decisions if _is_network_policy(decision)]
    entering = [decision for decision in ruling.decisions if decision.target is not None]
    for decision in ruling.decisions:
        if decision not in policies and decision.target is None:
            yield f"\t\t\t{_text(pair, direction, decision)}"
    yield from _listed(pair, direction, policies)
    for _, alike in groupby(sorted(entering, key=_kind), key=_kind):
        yield from _listed(pair, direction, list(alike))


def _listed(pair: PairExplanation, direction: Direction, decisions: Sequence[Decision]) -> Iterator[str]:
    """Yield the decisions of objects of one kind: as a list where there are several."""
    texts = sorted({_text(pair, direction, decision) for decision in decisions})
    if len(texts) == 1:
        yield f"\t\t\t{texts[0]}"
    elif texts:
        yield f"\t\t\t{_kind(decisions[0])} list:"
        yield from (f"\t\t\t\t- {text}" for text in texts)
        yield ""


def _kind(decision: Decision) -> str:
    return named(decision)[0]


def _text(pair: PairExplanation, direction: Direction, decision: Decision) -> str:
    return visible(decision_text(decision, direction, pair.src, pair.dst))


def _is_network_policy(decision: Decision) -> bool:
    return decision.policy is not None and decision.policy.tier is Tier.NETWORK_POLICY
