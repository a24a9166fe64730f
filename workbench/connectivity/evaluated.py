"""A cluster whose policies are compiled, and the part of it that is in focus: what all questions are put to."""

from __future__ import annotations

from workbench.connectivity.engine import Engine, Semantics, Wording
from workbench.connectivity.focus import EVERYTHING, Focus
from workbench.connectivity.focused import FocusedConnections
from workbench.connectivity.origin import NOWHERE, Origin
from workbench.connectivity.trace.endpoints import EndpointResolver
from workbench.connectivity.trace.tracer import Tracer
from workbench.ground import ArgumentError, Result
from workbench.inventory import NO_SERVICES, ServiceDirectory

__all__ = ["Evaluated"]


class Evaluated(Result):
    """What is compiled, and what of it is in focus.

    Parameters
    ----------
    engine : Engine
    services : ServiceDirectory
        The Services that questions may name.
    origin : Origin
        The cluster that it was made of.
    ends : EndpointResolver, optional
        Of the same cluster with other policies.
    """

    def __init__(
        self,
        engine: Engine,
        services: ServiceDirectory = NO_SERVICES,
        origin: Origin = NOWHERE,
        ends: EndpointResolver | None = None,
    ) -> None:
        self._engine = engine
        self._tracer = Tracer(engine, services, ends)
        self._origin = origin
        self._focused = FocusedConnections(self._tracer, EVERYTHING)

    @property
    def scope(self) -> Focus:
        """What it answers about; see `focus`."""
        return self._focused.scope

    @property
    def wording(self) -> Wording:
        """What ends are called, as `Semantics` has it."""
        return self._engine.semantics.wording

    @property
    def semantics(self) -> Semantics:
        """How it reads what Kubernetes leaves open."""
        return self._engine.semantics

    def knows(self, name: str) -> bool:
        """Tell whether a name means a workload, or several, or the ingress controller."""
        return self._tracer.ends.knows(name)

    def _check_whole(self, question: str) -> None:
        if self.scope != EVERYTHING:
            message = f"{question} is about all connections: ask it without focus()"
            raise ArgumentError(message)
