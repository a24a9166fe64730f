"""The same as the reference tool writes it: connections, and policies, as JSON and as YAML (build-time 12, 13)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.generate.build_time.connections import Discovery
from workbench.generate.build_time.plan import PlannedPolicy, PlannedRule, by_own_labels, denying_name, planned
from workbench.generate.build_time.texts import pod_spec
from workbench.generate.generated import BUILD_TIME
from workbench.ground import text_at, value_at
from workbench.manifests import yaml_text
from workbench.policy import NAMESPACE_NAME_LABEL, Anyone, Direction, Selector

if TYPE_CHECKING:
    from workbench.generate.build_time.connections import Connection
    from workbench.inventory import Cluster, Service, ServicePort, Workload
    from workbench.manifests import Manifest

__all__ = ["reference_connections", "reference_json", "reference_policies", "reference_policy_list", "reference_yaml"]

_VERSION: Final = "networking.k8s.io/v1"
_KIND: Final = "NetworkPolicy"
_INDENT: Final = 4
_IN_HTML: Final = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"))
_SIDES: Final = ((Direction.INGRESS, "ingress", "from"), (Direction.EGRESS, "egress", "to"))


def reference_policies(cluster: Cluster, *, dns_port: int | str = 53, labelled: bool = False) -> list[dict[str, Any]]:
    """Return the policies that the reference tool makes, in its order: of workloads by name, then those that deny.

    Nothing is guarded here: a workload without labels has a policy for all pods of its namespace.

    Parameters
    ----------
    cluster : Cluster
    dns_port : int or str
        Number or name of the port at which names are looked up.
    labelled : bool
        Whether policies have the label that roxctl gives them.
    """
    discovery = Discovery(cluster, as_reference=True)
    labels = dict([BUILD_TIME]) if labelled else {}
    plan = planned(discovery, by_own_labels, dns_port)
    policies = [_policy(one.name, _written_namespace(discovery, one.workload), labels, one) for one in plan.policies]
    namespaces: dict[str, list[str]] = {}
    for workload in discovery.workloads:
        namespaces.setdefault(workload.namespace, []).append(_written_namespace(discovery, workload))
    denying = (max(written) for written in namespaces.values())
    return [*policies, *(_policy(denying_name(one), one, labels) for one in denying)]


def reference_policy_list(policies: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the list that the reference tool's command line writes.

    Parameters
    ----------
    policies : iterable of mapping
    """
    return {"kind": f"{_KIND}List", "apiVersion": _VERSION, "metadata": {}, "items": list(policies)}


def reference_connections(cluster: Cluster) -> list[dict[str, Any]]:
    """Return the connections that the reference tool finds, in its order and with all that it says of them.

    Parameters
    ----------
    cluster : Cluster
    """
    discovery = Discovery(cluster, as_reference=True)
    return [
        {
            **({"source": _end(discovery, one.source, one)} if one.source is not None else {}),
            "target": _end(discovery, one.target),
            "link": _link(discovery, one.service),
        }
        for one in discovery.connections
    ]


def reference_json(value: object) -> str:
    """Return JSON as the reference tool lays it out.

    Parameters
    ----------
    value : object
    """
    text = json.dumps(value, indent=_INDENT, ensure_ascii=False)
    for character, escaped in _IN_HTML:
        text = text.replace(character, escaped)
    return f"{text}\n"


def reference_yaml(value: object) -> str:
    """Return YAML as the reference tool lays it out, with the keys of mappings sorted.

    Parameters
    ----------
    value : object
        Of JSON.
    """
    return "".join(f"{line}\n" for line in _lines(value, 0))


def _lines(value: object, column: int) -> Iterator[str]:
    """Yield the lines of a value that begins at a column."""
    margin = " " * column
    if isinstance(value, Mapping) and value:
        for key in sorted(value):
            yield from _entry(f"{margin}{_scalar(key)}:", value[key], column)
    elif isinstance(value, list) and value:
        for one in value:
            if isinstance(one, (Mapping, list)) and one:
                first, *rest = _lines(one, column + 2)
                yield f"{margin}- {first[column + 2 :]}"
                yield from rest
            else:
                yield f"{margin}- {_scalar(one)}"
    else:
        yield f"{margin}{_scalar(value)}"


