"""What policies say with several peers, rules or policies and can say with one (minimal-rewrite 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Final, TypeVar

from workbench.generate.rewriting.forms import Form, Part, joined_block
from workbench.ground import NO_PORTS
from workbench.policy import (
    NAMESPACE_NAME_LABEL,
    Block,
    Direction,
    NamedPort,
    Operator,
    Pods,
    PortMatch,
    Requirement,
    RulePeer,
    Selector,
)

__all__ = ["merged_forms", "merged_parts", "merged_peers"]

_ANY_WAY: Final = Direction.INGRESS
One = TypeVar("One")
Key = TypeVar("Key", bound=Hashable)


def _grouped(items: Iterable[One], key: Callable[[One], Key]) -> dict[Key, list[One]]:
    found: defaultdict[Key, list[One]] = defaultdict(list)
    for one in items:
        found[key(one)].append(one)
    return found


def merged_forms(forms: Iterable[Form]) -> list[Form]:
    """Return policies of which no two are about the same pods, or say the same about pods that one selector chooses.

    Parameters
    ----------
    forms : iterable of Form
    """
    listed = list(forms)
    while True:
        together = [_same_pods(alike) for alike in _grouped(listed, lambda one: (one.namespace, one.subject)).values()]
        found = [
            one
            for alike in _grouped(together, lambda one: (one.namespace, one.isolates, one.parts)).values()
            for one in _same_words(alike)
        ]
        if len(found) == len(listed):
            return sorted(found, key=lambda one: one.order)
        listed = found


def _same_pods(forms: list[Form]) -> Form:
    if len(forms) == 1:
        return forms[0]
    isolates = frozenset(way for one in forms for way in one.isolates)
    return replace(forms[0], isolates=isolates, origins=_origins(forms)).with_parts(
        part for one in forms for part in one.parts
    )


def _origins(forms: Iterable[Form]) -> tuple[str, ...]:
    return tuple(sorted({ref for one in forms for ref in one.origins}))


def _same_words(forms: list[Form]) -> list[Form]:
    """Return policies that say the same, as few as selectors for their pods can be made."""
    selectors = _joined_selectors(one.subject for one in forms)
    return [
        replace(forms[0], subject=selector, origins=_origins(one for one in forms if one.subject.implies(selector)))
        for selector in selectors
    ]


def merged_parts(parts: Iterable[Part]) -> list[Part]:
    """Return rules of which no two have the same ports, or the same peers.

    Parameters
    ----------
    parts : iterable of Part
        Of one policy.
    """
    listed = [replace(one, peers=merged_peers(one.peers)) for one in parts]
    while True:
        by_ports = [
            Part.of(way, merged_peers(peer for one in alike for peer in one.peers), ports)
            for (way, ports), alike in _grouped(listed, lambda one: (one.direction, one.ports)).items()
        ]
        found = [
            Part(way, peers, _all_ports(one.ports for one in alike))
            for (way, peers), alike in _grouped(by_ports, lambda one: (one.direction, one.peers)).items()
        ]
        if len(found) == len(listed):
            return sorted(found, key=lambda one: one.order)
        listed = found


def _all_ports(given: Iterable[PortMatch]) -> PortMatch:
    numbers = NO_PORTS
    named: set[NamedPort] = set()
    for one in given:
        numbers |= one.numbers
        named.update(one.named)
    kept = (
        () if numbers == PortMatch().numbers else tuple(sorted(named, key=lambda one: (one.name, one.protocol or "")))
    )
    return PortMatch(numbers, kept)


def merged_peers(peers: Iterable[RulePeer]) -> tuple[RulePeer, ...]:
    """Return peers of which no two can be written as one.

    Parameters
    ----------
    peers : iterable of RulePeer
        Of one rule.
    """
    listed = list(dict.fromkeys(peers))
    pods = [one for one in listed if isinstance(one, Pods)]
    blocks = [one for one in listed if isinstance(one, Block)]
    others = [one for one in listed if not isinstance(one, Pods | Block)]
    return Part.of(_ANY_WAY, [*_joined_pods(pods), *_joined_blocks(blocks), *others], PortMatch()).peers


def _joined_blocks(blocks: list[Block]) -> list[Block]:
    listed = sorted(blocks, key=lambda one: (one.addresses.ipv4, one.addresses.ipv6, one.text))
    while True:
        for pair in combinations(listed, 2):
            joined = joined_block(pair)
            if joined is not None:
                listed = [joined, *(one for one in listed if one not in pair)]
                listed.sort(key=lambda one: (one.addresses.ipv4, one.addresses.ipv6, one.text))
                break
        else:
            return listed


def _joined_pods(pods: list[Pods]) -> Iterator[Pods]:
    """Yield peers of which no two differ in the values of one label alone, of the pods or of their namespaces."""
    listed = pods
    while True:
        found = [
            Pods(namespaces, selector)
            for namespaces, alike in _grouped(listed, lambda one: one.namespaces).items()
            for selector in _joined_selectors(one.pods for one in alike)
        ]
        found = [one for alike in _grouped(found, lambda one: one.pods).values() for one in _joined_namespaces(alike)]
        if len(found) == len(listed):
            yield from found
            return
        listed = found


def _joined_namespaces(pods: list[Pods]) -> Iterator[Pods]:
    own = next((one.namespaces for one in pods if isinstance(one.namespaces, str)), "")
    written = [
        Selector.of({NAMESPACE_NAME_LABEL: one.namespaces}) if isinstance(one.namespaces, str) else one.namespaces
        for one in pods
    ]
    alone = Selector.of({NAMESPACE_NAME_LABEL: own})
    for selector in _joined_selectors(written):
        yield Pods(own if own and selector == alone else selector, pods[0].pods)


def _joined_selectors(given: Iterable[Selector]) -> list[Selector]:
    """Return selectors of which no two differ in the values of one label alone."""
    listed = sorted(set(given))
    while True:
        keys = sorted({one.key for selector in listed for one in selector.requirements if one.operator is Operator.IN})
        found = listed
        for key in keys:
            found = _joined_by(key, found)
        if len(found) == len(listed):
            return sorted(found)
        listed = found


def _joined_by(key: str, selectors: list[Selector]) -> list[Selector]:
    groups: dict[Selector, list[tuple[str, ...]]] = {}
    alone: list[Selector] = []
    for selector in selectors:
        asked = [one for one in selector.requirements if one.key == key and one.operator is Operator.IN]
        if len(asked) == 1:
            rest = Selector(tuple(one for one in selector.requirements if one is not asked[0]))
            groups.setdefault(rest, []).append(asked[0].values)
        else:
            alone.append(selector)
    for rest, lists in groups.items():
        values = tuple(sorted({value for one in lists for value in one}))
        alone.append(Selector(tuple(sorted((*rest.requirements, Requirement(key, Operator.IN, values))))))
    return alone
