"""Which policies allow connections of a map: of many in one pass, each pair of classes asked about once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from workbench.connectivity.decisions import Decision, Effect, PairPart
from workbench.connectivity.engine import INGRESS_CONTROLLER
from workbench.ground import NO_PORTS
from workbench.policy import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.connectivity.engine import Engine, Peer
    from workbench.connectivity.trace.evaluator import Evaluator
    from workbench.ground import AddressSet, PortSet

__all__ = ["Allowing"]

_ALLOWING = (Effect.ALLOWS, Effect.MAY_ALLOW)


class Allowing:
    """Finds the policies, Ingresses and routes behind connections.

    What is decided between two classes is remembered, so that a map of many workloads costs no more than its classes.
    """

    def __init__(self, engine: Engine, evaluator: Evaluator) -> None:
        self._engine = engine
        self._workloads = engine.workloads
        self._evaluator = evaluator
        self._columns: dict[tuple[Direction, AddressSet | None], list[int]] = {}

    def refs(self, src: Peer, dst: Peer, ports: PortSet) -> tuple[str, ...]:
        """Return what allows `ports`; nothing where no policy restricts them."""
        return tuple(dict.fromkeys(decision.ref for decision in self.decisions(src, dst, ports)))

    def decisions(self, src: Peer, dst: Peer, ports: PortSet) -> tuple[Decision, ...]:
        """Return each rule, Ingress and route that allows something of `ports`, with the ports that it allows."""
        found: dict[Decision, PortSet] = {}
        for part in self._parts(src, dst):
            if part.allowed and (here := part.ports & ports):
                for decision in (*part.egress.decisions, *part.ingress.decisions):
                    if decision.effect in _ALLOWING and decision.ref:
                        found[decision] = found.get(decision, NO_PORTS) | here
        return tuple(decision.about(allowed) for decision, allowed in found.items())

    def _parts(self, src: Peer, dst: Peer) -> Iterator[PairPart]:
        sender, receiver = self._row(src), self._row(dst)
        if src == INGRESS_CONTROLLER:
            number = self._numbers[dst.name]
            yield from self._evaluator.entering(
                int(self._workloads.class_of[number]), self._engine.ingress_controller.targets[number]
            )
        elif sender is not None and receiver is not None:
            yield from self._evaluator.pods(sender, receiver)
        elif receiver is not None:
            for column in self._outside(Direction.INGRESS, src.addresses):
                yield from self._evaluator.outside(Direction.INGRESS, receiver, column)
        elif sender is not None:
            for column in self._outside(Direction.EGRESS, dst.addresses):
                yield from self._evaluator.outside(Direction.EGRESS, sender, column)

    def _row(self, peer: Peer) -> int | None:
        number = self._numbers.get(peer.name)
        return None if number is None else int(self._workloads.class_of[number])

    def _outside(self, direction: Direction, addresses: AddressSet | None) -> list[int]:
        """Return the columns of addresses."""
        found = self._columns.get((direction, addresses))
        if found is None:
            atoms = [] if addresses is None else self._engine.externals[direction].atoms_touching(addresses)
            found = self._columns[direction, addresses] = [len(self._engine.classes) + atom for atom in atoms]
        return found

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {peer.name: number for number, peer in enumerate(self._workloads.peers)}