def _entry(key: str, value: object, column: int) -> Iterator[str]:
    if isinstance(value, (Mapping, list)) and value:
        yield key
        # What is within stands at the next multiple of the indentation.
        yield from _lines(value, (column + _INDENT) // _INDENT * _INDENT)
    else:
        yield f"{key} {_scalar(value)}"


def _scalar(value: object) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    written = yaml_text([value]).removesuffix("\n").removesuffix("\n...")
    if "\n" in value:
        return json.dumps(value, ensure_ascii=False)
    # A text that would be read as something else has double quotes, one with special characters single ones.
    return json.dumps(value) if written == f"'{value}'" and _is_word(value) else written


def _is_word(text: str) -> bool:
    return not text or (text.isascii() and all(one.isalnum() or one in "+-._~" for one in text))


def _written_namespace(discovery: Discovery, workload: Workload) -> str:
    return next((one.namespace for one in discovery.written.of(workload)), workload.namespace)


def _policy(name: str, namespace: str, labels: Mapping[str, str], made: PlannedPolicy | None = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = dict(labels)
    spec: dict[str, Any] = {"podSelector": _selector(made.selector if made is not None else Selector())}
    if made is not None:
        sides = {field: (side, made.rules(way)) for way, field, side in _SIDES}
        own = made.workload.namespace
        spec |= {field: [_rule(one, side, own) for one in rules] for field, (side, rules) in sides.items() if rules}
    spec["policyTypes"] = ["Ingress", "Egress"]
    return {"kind": _KIND, "apiVersion": _VERSION, "metadata": metadata, "spec": spec}


def _rule(rule: PlannedRule, side: str, own: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if rule.ports:
        found["ports"] = [{"protocol": protocol, "port": port} for protocol, port in rule.ports]
    if not isinstance(rule.peer, Anyone):
        peer: dict[str, Any] = {}
        namespaces = rule.peer.namespaces
        if isinstance(namespaces, str):
            peer["podSelector"] = _selector(rule.peer.pods)
            if namespaces != own:
                peer["namespaceSelector"] = {"matchLabels": {NAMESPACE_NAME_LABEL: namespaces}}
        else:
            peer["namespaceSelector"] = _selector(namespaces)
        found[side] = [peer]
    return found


def _selector(selector: Selector) -> dict[str, Any]:
    labels = {one.key: one.values[0] for one in selector.labels}
    return {"matchLabels": dict(sorted(labels.items()))} if labels else {}


def _without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}


def _end(discovery: Discovery, workload: Workload, connection: Connection | None = None) -> dict[str, Any]:
    manifest = next(iter(discovery.written.of(workload)), None)
    spec = pod_spec(manifest) if manifest is not None else None
    containers = value_at(spec, "containers")
    images = [text_at(one, "image") for one in containers] if isinstance(containers, list) else []
    addresses = [str(one.address) for one in discovery.addresses(workload)]
    used = [] if connection is None else [_port(discovery, connection.service, one) for one in connection.used]
    said = _without_empty(
        {
            "name": workload.name,
            "namespace": _written_namespace(discovery, workload),
            "labels": dict(sorted((one.key, one.values[0]) for one in by_own_labels(workload).selector.labels)),
            "serviceaccountname": text_at(spec, "serviceAccountName"),
            "filepath": workload.source.file,
            "kind": workload.kind,
        }
    )
    image = _without_empty({"id": images[-1] if images else ""})
    return {"resource": {**said, "image": image, "NetworkAddrs": addresses or None, "UsedPorts": used or None}}


def _link(discovery: Discovery, service: Service) -> dict[str, Any]:
    manifest = discovery.written.named(service.namespace, "Service", service.name)
    fields = {
        "name": service.name,
        "namespace": manifest.namespace if manifest is not None else service.namespace,
        "selectors": [f"{key}:{value}" for key, value in sorted((service.selector or {}).items())],
        "type": text_at(manifest.content, "spec", "type") if manifest is not None else service.type,
        "filepath": service.source.file,
        "kind": "Service",
        "network": [_port(discovery, service, one) for one in service.ports],
    }
    return {"resource": _without_empty(fields)}


def _port(discovery: Discovery, service: Service, port: ServicePort) -> dict[str, Any]:
    """Return a port of a Service as it is written, without what Kubernetes fills in."""
    return {
        "port": port.port,
        "target_port": port.target_port or 0,
        **_without_empty({"protocol": _written_protocol(discovery, service, port)}),
    }


def _written_protocol(discovery: Discovery, service: Service, port: ServicePort) -> str:
    manifest = discovery.written.named(service.namespace, "Service", service.name)
    ports = _written_ports(manifest)
    return next((text_at(one, "protocol") for one in ports if _is_port(one, port)), port.protocol)


def _written_ports(manifest: Manifest | None) -> list[Any]:
    listed = value_at(manifest.content, "spec", "ports") if manifest is not None else None
    return listed if isinstance(listed, list) else []


def _is_port(written: object, port: ServicePort) -> bool:
    protocol = text_at(written, "protocol") or "TCP"
    return (value_at(written, "port"), protocol) == (port.port, port.protocol)
