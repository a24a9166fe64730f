"""Makes policies of the connections that manifests declare: one for each workload, and one that denies the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from workbench.generate.build_time.connections import Discovery
from workbench.generate.build_time.exposure import Exposure
from workbench.generate.naming import policy_name
from workbench.generate.needs import Basis, LeftOutNeed, Need, WhyLeftOut
from workbench.generate.selectors import living, may_choose
from workbench.ground import ALL_PORTS, PROTOCOLS, PortSet
from workbench.inventory import GENERATED_KEYS, ServiceCall
from workbench.policy import EVERYTHING, Anyone, Direction, NamedPort, Pods, PortMatch, Selector

if TYPE_CHECKING:
    from workbench.generate.build_time.connections import Connection
    from workbench.inventory import Cluster, Service, ServicePort, Workload

__all__ = [
    "ANYONE",
    "CLUSTER",
    "Chooses",
    "Chosen",
    "Plan",
    "PlannedPolicy",
    "PlannedPort",
    "PlannedRule",
    "by_own_labels",
    "declared_needs",
    "denying_name",
    "own_labels",
    "planned",
]

PlannedPort: TypeAlias = tuple[str, int | str]
"""Protocol, and number or name."""
ANYONE: Final = "anyone"
CLUSTER: Final = "entire-cluster"
"""What the end of a connection is called that is open to all, as connectivity calls it."""
_USUAL_DNS: Final = 53
_WHOLE_CLUSTER: Final = Pods(EVERYTHING)


class Chosen(NamedTuple):
    """By what the pods of a workload are chosen.

    Attributes
    ----------
    selector : Selector
    why : WhyLeftOut or None
        Why they cannot be; None where they can.
    detail : str
    """

    selector: Selector
    why: WhyLeftOut | None = None
    detail: str = ""


class Chooses(Protocol):
    """Says by what the pods of a workload are chosen."""

    def __call__(self, workload: Workload, /) -> Chosen:
        """Return the selector, or why there is none."""


@dataclass(frozen=True)
class PlannedRule:
    """A rule, with its ports in the order in which the Service has them.

    Attributes
    ----------
    peer : Pods or Anyone
    ports : tuple of (str, int or str)
        Empty for all.
    needs : tuple of Need
        Why it is there.
    anywhere : str
        Why it is for everyone, where it is.
    """

    peer: Pods | Anyone
    ports: tuple[PlannedPort, ...]
    needs: tuple[Need, ...] = ()
    anywhere: str = ""

    @property
    def match(self) -> PortMatch:
        """The ports as rules of policies have them."""
        return _match(self.ports)


@dataclass(frozen=True)
class PlannedPolicy:
    """The policy of a workload.

    Attributes
    ----------
    workload : Workload
    name : str
    selector : Selector
    ingress, egress : tuple of PlannedRule
    """

    workload: Workload
    name: str
    selector: Selector
    ingress: tuple[PlannedRule, ...] = ()
    egress: tuple[PlannedRule, ...] = ()

    def rules(self, direction: Direction) -> tuple[PlannedRule, ...]:
        """Return the rules of one direction.

        Parameters
        ----------
        direction : Direction
        """
        return self.ingress if direction is Direction.INGRESS else self.egress


class Plan(NamedTuple):
    """What is to be written.

    Attributes
    ----------
    policies : tuple of PlannedPolicy
        Sorted by the names of their workloads.
    needs : tuple of Need
    left_out : tuple of LeftOutNeed
    """

    policies: tuple[PlannedPolicy, ...]
    needs: tuple[Need, ...]
    left_out: tuple[LeftOutNeed, ...]


@dataclass
class _Sides:
    """The rules of a workload, each once, with the needs of all that say the same."""

    workload: Workload
    rules: Mapping[Direction, dict[tuple[Pods | Anyone, tuple[PlannedPort, ...]], PlannedRule]] = field(
        default_factory=lambda: {way: {} for way in Direction}
    )

    def add(
        self,
        way: Direction,
        peer: Pods | Anyone,
        ports: tuple[PlannedPort, ...],
        needs: Iterable[Need],
        anywhere: str = "",
    ) -> None:
        known = self.rules[way].get((peer, ports))
        before = known.needs if known is not None else ()
        whole = PlannedRule(peer, ports, tuple(dict.fromkeys((*before, *needs))), anywhere)
        self.rules[way][peer, ports] = whole

    def planned(self, way: Direction) -> tuple[PlannedRule, ...]:
        return tuple(self.rules[way].values())


def planned(
    discovery: Discovery, chooses: Chooses, dns_port: int | str, is_wanted: Callable[[Need], bool] = lambda _: True
) -> Plan:
    """Return what is to be written for the connections of a cluster (build-time 6-11).

    Parameters
    ----------
    discovery : Discovery
    chooses : callable
        Says by what the pods of a workload are chosen.
    dns_port : int or str
        Where names are looked up.
    is_wanted : callable, optional
        Tells of a connection whether it is to be allowed.
    """
    planner = _Planner(discovery, chooses, is_wanted)
    for connection in discovery.connections:
        planner.add(connection)
    sides = list(planner.sides.values())
    names = Counter((one.workload.namespace, one.workload.name) for one in sides)
    policies = []
    for one in sides:
        workload = one.workload
        if one.rules[Direction.EGRESS]:
            one.add(Direction.EGRESS, _WHOLE_CLUSTER, (("UDP", dns_port),), [_dns_need(workload.peer, dns_port)])
        is_only = names[workload.namespace, workload.name] == 1
        called = workload.name if is_only else f"{workload.name}-{workload.kind.lower()}"
        ingress, egress = one.planned(Direction.INGRESS), one.planned(Direction.EGRESS)
        selector = chooses(workload).selector
        policies.append(PlannedPolicy(workload, policy_name(f"{called}-netpol"), selector, ingress, egress))
    policies.sort(key=lambda one: (one.workload.name, one.workload.namespace, one.workload.kind))
    return Plan(tuple(policies), tuple(planner.needs), tuple(planner.left_out))


def declared_needs(cluster: Cluster) -> tuple[Need, ...]:
    """Return what manifests declare that one workload calls another for.

    Parameters
    ----------
    cluster : Cluster
    """
    found = planned(Discovery(cluster), by_own_labels, _USUAL_DNS).needs
    names = {one.peer for one in cluster.objects.workloads}
    return tuple(one for one in found if one.basis is Basis.DECLARED and {one.src, one.dst} <= names)


def denying_name(namespace: str) -> str:
    """Return what the policy is called that denies all in a namespace (build-time 10).

    Parameters
    ----------
    namespace : str
        Empty where the manifests name none.
    """
    return policy_name(f"default-deny-in-namespace-{namespace}" if namespace else "default-deny-in-namespace")


def own_labels(workload: Workload) -> dict[str, str]:
    """Return the labels that all pods of a workload have, without those that controllers add.

    Parameters
    ----------
    workload : Workload
    """
    shapes = living(workload)
    common = set.intersection(*(set(shape.labels.items()) for shape in shapes))
    added = {key for shape in shapes for key in shape.controller_labels.all_keys()} | GENERATED_KEYS
    return {key: value for key, value in sorted(common) if key not in added}


def by_own_labels(workload: Workload) -> Chosen:
    """Return the selector of all labels of a workload, whoever else has them, as the reference tool does.

    Parameters
    ----------
    workload : Workload
    """
    return Chosen(Selector.of(own_labels(workload)))


def _match(ports: tuple[PlannedPort, ...]) -> PortMatch:
    if not ports:
        return PortMatch(ALL_PORTS)
    numbers = PortSet.union_of(PortSet.of(protocol, port) for protocol, port in ports if isinstance(port, int))
    named = (NamedPort(port, protocol) for protocol, port in ports if isinstance(port, str))
    return PortMatch(numbers, tuple(dict.fromkeys(named)))


def _dns_need(peer: str, port: int | str) -> Need:
    ports = PortSet.of("UDP", port) if isinstance(port, int) else PortSet.of("UDP")
    return Need(peer, CLUSTER, ports, Basis.ALLOWANCE, f"names are looked up at port {port}")


class _Planner:
    """Puts connections together by the workloads at their ends."""

    def __init__(self, discovery: Discovery, chooses: Chooses, is_wanted: Callable[[Need], bool]) -> None:
        self.discovery, self.chooses, self.is_wanted = discovery, chooses, is_wanted
        self.sides: dict[str, _Sides] = {}
        self.needs: dict[Need, None] = {}
        self.left_out: dict[LeftOutNeed, None] = {}

    def add(self, connection: Connection) -> None:
        """Add the rules that a connection needs at its ends; each end has a policy, also where there is no rule."""
        source, target, service = connection.source, connection.target, connection.service
        exposure = self.discovery.exposures.get((service.namespace, service.name), Exposure())
        refused = [found for one in (source, target) if one is not None and (found := self._refused(one))]
        if source is not None:
            self._admit_call(connection, source, exposure, refused)
        elif exposure.to_everyone:
            self._open(target, service, service.ports, ANYONE, (exposure.to_everyone,))
        elif exposure.to_cluster:
            whys = dict.fromkeys(why for listed in exposure.to_cluster.values() for why in listed)
            self._open(target, service, tuple(exposure.to_cluster), CLUSTER, whys)

    def _refused(self, workload: Workload) -> Chosen | None:
        """Return why a workload has no policy; make room for one where it has."""
        chosen = self.chooses(workload)
        if chosen.why is None:
            self.sides.setdefault(workload.peer, _Sides(workload))
            return None
        self.left_out[LeftOutNeed(chosen.why, workload.peer, chosen.detail)] = None
        return chosen

    def _admit_call(
        self, connection: Connection, source: Workload, exposure: Exposure, refused: Iterable[Chosen]
    ) -> None:
        target = connection.target
        ports = self._ports(target, connection.service, connection.ports)
        if ports is None:
            subject = f"{source.peer} => {target.peer}"
            detail = f"no container there has the port that Service {connection.service.name} leads to"
            self.left_out[LeftOutNeed(WhyLeftOut.UNRESOLVED, subject, detail)] = None
            return
        said = () if self.discovery.as_reference else [one.text.place for one in connection.found]
        needs = self._wanted(source.peer, target.peer, ports, said)
        for chosen in refused:
            self.left_out.update({LeftOutNeed.of(chosen.why, one, chosen.detail): None for one in needs if chosen.why})
        if any(refused) or (said and not needs):
            return
        out, to = self.sides[source.peer], self.sides[target.peer]
        out.add(Direction.EGRESS, self._peer(target), ports, needs)
        if exposure.to_everyone:
            to.add(Direction.INGRESS, Anyone(), ports, needs, f"open to everyone: {exposure.to_everyone}")
        else:
            to.add(Direction.INGRESS, self._peer(source), ports, needs)

    def _open(
        self, target: Workload, service: Service, opened: tuple[ServicePort, ...], whom: str, whys: Iterable[str]
    ) -> None:
        """Add the rule of a port that is open to more than those that name it."""
        ports = self._ports(target, service, opened)
        if ports is None or target.peer not in self.sides:
            return
        needs = self._wanted(whom, target.peer, ports, whys)
        if needs:
            anywhere = f"open to everyone: {', '.join(whys)}" if whom == ANYONE else ""
            peer = Anyone() if whom == ANYONE else _WHOLE_CLUSTER
            self.sides[target.peer].add(Direction.INGRESS, peer, ports, needs, anywhere)

    def _wanted(self, src: str, dst: str, ports: tuple[PlannedPort, ...], said: Iterable[str]) -> tuple[Need, ...]:
        """Return a need for each place that says it, without those that a person took out."""
        numbers = _match(ports).numbers
        found = [Need(src, dst, numbers, Basis.DECLARED, one) for one in said]
        self.left_out.update(
            {LeftOutNeed.of(WhyLeftOut.BY_HAND, one): None for one in found if not self.is_wanted(one)}
        )
        kept = tuple(one for one in found if self.is_wanted(one))
        self.needs.update(dict.fromkeys(kept))
        return kept

    def _peer(self, workload: Workload) -> Pods:
        return Pods(workload.namespace, self.chooses(workload).selector)

    def _ports(
        self, target: Workload, service: Service, called: tuple[ServicePort, ...]
    ) -> tuple[PlannedPort, ...] | None:
        """Return the ports of pods at which calls arrive; empty where all do, None where none does (build-time 5)."""
        if self.discovery.as_reference:
            # As the tool writes them: each as often as it is named, with names left to the cluster.
            return tuple((one.protocol, one.target_port or one.port) for one in called) or None
        if not called:
            return () if service.is_headless and not service.ports else None
        chosen = Selector.of(service.selector or {})
        shapes = [shape for shape in living(target) if may_choose(chosen, shape)]
        found: dict[PlannedPort, None] = {}
        for one in called:
            if one.protocol not in PROTOCOLS:
                continue
            if service.is_headless:
                # Its name leads to the pods themselves, and no port is changed; records of ports lead to the target.
                found[one.protocol, one.port] = None
            for shape in shapes:
                for protocol, first, last in ServiceCall(service, (one,)).pod_ports(shape).intervals:
                    found.update(dict.fromkeys((protocol, port) for port in range(first, last + 1)))
        return tuple(found) or None
