"""Where an ingress controller must run so that policies let it through to the pods behind an Ingress.

Manifests of an application seldom hold the controller, and its policies name the place where it runs: a
namespace, labels, or addresses. A controller in the manifests is known by the usual namespace or labels of one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from workbench.connectivity.engine import INGRESS_CONTROLLER, Engine
from workbench.connectivity.outside_manifests import OutsideManifests, named_namespaces
from workbench.ground import NO_PORTS, PortSet, Problem, Severity, listed
from workbench.inventory import PodVariant, Target, Workload
from workbench.policy import EVERYTHING, Action, Block, Direction, Operator, Pods, Rule, RulePeer, Selector

__all__ = ["ALLOWED_FROM", "Allowed", "ControllerPlaces", "ingress_problems"]

ALLOWED_FROM: Final = "ingress-allowed-from"
"""Code of the problems that say where a controller must run."""

_NAMESPACES: Final[Mapping[str, str]] = {
    "contour": "Contour",
    "envoy-gateway-system": "Envoy Gateway",
    "haproxy-controller": "HAProxy",
    "haproxy-ingress": "HAProxy",
    "ingress": "an ingress controller",
    "ingress-controller": "an ingress controller",
    "ingress-haproxy": "HAProxy",
    "ingress-nginx": "ingress-nginx",
    "ingress-traefik": "Traefik",
    "istio-gateway": "Istio",
    "istio-ingress": "Istio",
    "istio-system": "Istio",
    "kong": "Kong",
    "nginx-gateway": "NGINX Gateway Fabric",
    "nginx-ingress": "NGINX Ingress Controller",
    "openshift-ingress": "the OpenShift router",
    "projectcontour": "Contour",
    "traefik": "Traefik",
    "traefik-system": "Traefik",
    "traefik-v2": "Traefik",
}
"""Namespaces in which controllers are usually installed."""

_LABELS: Final[Mapping[tuple[str, str], str]] = {
    **{
        (key, value): product
        for key in ("app.kubernetes.io/name", "app", "name", "k8s-app")
        for value, product in (
            ("contour", "Contour"),
            ("envoy-gateway", "Envoy Gateway"),
            ("haproxy-ingress", "HAProxy"),
            ("kubernetes-ingress", "HAProxy"),
            ("ingress-nginx", "ingress-nginx"),
            ("istio-ingress", "Istio"),
            ("istio-ingressgateway", "Istio"),
            ("nginx-ingress", "NGINX Ingress Controller"),
            ("nginx-ingress-controller", "NGINX Ingress Controller"),
            ("traefik", "Traefik"),
        )
    },
    ("app.kubernetes.io/managed-by", "envoy-gateway"): "Envoy Gateway",
    ("app.kubernetes.io/part-of", "ingress-nginx"): "ingress-nginx",
    ("istio", "ingress"): "Istio",
    ("istio", "ingressgateway"): "Istio",
    ("network.openshift.io/policy-group", "ingress"): "the OpenShift router",
    ("policy-group.network.openshift.io/ingress", ""): "the OpenShift router",
    ("run", "haproxy-ingress"): "HAProxy",
}
"""Labels by which pods of controllers, or their namespaces, are usually known."""

_KEYS: Final[Mapping[str, str]] = {
    "gateway.envoyproxy.io/owning-gateway-name": "Envoy Gateway",
    "gateway.envoyproxy.io/owning-gatewayclass": "Envoy Gateway",
    "gateway.networking.k8s.io/gateway-name": "a gateway",
    "ingresscontroller.operator.openshift.io/deployment-ingresscontroller": "the OpenShift router",
}
"""Labels by which they are known whatever the value is."""


class Allowed(NamedTuple):
    """From where policies let requests through.

    Attributes
    ----------
    known : str
        A controller of the manifests that is let through; empty for none.
    places : tuple of str
        What must be true of a controller that the manifests do not hold: ``runs in namespace ingress-nginx``.
    products : tuple of str
        The controllers that usually run in these places.
    ports : PortSet
        What is let through from `known` or from `places`.
    """

    known: str = ""
    places: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    ports: PortSet = NO_PORTS

    @property
    def condition(self) -> str:
        """What must be true of a controller that the manifests do not hold, in words."""
        usual = f" (as {listed(self.products)} usually does)" if self.products else ""
        return f"the controller {' or '.join(self.places)}{usual}"


class ControllerPlaces:
    """Tells which controllers policies let through.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._outside_manifests = OutsideManifests(engine)

    def elsewhere(self, index: int, ports: PortSet) -> Allowed:
        """Return from where policies let pass what Ingresses send to a workload peer and not every controller may.

        Parameters
        ----------
        index : int
            Of the workload peer.
        ports : PortSet
            What is asked about.
        """
        ingress_controller = self._engine.ingress_controller
        stopped = ports & (ingress_controller.sent(index) - ingress_controller.permitted(index))
        if not stopped:
            return Allowed()
        return self._allowed(
            int(self._engine.workloads.class_of[index]), ingress_controller.targets[index][0].shape, stopped
        )

    def _allowed(self, row: int, shape: PodVariant, ports: PortSet) -> Allowed:
        places: dict[str, None] = {}
        products: dict[str, None] = {}
        through = NO_PORTS
        for number in self._engine.rows.policies_of(row):
            policy = self._engine.policies[number]
            for rule in policy.rules:
                if not (passing := _lets_through(rule, shape, ports)):
                    continue
                for peer in rule.peers:
                    ends = self._engine.ends(peer, Direction.INGRESS, policy.tier)
                    controller = next(filter(None, map(self._controller, ends.tolist())), "")
                    if isinstance(peer, Pods) and controller:
                        return Allowed(controller, ports=passing)
                    usual = tuple(dict.fromkeys(_products(peer)))
                    if place := self._place(peer, expected=bool(usual) and not len(ends)):
                        places[place] = None
                        products |= dict.fromkeys(usual)
                        through |= passing
        return Allowed(places=tuple(places), products=tuple(products), ports=through)

    def _controller(self, number: int) -> str:
        """Return the name of a controller among the pods of a class; empty where there is none."""
        members = self._engine.classes.members
        pods = members[number] if number < len(members) else ()
        return next((pod.workload.peer for pod in pods if _is_usual(pod.workload, pod.shape)), "")

    def _place(self, peer: RulePeer, *, expected: bool) -> str:
        """Return what must be true of a controller beyond the manifests that `peer` lets through, in words.

        Empty where `peer` leads nowhere else, unless a controller is `expected` there.
        """
        if isinstance(peer, Block):
            return f"has an address in {peer.text}"
        if not isinstance(peer, Pods) or not (expected or self._outside_manifests.may_match_elsewhere(peer)):
            return ""
        labels = "" if peer.pods == EVERYTHING else f" with labels {peer.pods}"
        names = named_namespaces(peer.namespaces)
        if names is not None:
            elsewhere = [name for name in names if name not in self._outside_manifests.held] or names
            return f"runs in namespace {' or '.join(elsewhere)}{labels}"
        where = "any namespace" if peer.namespaces == EVERYTHING else f"a namespace with {peer.namespaces}"
        return f"runs in {where}{labels}"


