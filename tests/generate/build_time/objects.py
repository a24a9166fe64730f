"""Small objects of Kubernetes: each test says what of them matters."""

from __future__ import annotations

import json
from typing import Any

from workbench import load_manifests
from workbench.generate import Proposal, propose
from workbench.inventory import Cluster, peer_text, port_match_text

__all__ = [
    "cluster_of",
    "config_map",
    "connections",
    "pod_spec",
    "proposal",
    "rules",
    "service",
    "workload",
]

Json = Any


def cluster_of(*objects: Json) -> Cluster:
    """Return the cluster that objects describe."""
    return load_manifests("\n---\n".join(json.dumps(one) for one in objects) + "\n")


def metadata(name: str, namespace: str) -> Json:
    return {"name": name, "namespace": namespace} if namespace else {"name": name}


def workload(
    name: str, *, calls: str = "", kind: str = "Deployment", namespace: str = "shop", labels: Json = None, **spec: Json
) -> Json:
    """Return a workload; `calls` is what an environment variable of its container says."""
    container: Json = {"name": "main", "image": "none", "env": [{"name": "CALLS", "value": calls}] if calls else []}
    container |= {key: spec.pop(key) for key in ("env", "envFrom", "args", "command", "ports") if key in spec}
    labels = {"app": name} if labels is None else labels
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], **spec}}
    owner: Json = {"selector": {"matchLabels": labels}, "template": template}
    if kind == "CronJob":
        owner = {"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}}
    version = "batch/v1" if kind in {"Job", "CronJob"} else "apps/v1"
    return {"apiVersion": version, "kind": kind, "metadata": metadata(name, namespace), "spec": owner}


def service(
    name: str,
    *ports: int | Json,
    namespace: str = "shop",
    selector: Json = None,
    annotations: Json = None,
    **spec: Json,
) -> Json:
    """Return a Service of the pods that are called like it."""
    written = [{"port": one} if isinstance(one, int) else one for one in ports or (80,)]
    found: Json = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(name, namespace),
        "spec": {"selector": {"app": name} if selector is None else selector, "ports": written, **spec},
    }
    if annotations:
        found["metadata"]["annotations"] = annotations
    return found


def config_map(name: str, *, namespace: str = "shop", **data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name, namespace), "data": data}


def pod_spec(found: Json) -> Json:
    """Return how a workload's pods are made."""
    return found["spec"]["template"]["spec"]


def proposal(*objects: Json, **options: Json) -> Proposal:
    return propose(cluster_of(*objects), strategy="build-time", **options)


def connections(found: Proposal) -> set[str]:
    """Return what is to be allowed, in short."""
    return {f"{_short(one.src)} -> {_short(one.dst)} {one.ports}" for one in found.needs}


def rules(found: Proposal, name: str) -> list[str]:
    """Return the rules of a policy, in short."""
    draft = next(one for one in found.drafts if one.policy.name == name)
    return [
        f"{one.direction} {', '.join(map(peer_text, one.peers))} {port_match_text(one.ports)}"
        for one in draft.policy.rules
    ]


def _short(name: str) -> str:
    return name.removeprefix("shop/").partition("[")[0]
