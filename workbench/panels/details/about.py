"""What it is that is selected: of a workload its labels, pods, ports, Services and problems; of others less."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from workbench.ground import EXTERNAL, PortSet, count_of, html_text, listed
from workbench.inventory import ServiceCall
from workbench.panels.details.pieces import badge, breakable, definitions, heading, items, note
from workbench.panels.details.policies import isolation_of
from workbench.panels.details.subject import CONTROLLER

if TYPE_CHECKING:
    from workbench.ground import Problem
    from workbench.inventory import Cluster, Labels, PodVariant, Service, Workload
    from workbench.manifests import Manifest
    from workbench.panels.details.state import DetailsState

__all__ = [
    "controller_html",
    "namespace_html",
    "node_html",
    "problems_about",
    "service_html",
    "services_of",
    "workload_html",
]

_NOISE: Final = frozenset({"kubectl.kubernetes.io/last-applied-configuration"})
"""Annotations that repeat the whole object."""
_ISOLATION: Final = {"both": "good", "none": "bad"}


def workload_html(state: DetailsState, workload: Workload) -> str:
    """Return what a workload is.

    Parameters
    ----------
    state : DetailsState
    workload : Workload
    """
    parts = [
        _isolation_html(state, workload),
        definitions(_of_workload(state, workload)),
        *_pods_html(workload),
        _services_html(state, workload),
        _problems_html(problems_about(state, _refs(state, workload))),
    ]
    return "".join(parts)


def _isolation_html(state: DetailsState, workload: Workload) -> str:
    if all(shape.host_network for shape in workload.shapes):
        said = note("Its pods use the network of their node: no policy applies.")
        return f"<p>{badge('host network', 'warn')}</p>{said}"
    found = isolation_of(state.scope.connectivity.policies_of(workload.peer))
    label = f"isolated: {found.badge}"
    return f"<p>{badge(label, _ISOLATION.get(found.badge, 'warn'))}</p>{''.join(map(note, found.messages))}"


def _of_workload(state: DetailsState, workload: Workload) -> Iterator[tuple[str, str]]:
    manifest = manifest_of(state, workload.kind, workload.namespace, workload.name)
    yield "kind", html_text(workload.kind)
    yield "namespace", html_text(workload.namespace)
    yield "file", breakable(_place(workload.source.file, workload.source.line))
    yield "owner", breakable(", ".join(_owners(manifest)))
    yield "replicas", "" if workload.replicas is None else f"{workload.replicas:,}"
    yield "service account", html_text(workload.service_account)
    yield "annotations", _pairs(_annotations(manifest))
    for shape in workload.shapes:
        which = f" ({count_of(len(shape.pods), 'pod')})" if len(workload.shapes) > 1 else ""
        yield f"labels{which}", _pairs(shape.labels)
        controller = str(shape.controller_labels)
        yield f"labels by its controller{which}", html_text(controller)
        yield f"ports declared{which}", html_text(", ".join(_declared(shape)) or "none")
    yield "ports seen listening", html_text(_seen_listening(state, workload) or _nothing_seen(state))


def _nothing_seen(state: DetailsState) -> str:
    return "none" if state.flows is not None else "not known: no flows were loaded"


def _pods_html(workload: Workload) -> Iterator[str]:
    pods = [
        f"{breakable(one.pod or 'any pod')} {_where(one.ips, one.node or one.host_ip)}"
        + (badge("finished") if shape.finished else "")
        for shape in workload.shapes
        for one in shape.placements
    ]
    yield heading("Pods")
    yield note(_counted_pods(workload))
    if pods:
        yield items(pods)


def _counted_pods(workload: Workload) -> str:
    """Return how many pods were read of how many that are wanted, and what stands for the others."""
    read = sum(len(shape.pods) for shape in workload.shapes)
    wanted = "" if workload.replicas is None else f"{count_of(workload.replicas, 'replica')} wanted, "
    told = f"{wanted}{count_of(read, 'pod') if read else 'no pod'} read."
    if read:
        return told
    if all(shape.finished for shape in workload.shapes):
        return f"{told} It has finished, and makes no more pods."
    return f"{told} Its template stands for the pods that may come: all answers about it are about these."


def _where(ips: Iterable[str], node: str) -> str:
    addresses = ", ".join(ips)
    on = f" on {node}" if node else ""
    return f'<span class="nw-place">{breakable(addresses + on)}</span>'


def _services_html(state: DetailsState, workload: Workload) -> str:
    cluster = state.scope.cluster
    services = services_of(cluster, workload)
    entries = [f"{breakable(f'{one.namespace}/{one.name}')} {_service_text(one)}" for one in services]
    lines = [heading("Services and exposure"), items(entries) if entries else note("No Service leads to it.")]
    names = {(one.namespace, one.name) for one in services}
    routes = [
        f"{breakable(one.ref)} by Service {breakable(backend.service)}"
        for one in cluster.objects.ingresses
        for backend in one.backends
        if (backend.namespace, backend.service) in names
    ]
    if routes:
        lines.append(items(list(dict.fromkeys(routes))))
    return "".join(lines) + _outside_html(state, workload)


def _service_text(service: Service) -> str:
    ports = ", ".join(f"{port.protocol} {port.port}" for port in service.ports)
    nodes = ", ".join(str(port.node_port) for port in service.ports if port.node_port is not None)
    texts = [
        badge(
            service.type, "warn" if service.type in {"NodePort", "LoadBalancer"} or service.external_ips else "plain"
        ),
        html_text(ports),
        html_text(f"on each node {nodes}") if nodes else "",
        html_text(f"external addresses {', '.join(service.external_ips)}") if service.external_ips else "",
        f'<span class="nw-place">{html_text(", ".join(service.cluster_ips))}</span>',
    ]
    return " ".join(text for text in texts if text)


def _outside_html(state: DetailsState, workload: Workload) -> str:
    """Return what policies let in from outside, and out."""
    traffic = state.traffic
    lines = []
    for side, far, words in (("dst", "src", "may be reached from"), ("src", "dst", "may reach")):
        own = traffic[side].map(lambda name: str(name).partition("{")[0]) == workload.peer
        rows = traffic[own & traffic[f"{far}_kind"].isin((EXTERNAL, "IngressController"))]
        allowed = rows[rows["status"].isin(("unused", "active", "denied-though-allowed"))]
        texts = [f"{html_text(words)} {breakable(name)}: {html_text(ports)}" for name, ports in _by_end(allowed, far)]
        lines.extend(texts)
    return items(lines) if lines else note("By policy nothing outside the cluster reaches it, and it reaches nothing.")


def _by_end(rows: pd.DataFrame, far: str) -> Iterator[tuple[str, str]]:
    for name, ends in rows.groupby(far, sort=True, observed=True):
        ports = dict.fromkeys(ends["ports"])
        yield str(name), "; ".join(map(str, ports))


def _problems_html(problems: list[Problem]) -> str:
    if not problems:
        return f"{heading('Problems')}{note('None is known.')}"
    entries = [
        f"{badge(one.severity.value, 'bad' if one.severity.value == 'error' else 'warn')} {breakable(one.object)} "
        f"{html_text(one.field)}: {html_text(one.message)}"
        + (f'<br><span class="nw-note">{html_text(one.remedy)}</span>' if one.remedy else "")
        + (f'<br><span class="nw-place">{breakable(_place(one.file, one.line))}</span>' if one.file else "")
        for one in problems
    ]
    return f"{heading(f'Problems ({len(problems):,})')}{items(entries)}"


def problems_about(state: DetailsState, refs: frozenset[str]) -> list[Problem]:
    """Return the problems about some objects, in the order in which they were found.

    Parameters
    ----------
    state : DetailsState
    refs : frozenset of str
        ``Kind namespace/name``.
    """
    return [problem for problem in state.scope.connectivity.problems_found if problem.object in refs]


def _refs(state: DetailsState, workload: Workload) -> frozenset[str]:
    """Return a workload and what belongs to it: its pods, its Services, the policies that select it."""
    whole = f"{workload.namespace}/{workload.name}"
    services = (f"Service {one.namespace}/{one.name}" for one in services_of(state.scope.cluster, workload))
    pods = (f"Pod {workload.namespace}/{pod}" for shape in workload.shapes for pod in shape.pods)
    policies = (policy.ref for policy in state.scope.connectivity.policies_of(workload.peer))
    return frozenset({f"{workload.kind} {whole}", *services, *pods, *policies})


def services_of(cluster: Cluster, workload: Workload) -> list[Service]:
    """Return the Services that select some pods of a workload.

    Parameters
    ----------
    cluster : Cluster
    workload : Workload
    """
    return [
        service
        for service in cluster.objects.services
        if any(ServiceCall(service, service.ports).selects(workload.namespace, shape) for shape in workload.shapes)
    ]


# --- namespaces, nodes, Services --------------------------------------------------------------------------


def namespace_html(state: DetailsState, name: str) -> str:
    """Return what a namespace is, and how much it has.

    Parameters
    ----------
    state : DetailsState
    name : str
    """
    objects = state.scope.cluster.objects
    found = next((one for one in objects.namespaces if one.name == name), None)
    if found is None:
        return f'<p class="nw-empty" role="status">There is no namespace {html_text(name)} in this cluster.</p>'
    policies = [policy for policy in objects.policies if policy.namespace == name]
    services = [service for service in objects.services if service.namespace == name]
    workloads = [workload for workload in objects.workloads if workload.namespace == name]
    isolated = [isolation_of(state.scope.connectivity.policies_of(one.peer)).badge for one in workloads]
    counts = ((isolated.count(one), one) for one in ("both", "ingress", "egress", "none"))
    own = f"{name}/"
    problems = [one for one in state.scope.connectivity.problems_found if one.object.partition(" ")[2].startswith(own)]
    told = definitions(
        [
            ("declared", "" if found.declared else "no manifest declares it"),
            ("file", breakable(_place(found.source.file, found.source.line)) if found.declared else ""),
            ("labels", _pairs(found.labels)),
            ("workloads", f"{len(workloads):,}"),
            ("isolated", html_text(", ".join(f"{kind}: {count:,}" for count, kind in counts if count))),
            ("policies", f"{len(policies):,}"),
            ("Services", f"{len(services):,}"),
        ]
    )
    return f"{heading(name)}{told}{_problems_html(problems)}"


def node_html(state: DetailsState, name: str) -> str:
    """Return what is known of a node, and which pods run there.

    Parameters
    ----------
    state : DetailsState
    name : str
        Without ``[Node]``.
    """
    objects = state.scope.cluster.objects
    found = next((one for one in objects.nodes if one.name == name), None)
    pods = [
        breakable(f"{workload.namespace}/{place.pod or workload.name}")
        for workload in objects.workloads
        for shape in workload.shapes
        for place in shape.placements
        if place.node == name
    ]
    if found is None and not pods:
        return f'<p class="nw-empty" role="status">There is no node {html_text(name)} in this cluster.</p>'
    addresses = "" if found is None else ", ".join(found.addresses)
    told = [
        ("addresses", html_text(addresses or "not read")),
        ("labels", "" if found is None else _pairs(found.labels)),
    ]
    return f"{definitions(told)}{heading(f'Pods ({len(pods):,})')}{items(pods)}"


def service_html(state: DetailsState, name: str) -> str:
    """Return what a Service is, and which workloads are behind it.

    Parameters
    ----------
    state : DetailsState
    name : str
        ``namespace/name``.
    """
    objects = state.scope.cluster.objects
    found = next((one for one in objects.services if f"{one.namespace}/{one.name}" == name), None)
    if found is None:
        return f'<p class="nw-empty" role="status">There is no Service {html_text(name)} in this cluster.</p>'
    behind = [one.peer for one in objects.workloads if found in services_of(state.scope.cluster, one)]
    told = definitions([("type", _service_text(found)), ("selector", _pairs(found.selector or {}))])
    return f"{told}{heading('Behind it')}{items([breakable(one) for one in behind]) if behind else note('nothing')}"


# --- small parts -----------------------------------------------------------------------------------------


def manifest_of(state: DetailsState, kind: str, namespace: str, name: str) -> Manifest | None:
    """Return an object as it was written; None where it was made of others.

    Parameters
    ----------
    state : DetailsState
    kind, namespace, name : str
    """
    wanted = (kind, name)
    for manifest in state.scope.cluster.objects.manifests:
        if (manifest.kind, manifest.any_name) == wanted and (manifest.namespace or "default") == namespace:
            return manifest
    return None


def _annotations(manifest: Manifest | None) -> dict[str, str]:
    """Return the annotations of an object, and of the template of its pods, as far as they are texts."""
    if manifest is None:
        return {}
    template = _mapping(_mapping(_mapping(manifest.content.get("spec")).get("template")).get("metadata"))
    found = {**_mapping(template.get("annotations")), **_mapping(manifest.metadata.get("annotations"))}
    return {str(key): str(value) for key, value in found.items() if key not in _NOISE}


def _owners(manifest: Manifest | None) -> Iterator[str]:
    references = manifest.metadata.get("ownerReferences") if manifest is not None else None
    for one in references if isinstance(references, list) else ():
        owner = _mapping(one)
        yield f"{owner.get('kind', '')} {owner.get('name', '')}".strip()


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401  (JSON)
    return value if isinstance(value, Mapping) else {}


def _pairs(labels: Labels) -> str:
    return "<br>".join(breakable(f"{key}={value}") for key, value in sorted(labels.items()))


def _place(file: str, line: int | None) -> str:
    return f"{file}:{line}" if file and line else file


def _declared(shape: PodVariant) -> Iterator[str]:
    for port in shape.ports:
        name = f"{port.name} " if port.name else ""
        yield f"{name}{port.protocol} {port.port}{' (sidecar)' if port.sidecar else ''}"


def _seen_listening(state: DetailsState, workload: Workload) -> str:
    """Return the ports at which a workload was seen to be called, and not only to be denied."""
    traffic = state.traffic
    seen = traffic[(traffic["dst"] == workload.peer) & (traffic["flows"] > traffic["flows_denied"])]
    ports = [PortSet.of(protocol, first, last) for cells in seen["intervals"] for protocol, first, last in cells]
    return str(PortSet.union_of(ports)) if ports else ""


def controller_html(state: DetailsState) -> str:
    """Return what leads through the ingress controller.

    Parameters
    ----------
    state : DetailsState
    """
    ingresses = state.scope.cluster.objects.ingresses
    entries = []
    for one in ingresses:
        services = sorted({f"{each.namespace}/{each.service}" for each in one.backends})
        entries.append(f"{breakable(one.ref)} → {breakable(listed(services))}")
    said = note(f"{CONTROLLER} stands for whatever answers to Ingresses and routes; where it runs is not known.")
    return f"{said}{heading('Ingresses and routes')}{items(entries) if entries else note('none')}"
