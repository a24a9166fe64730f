"""What policies say that others say as well, or that is about nothing: it can go (minimal-rewrite 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from workbench.generate.rewriting.covering import Namespaces, implies, is_void, port_units, without_unit
from workbench.generate.rewriting.forms import Form, Part
from workbench.policy import PortMatch, RulePeer

__all__ = ["reduced"]


def reduced(forms: Sequence[Form], kept: Sequence[Form], namespaces: Namespaces) -> list[Form]:
    """Return policies without what is said twice; each thing is asked about once the ones before it are gone.

    Parameters
    ----------
    forms : sequence of Form
        Of one namespace.
    kept : sequence of Form
        Further policies of the namespace, which stay as they are.
    namespaces : Namespaces
    """
    found = [_without_nothing(one, namespaces) for one in forms if not is_void(one.subject)]
    for place in range(len(found)):
        others = [one for at, one in enumerate(found) if at != place]
        found[place] = _reduced(found[place], [*others, *kept], namespaces)
    place = 0
    while place < len(found):
        others = [*found[:place], *found[place + 1 :], *kept]
        if _is_spared(found[place], others):
            del found[place]
        else:
            place += 1
    return found


def _without_nothing(form: Form, namespaces: Namespaces) -> Form:
    parts = (
        replace(one, peers=tuple(peer for peer in one.peers if not namespaces.is_void(peer))) for one in form.parts
    )
    return form.with_parts(one for one in parts if one.peers)


def _is_spared(form: Form, others: Iterable[Form]) -> bool:
    """Tell whether a policy has no rules, and others isolate its pods."""
    wider = [one for one in others if implies(form.subject, one.subject)]
    return not form.parts and all(any(way in one.isolates for one in wider) for way in form.isolates)


def _reduced(form: Form, others: Iterable[Form], namespaces: Namespaces) -> Form:
    wider = [part for one in others if implies(form.subject, one.subject) for part in one.parts]
    parts = list(form.parts)
    # The narrowest peers go first: what is left says more with less.
    for place in range(len(parts)):
        part = parts[place]
        beside = [one for at, one in enumerate(parts) if at != place and one.direction is part.direction]
        outside = [*beside, *(one for one in wider if one.direction is part.direction)]
        part = _with_fewer_peers(part, outside, namespaces)
        parts[place] = _with_fewer_ports(part, outside, namespaces)
    return form.with_parts(one for one in parts if one.peers)


def _admitted(parts: Iterable[Part]) -> Iterator[tuple[RulePeer, PortMatch]]:
    for part in parts:
        for peer in part.peers:
            yield peer, part.ports


def _with_fewer_peers(part: Part, outside: Sequence[Part], namespaces: Namespaces) -> Part:
    admitted = list(_admitted(outside))
    kept = list(part.peers)
    units = port_units(part.ports)
    for peer in part.peers:
        others = [*admitted, *((one, part.ports) for one in kept if one != peer)]
        if all(namespaces.admits(others, peer, unit) for unit in units):
            kept.remove(peer)
    return replace(part, peers=tuple(kept))


def _with_fewer_ports(part: Part, outside: Sequence[Part], namespaces: Namespaces) -> Part:
    admitted = list(_admitted(outside))
    for unit in port_units(part.ports):
        fewer = without_unit(part.ports, unit)
        rest = [*admitted, *((peer, fewer) for peer in part.peers if fewer.numbers or fewer.named)]
        if part.peers and all(namespaces.admits(rest, peer, unit) for peer in part.peers):
            part = replace(part, ports=fewer, peers=part.peers if fewer.numbers or fewer.named else ())
    return part
