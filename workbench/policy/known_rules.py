"""What rules mean whose parts were read before: in large clusters, many policies say the same."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from workbench.policy.rules import Direction, Pods, Rule, RulePeer

__all__ = ["OWN", "PEER_FIELDS", "ReadAlone", "known_rules"]

ReadAlone: TypeAlias = Callable[[Mapping[str, Any]], Rule | None]
"""Reads an ingress rule without its policy, in the namespace `OWN`; None if there is a problem with it."""

OWN: Final = ""
"""Stands for the namespace of the policy that has a rule."""
PEER_FIELDS: Final = MappingProxyType({Direction.INGRESS: "from", Direction.EGRESS: "to"})
"""Which field of a rule has its peers."""
_PORTS: Final = "ports"
_FIELDS: Final = MappingProxyType(
    {direction: frozenset((peer_field, _PORTS)) for direction, peer_field in PEER_FIELDS.items()}
)
_MOST: Final = 65_536
_EXACT: Final = 2
"""The last version of marshal in which equal values of equal types have equal bytes, however they are shared."""

_parts: dict[tuple[str, bytes], Rule | None] = {}
"""Rules of one field, by this field and what is written in it."""


def known_rules(spec: object, namespace: str, read: ReadAlone) -> list[Rule] | None:
    """Return the rules of a NetworkPolicy's spec; None if there is anything to be said of one of them.

    A rule is put together from its two fields, neither of which changes what the other one means. The same peers,
    and the same ports, are read once (`read`).
    """
    if not isinstance(spec, dict):
        return None
    rules: list[Rule] = []
    for direction, peer_field in PEER_FIELDS.items():
        entries = spec.get(direction.value)
        if entries is None:
            continue
        if not isinstance(entries, list):
            return None
        for index, entry in enumerate(entries):
            if not isinstance(entry, dict) or not entry.keys() <= _FIELDS[direction]:
                return None
            peers = _part(PEER_FIELDS[Direction.INGRESS], entry.get(peer_field), read)
            ports = _part(_PORTS, entry.get(_PORTS), read)
            if peers is None or ports is None:
                return None
            rules.append(Rule(direction, index, _placed(peers, namespace), ports.ports))
    return rules


def _part(field: str, value: Any, read: ReadAlone) -> Rule | None:  # noqa: ANN401  (a value of a document)
    try:
        key = field, marshal.dumps(value, _EXACT)
    except ValueError:  # a value that JSON does not have
        return None
    if key not in _parts:
        if len(_parts) >= _MOST:
            _parts.clear()
        _parts[key] = read({field: value})
    return _parts[key]


def _placed(rule: Rule, namespace: str) -> tuple[RulePeer, ...]:
    """Return the peers of a rule in a policy of `namespace`."""
    return tuple(
        [
            Pods(namespace, peer.pods) if isinstance(peer, Pods) and peer.namespaces == OWN else peer
            for peer in rule.peers
        ]
    )
