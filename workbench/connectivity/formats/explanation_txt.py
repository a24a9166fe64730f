"""An explanation as text, line by line as the reference tool writes it (formats 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from workbench.connectivity.decisions import BY_DEFAULT, DEFAULT, Decision, Effect, PairPart, Ruling
from workbench.connectivity.formats.rows import network_title
from workbench.ground import ALL_PORTS, MAX_PORT, MIN_PORT, NO_PORTS, PortSet, ports_text, register_format, visible
from workbench.policy import Direction, Tier

if TYPE_CHECKING:
    from workbench.connectivity.engine import Wording
    from workbench.connectivity.trace.explanation import Explanation, PairExplanation
    from workbench.inventory import Network

__all__ = ["explained_ports", "write_explanation"]

SEPARATOR = "-" * 160
SPECIFIC = "Specific connections and their reasons"
APART = (
    "*** Note: Connections between any peers from separate isolated networks are denied by default "
    "and therefore not listed in this report."
)
ORDER = ("TCP", "UDP", "SCTP")
LAST = "\uffff"
"""Sorts behind all names of kinds."""
DEFAULTS = f"All Connections due to {BY_DEFAULT}"


@register_format("explanation", "txt")
def write_explanation(explanation: Explanation) -> str:
    """Write pair by pair what is allowed and what is denied, and why; pairs that only the default allows last."""
    lines: list[str] = []
    pairs = map(_without_baseline, explanation.pairs) if explanation.wording == "reference" else explanation.pairs
    for network, members in groupby(pairs, key=attrgetter("network")):
        place = "" if network is None else _place(network)
        lines.extend(_section(list(members), place, explanation.wording))
    if explanation.apart:
        lines.extend(("", APART))
    return "".join(f"{line}\n" for line in lines)


def _place(network: Network) -> str:
    return f" in {visible(network_title(network))}"


def _without_baseline(pair: PairExplanation) -> PairExplanation:
    """Return a pair as the reference explains it: what a baseline rule allows, the default does."""
    found: dict[tuple[Ruling, Ruling], PortSet] = {}
    for part in pair.parts:
        key = _by_default(part.egress), _by_default(part.ingress)
        found[key] = part.ports | found.get(key, NO_PORTS)
    return pair._replace(parts=tuple(PairPart(ports, *rulings) for rulings, ports in found.items()))


def _by_default(ruling: Ruling) -> Ruling:
    kept = tuple(decision for decision in ruling.decisions if not _is_baseline_allow(decision))
    if len(kept) == len(ruling.decisions):
        return ruling
    passed = any(decision.effect is Effect.PASSES for decision in kept)
    return Ruling(ruling.allowed, (*kept, DEFAULT) if passed else kept)


def _is_baseline_allow(decision: Decision) -> bool:
    policy = decision.policy
    return decision.effect is Effect.ALLOWS and policy is not None and policy.tier is Tier.BASELINE


def _section(pairs: Sequence[PairExplanation], place: str, wording: Wording) -> Iterator[str]:
    """Yield the lines about the pairs of one network, or of all."""
    specific = [pair for pair in pairs if not _is_default(pair, wording)]
    if specific:
        yield from _heading(SPECIFIC + place)
        for pair in specific:
            yield from _pair(pair, wording)
    defaults = [pair for pair in pairs if _is_default(pair, wording)]
    if defaults:
        yield from _heading(DEFAULTS + place)
        yield from (f"{visible(pair.src.name)} => {visible(pair.dst.name)}" for pair in defaults)


def _heading(title: str) -> Iterator[str]:
    text = f"# {title} #"
    yield from ("", "#" * len(text), text, "#" * len(text))


def _is_default(pair: PairExplanation, wording: Wording) -> bool:
    """Tell whether only the default allows a pair; for the reference, a secondary network has none."""
    if wording == "reference" and not _has_default(pair):
        return False
    return len(pair.parts) == 1 and pair.parts[0].by_default and pair.parts[0].ports == ALL_PORTS


def _has_default(pair: PairExplanation) -> bool:
    return pair.network is None or pair.network.primary


def _pair(pair: PairExplanation, wording: Wording) -> Iterator[str]:
    """Yield the lines about a pair."""
    yield SEPARATOR
    yield f"Connections between {visible(pair.src.name)} => {visible(pair.dst.name)}:"
    yield ""
    for verdict, allowed in (("Allowed", True), ("Denied", False)):
        parts = [part for part in pair.parts if part.allowed is allowed]
        if parts:
            yield f"{verdict} connections:"
            for ports, part in sorted((explained_ports(part.ports), part) for part in _grouped(parts)):
                yield from _part(pair, f"\t{verdict} {ports}", part, wording)


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
        effect = Effect.OTHER_PORTS if decision.effect is Effect.NO_SUCH_PORT else decision.effect
        first.setdefault((effect, key), decision)
    return Ruling(ruling.allowed, tuple(first.values()))


def _part(pair: PairExplanation, title: str, part: PairPart, wording: Wording) -> Iterator[str]:
    isolating = [decision for decision in part.egress.decisions if decision.effect is Effect.OTHER_NETWORK]
    if isolating:
        yield f"{title} due to existence of user defined networks:"
        for direction in (Direction.EGRESS, Direction.INGRESS):
            yield f"\t\t{direction.capitalize()} "
            yield from (f"\t\t\t{_text(pair, direction, decision)}" for decision in isolating)
    elif part.by_default:
        yield f"{title} due to {BY_DEFAULT}" if wording == "people" or _has_default(pair) else title
    else:
        yield f"{title} due to the following policies and rules:"
        yield from _ruling(pair, Direction.EGRESS, part.egress, wording)
        yield from _ruling(pair, Direction.INGRESS, part.ingress, wording)
    yield ""


def _ruling(pair: PairExplanation, direction: Direction, ruling: Ruling, wording: Wording) -> Iterator[str]:
    side = direction.capitalize()
    if not ruling.decisions:
        if ruling.allowed and _has_default(pair):  # no policy is about a secondary one
            yield f"\t\t{side} (Allowed) due to {BY_DEFAULT}"
        return
    yield f"\t\t{side} ({'Allowed' if ruling.allowed else 'Denied'})"
    for decisions in (_by_layer if wording == "reference" else _by_tier)(ruling.decisions):
        yield from _listed(pair, direction, decisions)


def _by_tier(decisions: Sequence[Decision]) -> Iterator[list[Decision]]:
    """Yield the decisions that are listed together: admin rules one by one, policies, then what leads there."""
    policies = [decision for decision in decisions if _is_network_policy(decision)]
    entering = [decision for decision in decisions if decision.target is not None]
    yield from ([decision] for decision in decisions if decision not in policies and decision.target is None)
    yield policies
    yield from (list(alike) for _, alike in groupby(sorted(entering, key=_kind), key=_kind))


def _by_layer(decisions: Sequence[Decision]) -> Iterator[list[Decision]]:
    """Yield the decisions that are listed together in the reference's order: layers, and kinds by name in each.

    Ingresses and Routes are of the layer of NetworkPolicies; the default is below all.
    """
    yield from (list(alike) for _, alike in groupby(sorted(decisions, key=_layer), key=_kind))


def _layer(decision: Decision) -> tuple[Tier, str]:
    tier = Tier.NETWORK_POLICY if decision.target is not None else Tier.BASELINE
    if decision.policy is not None:
        tier = decision.policy.tier
    return tier, _kind(decision) or LAST


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
    return decision.kind


def _text(pair: PairExplanation, direction: Direction, decision: Decision) -> str:
    return visible(decision.text(direction, pair.src, pair.dst))


def _is_network_policy(decision: Decision) -> bool:
    return decision.policy is not None and decision.policy.tier is Tier.NETWORK_POLICY


def explained_ports(ports: PortSet) -> str:
    """Return ports as explanations print them: a whole protocol by its name, else ``UDP:[1-52,54-65535]``."""
    by_protocol = ports.by_protocol()
    texts = []
    for protocol in ORDER:
        intervals = by_protocol.get(protocol)
        if intervals == ((MIN_PORT, MAX_PORT),):
            texts.append(protocol)
        elif intervals:
            texts.append(f"{protocol}:[{ports_text(intervals)}]")
    return ", ".join(texts)
