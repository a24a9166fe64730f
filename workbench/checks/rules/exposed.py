"""Ways in from outside that policies close, and what is open without one: NP030."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from workbench.checks.context import CheckContext
from workbench.checks.found import Found
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.checks.ways_in import WayIn
from workbench.connectivity import Connection
from workbench.generate import is_protected
from workbench.ground import LINK_LOCAL, NO_PORTS, PRIVATE, AddressSet, PortSet, Severity, count_of, listed
from workbench.inventory import Ingress, Service, Workload
from workbench.manifests import field_path
from workbench.policy import Direction

__all__ = ["ways_and_rules"]

_BLOCKED = frozenset({"ingress-blocked", "ingress-allowed-from"})
"""Codes of what the engine says of Ingresses that lead to pods which the controller may not reach."""
_NEAR = PRIVATE | LINK_LOCAL


@register_check(
    "NP030",
    title="Way in from outside that policies close, or opening to outside without a way in",
    severity=CheckSeverity.INFO,
    reason="An Ingress or a Service for clients outside says one thing, and policies say the other.",
    remedy="Allow these clients by an ingress rule, or take away what leads to the workload.",
    source="Red Hat ACS, policy generator; kube-linter exposed-services",
)
def ways_and_rules(context: CheckContext) -> Iterator[Found]:
    """Find workloads that are offered to clients outside and closed to them, and those that are open without an offer.

    Offers are Ingresses, Routes, HTTPRoutes and GRPCRoutes, and Services of type NodePort or LoadBalancer or with
    external addresses; host ports are not looked at. What policies allow is asked of the engine:

    - an Ingress or route of which no policy lets the controller reach the pods; severity medium. Where policies let it
      in if it runs in some place, and controllers usually do not run there, severity info. Where they usually do,
      nothing.
    - a Service for clients outside, none of whose ports any address outside may reach; severity medium.
    - a workload with ingress policies that allow addresses of the internet, though nothing leads there from outside;
      severity info: pods may be reached directly in some networks.

    In namespaces of the platform, all are infos.
    """
    outside = _from_outside(context)
    yield from _closed_ingresses(context)
    yield from _closed_services(context, outside)
    for workload in context.reachable_workloads:
        if workload.peer not in context.ways_in and (near := outside.get(workload.peer)):
            yield from _open_without(context, workload, near)


def _from_outside(context: CheckContext) -> Mapping[str, list[Connection]]:
    """Return what addresses outside may send to each workload that policies restrict, by its name."""
    found: defaultdict[str, list[Connection]] = defaultdict(list)
    for one in context.outside:
        if one.src.addresses is not None and _is_restricted(context, one.dst.name):
            found[one.dst.name.removesuffix(one.dst.shape)].append(one)
    return found


def _is_restricted(context: CheckContext, name: str) -> bool:
    standing = context.standings.get(name)
    return standing is not None and Direction.INGRESS in standing.protected


def _severity(namespace: str, usual: CheckSeverity) -> CheckSeverity:
    return CheckSeverity.INFO if is_protected(namespace) else usual


def _closed_ingresses(context: CheckContext) -> Iterator[Found]:
    ingresses: dict[str, Ingress] = {one.ref: one for one in context.cluster.objects.ingresses}
    for problem in context.connectivity.problems_found:
        ingress = ingresses.get(problem.object)
        if problem.code not in _BLOCKED or ingress is None or problem.severity is Severity.INFO:
            continue
        blocked = problem.code == "ingress-blocked"
        path = next((one.path for one in ingress.backends if field_path(one.path) == problem.field), ())
        yield Found(
            ingress.ref,
            problem.message,
            namespace=ingress.namespace,
            path=path,
            source=ingress.source,
            evidence=("no rule lets the ingress controller in" if blocked else "the rule names a place for it",),
            remedy=problem.remedy,
            severity=_severity(ingress.namespace, CheckSeverity.MEDIUM) if blocked else None,
            key=problem.message,
        )


def _closed_services(context: CheckContext, outside: Mapping[str, list[Connection]]) -> Iterator[Found]:
    workloads = {one.peer: one for one in context.reachable_workloads}
    closed: defaultdict[str, list[str]] = defaultdict(list)
    open_services: set[str] = set()
    services: dict[str, tuple[Service, PortSet]] = {}
    for peer, ways in context.ways_in.items():
        for way in ways:
            if not isinstance(way.through, Service):
                continue
            services[way.ref] = (way.through, services.get(way.ref, (way.through, NO_PORTS))[1] | way.ports)
            if _is_closed(context, peer, way, outside.get(peer, ())):
                closed[way.ref].append(peer)
            else:
                open_services.add(way.ref)
    for ref, peers in closed.items():
        service, ports = services[ref]
        by = [
            policy.ref
            for peer in peers
            for policy in context.isolating.get((workloads[peer].peer, Direction.INGRESS), ())
        ]
        half = " some of" if ref in open_services else ""
        yield Found(
            ref,
            f"is for clients outside ({service.type}), and policies let none of them reach{half} its pods on {ports}",
            namespace=service.namespace,
            path=("spec",),
            source=service.source,
            evidence=(
                f"closed: {listed(peers)}",
                f"isolated by: {listed(list(dict.fromkeys(by))) if by else 'cluster-wide policies'}",
            ),
            severity=_severity(service.namespace, CheckSeverity.MEDIUM),
        )


def _is_closed(context: CheckContext, name: str, way: WayIn, near: Sequence[Connection]) -> bool:
    """Tell whether policies restrict a workload, and let no address outside reach any port of a way in."""
    mine = context.standings_of.get(name, ())
    if not mine or not all(Direction.INGRESS in one.protected for one in mine):
        return False
    return not any(one.ports & way.ports for one in near)


def _open_without(context: CheckContext, workload: Workload, near: list[Connection]) -> Iterator[Found]:
    public = [one for one in near if one.src.addresses is not None and one.src.addresses - _NEAR]
    if not public:
        return
    (decisions,) = context.connectivity.rules_allowing(public[:1])
    ports = PortSet.union_of(one.ports for one in public)
    addresses = AddressSet.union_of(one.src.addresses for one in public if one.src.addresses is not None)
    ranges = count_of(len(addresses.ipv4) + len(addresses.ipv6), "range")
    yield Found.of_workload(
        workload,
        f"addresses outside may connect to it on {ports}, and nothing leads there from outside",
        evidence=(
            f"{ranges} of addresses, such as {public[0].src.name}",
            *(f"{one.ref} {field_path(one.path)} allows {one.ports}" for one in decisions if one.policy is not None),
        ),
        connection=(public[0].src.name, public[0].dst.name, str(public[0].ports)),
        remedy="Keep these rules to the clients that are meant, if none of them is outside.",
    )
