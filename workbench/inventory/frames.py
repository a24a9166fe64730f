"""What a cluster's tables look like: each column's name, dtype and meaning, and how it is filled.

The tables are for people and for pandas; programs may walk `Cluster.objects` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from workbench.ground import LABELS, NO_PORTS, PROBLEMS, TEXTS, Column, Problem, Table, column, columns, problems_frame
from workbench.inventory.model import ContainerPort, Ingress, Namespace, Objects, Service, ServicePort, Workload
from workbench.manifests import Source, field_path
from workbench.policy import (
    Action,
    Anyone,
    Block,
    Direction,
    DomainNames,
    Nodes,
    Pods,
    Policy,
    PortMatch,
    RulePeer,
    Selector,
    Tier,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "INGRESSES",
    "NAMESPACES",
    "POLICIES",
    "RULES",
    "SERVICES",
    "TABLES",
    "WORKLOADS",
    "TableName",
    "ingresses_frame",
    "make_table",
    "namespaces_frame",
    "own_cells",
    "peer_text",
    "policies_frame",
    "port_match_text",
    "rules_frame",
    "services_frame",
    "workloads_frame",
]


TableName: TypeAlias = Literal["workloads", "namespaces", "services", "ingresses", "policies", "rules", "problems"]

_PLACE: Final = columns("file", "line")
_OBJECT: Final = columns("kind", "namespace", "name")
_ORDER: Final = (
    Column(
        "tier",
        "str",
        "in the order in which they are evaluated",
        identifiers=tuple(tier.name.lower().replace("_", "-") for tier in Tier),
    ),
    Column("priority", "int64", "order within the tier, lower first; 0 where the kind has none"),
)
_SUBJECT: Final = Column("subject", "str", "pods that the policy is about: `namespaces: … pods: …`")

WORKLOADS: Final = Table(
    "Cluster.workloads",
    "workload, and for each kind of its pods where these differ",
    (
        column("workload"),
        *columns("namespace", "name", "kind"),
        Column("labels", "object", "labels of the pods", holds=LABELS),
        Column(
            "controller_labels",
            "str",
            "labels that its controller adds to a template's: `job-name=a, controller-uid=…`",
        ),
        Column(
            "container_ports",
            "object",
            "ports that containers declare: `http:TCP 8080`; `(sidecar)` behind a sidecar's",
            holds=TEXTS,
        ),
        Column("host_network", "bool", "whether the pods use their node's network"),
        Column("replicas", "Int64", "replicas as declared for the workload", nullable=True),
        Column("service_account", "str", "service account; empty if none is named"),
        Column("pods", "int64", "pods that were read with this shape; 0 for a template"),
        Column(
            "finished",
            "bool",
            "whether these pods have finished and have no network any more; so has a Job that is done",
        ),
        *_PLACE,
        Column("shape", "int64", "number of the pod shape within the workload, from 0"),
    ),
)
NAMESPACES: Final = Table(
    "Cluster.namespaces",
    "namespace",
    (
        column("name"),
        Column("labels", "object", "its labels, kubernetes.io/metadata.name included", holds=LABELS),
        Column("declared", "bool", "whether a manifest declares the namespace; else it is only used"),
        *_PLACE,
    ),
)
SERVICES: Final = Table(
    "Cluster.services",
    "Service",
    (
        *columns("namespace", "name"),
        Column("type", "str", "ClusterIP, NodePort, LoadBalancer or ExternalName"),
        Column("selector", "object", "labels of the pods it sends to", holds=LABELS, nullable=True),
        Column(
            "service_ports",
            "object",
            "ports that it offers: `http:TCP 80->web`; the arrow leads to the target port",
            holds=TEXTS,
        ),
        Column("cluster_ips", "object", "cluster addresses; `None` for a headless Service", holds=TEXTS),
        Column("external_ips", "object", "external and load balancer addresses", holds=TEXTS),
        Column("external_name", "str", "host name that an ExternalName Service stands for"),
        Column(
            "endpoints",
            "object",
            "addresses that a Service without selector sends to, as far as they were read",
            holds=TEXTS,
        ),
        *_PLACE,
    ),
)
INGRESSES: Final = Table(
    "Cluster.ingresses",
    "Service that an Ingress or a route leads to",
    (
        *_OBJECT,
        Column("service_namespace", "str", "namespace of the Service that it leads to"),
        Column("service", "str", "name of the Service that it leads to"),
        Column("service_port", "str", "port of the Service, by number or name; empty for all"),
        *_PLACE,
    ),
)
POLICIES: Final = Table(
    "Cluster.policies",
    "policy",
    (
        column("policy", "the policy as `Kind namespace/name`"),
        *_OBJECT,
        _SUBJECT,
        Column("isolates_ingress", "bool", "whether it denies its pods all ingress that no policy allows"),
        Column("isolates_egress", "bool", "the same for egress"),
        Column("ingress_rules", "int64", "number of ingress rules"),
        Column("egress_rules", "int64", "number of egress rules"),
        *_PLACE,
        *_ORDER,
    ),
)
RULES: Final = Table(
    "Cluster.rules",
    "rule of each policy",
    (
        column("policy", "the policy as `Kind namespace/name`"),
        *columns("rule", "rule_index", "rule_name", "direction"),
        Column("action", "str", "what it does", identifiers=tuple(action.value for action in Action)),
        _SUBJECT,
        Column("peers", "object", "who may be at the other end; `anyone`; empty for none", holds=TEXTS),
        column("ports", "ports at the destination: `TCP 80,443`, `All Connections`, `TCP http`"),
        *_OBJECT,
        column("file"),
        column("line", "line of the policy, from 1"),
        *_ORDER,
    ),
)
TABLES: Final = (WORKLOADS, NAMESPACES, SERVICES, INGRESSES, POLICIES, RULES, PROBLEMS)
"""All of them."""

_LABELS: Final = {column.name for table in TABLES for column in table.columns if column.holds == LABELS}


def workloads_frame(workloads: Iterable[Workload]) -> pd.DataFrame:
    """Return one row for each pod variant of each workload, with the columns `WORKLOADS`."""
    rows = (
        (
            workload.peer,
            workload.namespace,
            workload.name,
            workload.kind,
            dict(shape.labels),
            str(shape.controller_labels),
            tuple(map(_container_port, shape.ports)),
            shape.host_network,
            workload.replicas,
            workload.service_account,
            len(shape.pods),
            shape.finished,
            *_place(workload.source),
            number,
        )
        for workload in workloads
        for number, shape in enumerate(workload.shapes)
    )
    return WORKLOADS.from_rows(rows)


def namespaces_frame(namespaces: Iterable[Namespace]) -> pd.DataFrame:
    """Return one row for each namespace, with the columns `NAMESPACES`."""
    rows = ((one.name, dict(one.labels), one.declared, *_place(one.source)) for one in namespaces)
    return NAMESPACES.from_rows(rows)


def services_frame(services: Iterable[Service]) -> pd.DataFrame:
    """Return one row for each Service, with the columns `SERVICES`."""
    rows = (
        (
            service.namespace,
            service.name,
            service.type,
            None if service.selector is None else dict(service.selector),
            tuple(map(_service_port, service.ports)),
            tuple(service.cluster_ips),
            tuple(service.external_ips),
            service.external_name,
            tuple(endpoint.address for endpoint in service.endpoints),
            *_place(service.source),
        )
        for service in services
    )
    return SERVICES.from_rows(rows)


def ingresses_frame(ingresses: Iterable[Ingress]) -> pd.DataFrame:
    """Return one row for each backend of each Ingress or route, with the columns `INGRESSES`."""
    rows = (
        (
            ingress.kind,
            ingress.namespace,
            ingress.name,
            backend.namespace,
            backend.service,
            "" if backend.port is None else str(backend.port),
            *_place(ingress.source),
        )
        for ingress in ingresses
        for backend in ingress.backends
    )
    return INGRESSES.from_rows(rows)


def policies_frame(policies: Iterable[Policy]) -> pd.DataFrame:
    """Return one row for each policy, with the columns `POLICIES`."""
    rows = (
        (
            policy.ref,
            *_object(policy),
            peer_text(policy.subject),
            Direction.INGRESS in policy.isolates,
            Direction.EGRESS in policy.isolates,
            sum(rule.direction is Direction.INGRESS for rule in policy.rules),
            sum(rule.direction is Direction.EGRESS for rule in policy.rules),
            *_place(policy.source),
            *_order(policy),
        )
        for policy in policies
    )
    return POLICIES.from_rows(rows)


def rules_frame(policies: Iterable[Policy]) -> pd.DataFrame:
    """Return one row for each rule of each policy, with the columns `RULES`."""
    rows = (
        (
            policy.ref,
            field_path(rule.path),
            rule.index,
            rule.name,
            rule.direction.value,
            rule.action.value,
            peer_text(policy.subject),
            tuple(map(peer_text, rule.peers)),
            port_match_text(rule.ports),
            *_object(policy),
            *_place(policy.source),
            *_order(policy),
        )
        for policy in policies
        for rule in policy.rules
    )
    return RULES.from_rows(rows)


def make_table(name: TableName, objects: Objects, problems: Iterable[Problem]) -> pd.DataFrame:
    """Return one of a cluster's tables."""
    made: dict[TableName, Callable[[], pd.DataFrame]] = {
        "workloads": lambda: workloads_frame(objects.workloads),
        "namespaces": lambda: namespaces_frame(objects.namespaces),
        "services": lambda: services_frame(objects.services),
        "ingresses": lambda: ingresses_frame(objects.ingresses),
        "policies": lambda: policies_frame(_all_policies(objects)),
        "rules": lambda: rules_frame(_all_policies(objects)),
        "problems": lambda: problems_frame(problems),
    }
    return made[name]()


