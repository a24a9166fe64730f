"""Which Ingresses lead to workloads that the controller may not reach, and from where policies would let it through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from workbench.connectivity.engine import INGRESS_CONTROLLER, Engine
from workbench.connectivity.policy_analysis.controller_places import Allowed, ControllerPlaces
from workbench.ground import PortSet, Problem, Severity
from workbench.inventory import Target

__all__ = ["ALLOWED_FROM", "ingress_problems"]

ALLOWED_FROM: Final = "ingress-allowed-from"
"""Code of the problems that say where a controller must run."""


def ingress_problems(engine: Engine) -> Iterator[Problem]:
    """Yield what policies make of Ingresses that lead to workloads which the controller may not reach.

    A warning ``ingress-blocked`` where no policy allows it from any controller that manifests do not hold; an
    info ``ingress-allowed-from`` where policies allow it from some place. Nothing where a controller of the
    manifests gets through.
    """
    places = ControllerPlaces(engine)
    for index, targets in engine.entrances.targets.items():
        permitted = engine.entrances.permitted(index)
        by_ingress: defaultdict[str, list[Target]] = defaultdict(list)
        for target in targets:
            by_ingress[target.ingress.ref].append(target)
        for own in by_ingress.values():
            ports = PortSet.union_of(target.ports for target in own)
            if not ports & permitted:
                allowed = places.elsewhere(index, ports)
                if not allowed.known:
                    yield _blocked(own[0], engine.workloads.peers[index].name, ports, allowed)


def _blocked(target: Target, name: str, ports: PortSet, allowed: Allowed) -> Problem:
    """Return that an Ingress leads to pods which policies do not let every controller reach."""
    leads = f"leads to {name} on {ports}, "
    if not allowed.places:
        message = f"{leads}but no policy allows that from {INGRESS_CONTROLLER.name}"
        remedy = "If these requests are meant, a policy must allow them from where the controller runs."
        return target.ingress.warning(target.backend, "ingress-blocked", message, remedy)
    message = f"{leads}which policies allow only if {allowed.condition}"
    problem = target.ingress.warning(target.backend, ALLOWED_FROM, message)
    return replace(problem, severity=Severity.INFO if allowed.products else Severity.WARNING)