def ingress_problems(engine: Engine) -> Iterator[Problem]:
    """Yield what policies make of Ingresses that lead to workloads which the controller may not reach.

    A warning ``ingress-blocked`` where no policy allows it from any controller that manifests do not hold; an
    info ``ingress-allowed-from`` where policies allow it from some place. Nothing where a controller of the
    manifests gets through.
    """
    places = ControllerPlaces(engine)
    for index, targets in engine.ingress_controller.targets.items():
        permitted = engine.ingress_controller.permitted(index)
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
        remedy = "If these requests are intended, a policy must allow them from where the controller runs."
        return target.ingress.warning(target.backend, "ingress-blocked", message, remedy)
    message = f"{leads}which policies allow only if {allowed.condition}"
    problem = target.ingress.warning(target.backend, ALLOWED_FROM, message)
    return replace(problem, severity=Severity.INFO if allowed.products else Severity.WARNING)


def _lets_through(rule: Rule, shape: PodVariant, ports: PortSet) -> PortSet:
    """Return on which of `ports` a rule allows requests to pods of `shape`."""
    if rule.direction is not Direction.INGRESS or rule.action is not Action.ALLOW:
        return NO_PORTS
    named = [
        PortSet.of(port.protocol, port.port)
        for port in shape.ports
        for wanted in rule.ports.named
        if port.name == wanted.name and wanted.protocol in {None, port.protocol}
    ]
    return PortSet.union_of([rule.ports.numbers, *named]) & ports


def _products(peer: RulePeer) -> Iterable[str]:
    """Yield the controllers that usually run where `peer` leads."""
    if isinstance(peer, Pods):
        for name in named_namespaces(peer.namespaces) or ():
            if name in _NAMESPACES:
                yield _NAMESPACES[name]
        for selector in (one for one in peer if isinstance(one, Selector)):
            for requirement in selector.requirements:
                if requirement.operator in {Operator.IN, Operator.EXISTS} and requirement.key in _KEYS:
                    yield _KEYS[requirement.key]
                for value in requirement.values if requirement.operator is Operator.IN else ():
                    if product := _LABELS.get((requirement.key, value)) or _NAMESPACES.get(value):
                        yield product


def _is_usual(workload: Workload, shape: PodVariant) -> bool:
    """Tell whether pods are those of an ingress controller, by their namespace or their labels."""
    has_labels = any(pair in _LABELS or pair[0] in _KEYS for pair in shape.labels.items())
    return has_labels or workload.namespace in _NAMESPACES
