"""A small shop as it runs: pods with addresses, Services, nodes; each test adds what it is about."""

from __future__ import annotations

from io import StringIO
from typing import Any

import yaml

from workbench.inventory import Cluster, load_manifests

Json = dict[str, Any]
CREATED = "2026-11-01T00:00:00Z"


def pod(name: str, ip: str = "", *, owner: str = "", labels: Json | None = None, **more: Any) -> Json:  # noqa: ANN401
    """Return a Pod of the namespace shop; `owner` is ``Kind/name``; `more` are fields of its spec, and ``deleted``."""
    kind, _, owner_name = owner.partition("/")
    metadata: Json = {
        "name": name,
        "namespace": "shop",
        "labels": labels or {},
        "creationTimestamp": more.pop("created", CREATED),
    }
    if owner:
        metadata["ownerReferences"] = [{"kind": kind, "name": owner_name, "controller": True, "apiVersion": "apps/v1"}]
    if "deleted" in more:
        metadata["deletionTimestamp"] = more.pop("deleted")
    status = {"podIP": ip} if ip else {}
    if "host_ip" in more:
        status["hostIP"] = more.pop("host_ip")
    ports = more.pop("ports", [])
    spec = {"containers": [{"name": "main", "image": "i", "ports": ports}], **more}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def deployment(name: str, labels: Json, ports: list[Json] | None = None, **spec: Any) -> Json:  # noqa: ANN401
    """Return a Deployment of the namespace shop."""
    container = {"name": "main", "image": "i", "ports": ports or []}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def service(name: str, selector: Json | None, ports: list[Json], **spec: Any) -> Json:  # noqa: ANN401
    """Return a Service of the namespace shop."""
    chosen = {"selector": selector} if selector else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"ports": ports, **chosen, **spec},
    }


def node(name: str, address: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "status": {"addresses": [{"type": "InternalIP", "address": address}]},
    }


def cluster_of(*objects: Json) -> Cluster:
    return load_manifests(StringIO(yaml.safe_dump_all(objects)))
