"""What a cluster's tables look like: each column's name, dtype and meaning, and how it is filled.

The tables are for people and for pandas; programs may walk `Cluster.objects` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import pandas as pd

from workbench.ground import NO_PORTS, Problem, problems_frame
from workbench.inventory.model import ContainerPort, Ingress, Namespace, Objects, Service, ServicePort, Workload
from workbench.manifests import Source
from workbench.policy import Anyone, Block, Direction, DomainNames, Nodes, Pods, Policy, PortMatch, RulePeer, Selector

__all__ = [
    "INGRESSES",
    "NAMESPACES",
    "POLICIES",
    "RULES",
    "SERVICES",
    "WORKLOADS",
    "Column",
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


class Column(NamedTuple):
    """A column of a table: its name, its pandas dtype, and what it says."""

    name: str
    dtype: str
    meaning: str


FILE = Column("file", "str", "file in which it stands, as the user gave it; empty if nothing declares it")
LINE = Column("line", "Int64", "line of the file, from 1; missing if nothing declares it")

WORKLOADS: Final = (
    Column("namespace", "str", "namespace"),
    Column("name", "str", "name of the workload: of the topmost owner of its pods"),
    Column("kind", "str", "kind of the workload, such as Deployment"),
    Column("peer", "str", "namespace/name[Kind], as connectivity names it"),
    Column("shape", "int64", "number of the pod shape within the workload, from 0; one row each"),
    Column("labels", "object", "labels of the pods, a dict of str to str"),
    Column(
        "controller_labels", "str", "labels that its controller adds to a template's: 'job-name=a, controller-uid=…'"
    ),
    Column("ports", "str", "ports that containers declare: 'http:TCP 8080, UDP 53'; '(sidecar)' behind a sidecar's"),
    Column("host_network", "bool", "whether the pods use their node's network"),
    Column("replicas", "Int64", "replicas as declared for the workload; missing where nothing says so"),
    Column("service_account", "str", "service account; empty if none is named"),
    Column("pods", "int64", "pods that were read with this shape; 0 for a template"),
    Column(
        "finished", "bool", "whether these pods have finished and have no network any more; so has a Job that is done"
    ),
    FILE,
    LINE,
)
NAMESPACES: Final = (
    Column("name", "str", "name"),
    Column("labels", "object", "labels, a dict of str to str, kubernetes.io/metadata.name included"),
    Column("declared", "bool", "whether a manifest declares the namespace; else it is only used"),
    FILE,
    LINE,
)
SERVICES: Final = (
    Column("namespace", "str", "namespace"),
    Column("name", "str", "name"),
    Column("type", "str", "ClusterIP, NodePort, LoadBalancer or ExternalName"),
    Column("selector", "object", "labels of the pods it sends to, a dict of str to str; None if it has no selector"),
    Column("ports", "str", "ports: 'http:TCP 80->web, UDP 53'; the arrow leads to the target port"),
    Column("cluster_ips", "str", "cluster addresses, comma-joined; 'None' for a headless Service"),
    Column("external_ips", "str", "external and load balancer addresses, comma-joined"),
    Column("external_name", "str", "host name that an ExternalName Service stands for"),
    Column(
        "endpoints", "str", "addresses that a Service without selector sends to, as far as they were read, comma-joined"
    ),
    FILE,
    LINE,
)
INGRESSES: Final = (
    Column("kind", "str", "Ingress, Route, HTTPRoute or GRPCRoute"),
    Column("namespace", "str", "namespace"),
    Column("name", "str", "name"),
    Column("service_namespace", "str", "namespace of the Service that it leads to"),
    Column("service", "str", "Service that it leads to; one row each"),
    Column("port", "str", "port of the Service, by number or name; empty for all"),
    FILE,
    LINE,
)
POLICIES: Final = (
    Column("kind", "str", "kind, such as NetworkPolicy"),
    Column("namespace", "str", "namespace; empty for cluster-wide kinds"),
    Column("name", "str", "name"),
    Column("tier", "str", "admin, network_policy or baseline, in the order in which they are evaluated"),
    Column("priority", "int64", "order within the tier, lower first; 0 where the kind has none"),
    Column("subject", "str", "pods that the policy is about: 'namespaces: … pods: …'"),
    Column("isolates_ingress", "bool", "whether it denies its pods all ingress that no policy allows"),
    Column("isolates_egress", "bool", "the same for egress"),
    Column("ingress_rules", "int64", "number of ingress rules"),
    Column("egress_rules", "int64", "number of egress rules"),
    FILE,
    LINE,
)
RULES: Final = (
    *POLICIES[:5],
    Column("direction", "str", "ingress or egress"),
    Column("rule", "int64", "position among the rules of its direction, from 0"),
    Column("rule_name", "str", "name of the rule; empty where it has none"),
    Column("action", "str", "Allow, Deny or Pass"),
    Column("peers", "str", "who may be at the other end, joined by ' | '; 'anyone', or empty for none"),
    Column("ports", "str", "ports at the destination: 'TCP 80,443', 'All Connections', 'TCP http'"),
    POLICIES[5],
    FILE,
    LINE,
)
MAPPING_COLUMNS: Final = {"labels", "selector"}
"""Columns whose cells are dicts."""


def workloads_frame(workloads: Iterable[Workload]) -> pd.DataFrame:
    """Return one row for each pod shape of each workload, with the columns `WORKLOADS`."""
    rows = (
        (
            workload.namespace,
            workload.name,
            workload.kind,
            workload.peer,
            number,
            dict(shape.labels),
            str(shape.controller_labels),
            ", ".join(map(_container_port, shape.ports)),
            shape.host_network,
            workload.replicas,
            workload.service_account,
            len(shape.pods),
            shape.finished,
            *_place(workload.source),
        )
        for workload in workloads
        for number, shape in enumerate(workload.shapes)
    )
    return _frame(rows, WORKLOADS)


def namespaces_frame(namespaces: Iterable[Namespace]) -> pd.DataFrame:
    """Return one row for each namespace, with the columns `NAMESPACES`."""
    rows = ((one.name, dict(one.labels), one.declared, *_place(one.source)) for one in namespaces)
    return _frame(rows, NAMESPACES)


def services_frame(services: Iterable[Service]) -> pd.DataFrame:
    """Return one row for each Service, with the columns `SERVICES`."""
    rows = (
        (
            service.namespace,
            service.name,
            service.type,
            None if service.selector is None else dict(service.selector),
            ", ".join(map(_service_port, service.ports)),
            ",".join(service.cluster_ips),
            ",".join(service.external_ips),
            service.external_name,
            ",".join(endpoint.address for endpoint in service.endpoints),
            *_place(service.source),
        )
        for service in services
    )
    return _frame(rows, SERVICES)


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
    return _frame(rows, INGRESSES)


def policies_frame(policies: Iterable[Policy]) -> pd.DataFrame:
    """Return one row for each policy, with the columns `POLICIES`."""
    rows = (
        (
            *_policy_key(policy),
            peer_text(policy.subject),
            Direction.INGRESS in policy.isolates,
            Direction.EGRESS in policy.isolates,
            sum(rule.direction is Direction.INGRESS for rule in policy.rules),
            sum(rule.direction is Direction.EGRESS for rule in policy.rules),
            *_place(policy.source),
        )
        for policy in policies
    )
    return _frame(rows, POLICIES)


def rules_frame(policies: Iterable[Policy]) -> pd.DataFrame:
    """Return one row for each rule of each policy, with the columns `RULES`."""
    rows = (
        (
            *_policy_key(policy),
            rule.direction.value,
            rule.index,
            rule.name,
            rule.action.value,
            " | ".join(map(peer_text, rule.peers)),
            port_match_text(rule.ports),
            peer_text(policy.subject),
            *_place(policy.source),
        )
        for policy in policies
        for rule in policy.rules
    )
    return _frame(rows, RULES)


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
    copy = frame.copy(deep=False)  # pandas copies a column when it is written to
    for name in MAPPING_COLUMNS & set(copy.columns):
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


def _policy_key(policy: Policy) -> tuple[Any, ...]:
    return policy.kind, policy.namespace, policy.name, policy.tier.name.lower(), policy.priority


def _container_port(port: ContainerPort) -> str:
    text = f"{port.name}:{port.protocol} {port.port}" if port.name else f"{port.protocol} {port.port}"
    return f"{text} (sidecar)" if port.sidecar else text


def _service_port(port: ServicePort) -> str:
    text = f"{port.name}:{port.protocol} {port.port}" if port.name else f"{port.protocol} {port.port}"
    return text if port.target_port in {None, port.port} else f"{text}->{port.target_port}"


def _place(source: Source) -> Iterator[str | int | None]:
    yield source.file
    yield source.line if source.file else None


def _frame(rows: Iterable[tuple[Any, ...]], columns: tuple[Column, ...]) -> pd.DataFrame:
    """Return a table with the dtypes that `columns` promise, also of no rows."""
    by_column = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame(
        {
            column.name: pd.Series(list(cells), dtype=column.dtype)
            for column, cells in zip(columns, by_column, strict=True)
        }
    )