def _all_policies(objects: Objects) -> Iterator[Policy]:
    yield from objects.policies
    yield from (one.policy for one in objects.multi_policies)


def own_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of `frame` that its owner may change at will, dicts in its cells included."""
    import pandas as pd  # noqa: PLC0415  (half a second, for those who ask for a frame)

    copy = frame.copy(deep=False)  # pandas copies a column when it is written to
    for name in _LABELS & set(copy.columns):
        cells = [dict(cell) if isinstance(cell, Mapping) else cell for cell in copy[name]]
        copy[name] = pd.Series(cells, index=copy.index, dtype=object)
    return copy


def peer_text(peer: RulePeer) -> str:
    """Return a peer of a rule as people write it.

    Pods are ``namespaces: …  pods: …`` with kubectl's selectors, and ``*`` for all; the exact name of a
    namespace stands for itself. Addresses are given as written, and so are domain names.
    """
    match peer:
        case Anyone():
            return "anyone"
        case Block(text=text):
            return text
        case Nodes(nodes=nodes):
            return f"nodes: {nodes}"
        case DomainNames(names=names):
            return f"domains: {','.join(names)}"
        case Pods(namespaces=Selector() as namespaces, pods=pods):
            return f"namespaces: {namespaces} pods: {pods}"
        case Pods(namespaces=name, pods=pods):
            return f"namespace {name} pods: {pods}"


def port_match_text(ports: PortMatch) -> str:
    """Return the ports of a rule: numbers as everywhere, then names, each with its protocol if it has one."""
    named = [f"{port.protocol} {port.name}" if port.protocol else port.name for port in ports.named]
    numbers = [] if ports.numbers == NO_PORTS and named else [str(ports.numbers)]
    return ",".join([*numbers, *named])


def _object(policy: Policy) -> tuple[str, str, str]:
    return policy.kind, policy.namespace, policy.name


def _order(policy: Policy) -> tuple[str, int]:
    return policy.tier.name.lower().replace("_", "-"), policy.priority


def _container_port(port: ContainerPort) -> str:
    text = f"{port.name}:{port.protocol} {port.port}" if port.name else f"{port.protocol} {port.port}"
    return f"{text} (sidecar)" if port.sidecar else text


def _service_port(port: ServicePort) -> str:
    text = f"{port.name}:{port.protocol} {port.port}" if port.name else f"{port.protocol} {port.port}"
    return text if port.target_port in {None, port.port} else f"{text}->{port.target_port}"


def _place(source: Source) -> Iterator[str | int | None]:
    yield source.file
    yield source.line if source.file else None
