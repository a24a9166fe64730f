"""Are workloads isolated, so that nothing passes but what a rule allows; what is left open, else (policy-tests 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from workbench.connectivity import Decision, Effect
from workbench.ground import ArgumentError, PortSet
from workbench.policy import Direction, Tier
from workbench.whatif.ends import peers_of
from workbench.whatif.failures import IN_FULL, Checked, Failure, Place
from workbench.whatif.holding import SPELLING

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, EndNames, Peer

__all__ = ["BOTH", "DirectionName", "checked_isolation", "direction_asked"]

DirectionName: TypeAlias = Literal["ingress", "egress"]
BOTH: Final = (Direction.INGRESS, Direction.EGRESS)


def direction_asked(direction: str | None) -> tuple[Direction, ...]:
    """Return the directions that are meant; both without one.

    Parameters
    ----------
    direction : str or None

    Raises
    ------
    ArgumentError
        If it is neither of them.
    """
    if direction is None:
        return BOTH
    try:
        return (Direction(direction.lower()),)
    except ValueError as error:
        message = f"direction={direction!r} is not known"
        raise ArgumentError(message, "write 'ingress' or 'egress', or leave it out for both") from error


def checked_isolation(allowed: Connectivity, workloads: EndNames, directions: Iterable[Direction] = BOTH) -> Checked:
    """Return which workloads are not isolated: whose pods may have connections that no rule allows (policy-tests 3).

    Parameters
    ----------
    allowed : Connectivity
    workloads : EndNames
        As `ends_of` takes them.
    directions : iterable of Direction, optional
        Both by default.
    """
    found, strange = peers_of(allowed, workloads)
    wanted = tuple(directions)
    failures = [Failure(f"no workload is called {name}", remedy=SPELLING, answered=False) for name in strange]
    standing = {one.peer.name: one.protected for one in allowed.standings()}
    for peer in found:
        failures += [
            failure
            for direction in wanted
            for failure in _open(allowed, peer, direction, protected=direction in standing.get(peer.name, ()))
        ]
    return Checked(len(found), "workload", tuple(failures))


def _open(allowed: Connectivity, peer: Peer, direction: Direction, *, protected: bool) -> Iterator[Failure]:
    """Yield why a workload is not isolated in a direction; nothing where it is."""
    policies = allowed.policies_of(peer)
    if any(one.tier is Tier.NETWORK_POLICY and direction in one.isolates for one in policies):
        return
    evidence = [
        f"{one.ref} selects it, and is not about {direction.value}"
        for one in policies
        if one.tier is Tier.NETWORK_POLICY
    ]
    if protected:
        left = _left_open(allowed, peer, direction)
        if not left:
            return
        evidence += [
            f"{one.ref} leaves open what its rules are not about"
            for one in policies
            if one.tier is not Tier.NETWORK_POLICY
        ]
        evidence += [f"no rule allows {ends} : {ports}" for ends, ports in left[:IN_FULL]]
        if len(left) > IN_FULL:
            evidence.append(f"… nor {len(left) - IN_FULL:,} more connections")
    else:
        evidence.insert(0, f"no policy is about its {direction.value}, so everything is allowed")
    yield Failure(
        f"{peer.name} is not isolated for {direction.value}",
        tuple(evidence),
        f"add a NetworkPolicy in namespace {peer.namespace} that selects it, with {direction.capitalize()} among its "
        "policyTypes",
        tuple(Place(one.ref, one.source.file, one.source.line or None) for one in policies),
    )


def _left_open(allowed: Connectivity, peer: Peer, direction: Direction) -> list[tuple[str, str]]:
    """Return the connections of a workload that are allowed at its end by no rule, with their ports."""
    leaves = direction is Direction.EGRESS
    found = allowed.explain(peer if leaves else None, None if leaves else peer, only="allow")
    left = []
    for pair in found.pairs:
        rulings = ((part.ports, part.egress if leaves else part.ingress) for part in pair.parts)
        ports = PortSet.union_of(ports for ports, ruling in rulings if _by_default(ruling.listed))
        if ports:
            left.append((f"{pair.src.name} -> {pair.dst.name}", str(ports)))
    return left


def _by_default(decisions: Iterable[Decision]) -> bool:
    return all(one.effect in {Effect.DEFAULT, Effect.PASSES} for one in decisions)
