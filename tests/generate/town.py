"""Small clusters of workloads with addresses, and what was seen between them: each test says which."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from workbench.flows import Flows, load_flows
from workbench.generate import Proposal, propose
from workbench.inventory import Cluster, load_manifests
from workbench.policy import policy_manifest

Json = dict[str, Any]
START = datetime(2026, 11, 17, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
_FLAGS = {"flags": {"SYN": True}}
ELSEWHERE = ("192.0.2.200", "192.0.2.201")
"""A recording has at least one flow: this one is of no workload."""


class Seen(NamedTuple):
    """A connection: ends are ``namespace/name`` of workloads, or addresses; `at` is hours after `START`."""

    src: str
    dst: str
    port: int
    at: float = 0.0
    denied: bool = False
    protocol: str = "TCP"


def namespace(name: str, labels: Mapping[str, str] | None = None) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels or {})}}


def workload(
    ref: str,
    ip: str = "",
    *,
    labels: Mapping[str, str] | None = None,
    kind: str = "StatefulSet",
    selector: Json | None = None,
    ports: Iterable[Json] = (),
    **pod: Any,  # noqa: ANN401  (fields of the pod's spec)
) -> list[Json]:
    """Return a workload with a pod at an address, or the template alone; by default it is labelled by its name."""
    where, name = ref.split("/")
    has = dict({"app": name} if labels is None else labels)
    spec = {"containers": [{"name": "main", "image": "i", "ports": list(ports)}], **pod}
    template = {"metadata": {"labels": has}, "spec": spec}
    chosen = {"matchLabels": has} if selector is None else selector
    found: list[Json] = [
        {
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": {"name": name, "namespace": where},
            "spec": {"template": template, **({"selector": chosen} if chosen.get("matchLabels") else {})},
        }
    ]
    if ip:
        owner = {"apiVersion": "apps/v1", "kind": kind, "name": name, "controller": True}
        metadata = {"name": f"{name}-0", "namespace": where, "labels": has, "ownerReferences": [owner]}
        status = {"podIP": ip, **({"hostIP": ip} if pod.get("hostNetwork") else {})}
        found.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status})
    return found


def pod(ref: str, labels: Mapping[str, str] | None = None, ip: str = "", **spec: Any) -> Json:  # noqa: ANN401
    where, name = ref.split("/")
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": where, "labels": dict(labels or {})},
        "spec": {"containers": [{"name": "main", "image": "i"}], **spec},
        "status": {"podIP": ip} if ip else {},
    }


def service(ref: str, selector: Mapping[str, str], *ports: Json, kind: str = "ClusterIP") -> Json:
    where, name = ref.split("/")
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": where},
        "spec": {"type": kind, "selector": dict(selector), "ports": list(ports)},
    }


def policy(ref: str, chosen: Mapping[str, str] | None = None, *, labels: Any = None, **spec: Any) -> Json:  # noqa: ANN401
    """Return a NetworkPolicy, by default one that denies all ingress."""
    where, name = ref.split("/")
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": where, "labels": labels or {}},
        "spec": {
            "podSelector": {"matchLabels": dict(chosen)} if chosen else {},
            "policyTypes": ["Ingress"],
            **spec,
        },
    }


def cluster_of(*objects: Json | list[Json]) -> Cluster:
    flat = [one for given in objects for one in (given if isinstance(given, list) else [given])]
    return load_manifests(StringIO(yaml.safe_dump_all(flat)))


def flows_of(folder: Path, cluster: Cluster, *seen: Seen) -> Flows:
    """Return flows as Hubble records them; addresses of workloads are those of their pods."""
    ips = {
        f"{one.namespace}/{one.name}": ip
        for one in cluster.objects.workloads
        for shape in one.shapes
        for ip in (*shape.ips, *(place.host_ip for place in shape.placements if place.host_ip))[:1]
    }
    path = folder / f"{len(list(folder.iterdir()))}.hubble.jsonl"
    lines = (json.dumps(_line(one, number, ips)) for number, one in enumerate((*seen, Seen(*ELSEWHERE, 1))))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return load_flows([path], cluster=cluster)


def _line(one: Seen, number: int, ips: Mapping[str, str]) -> Json:
    moment = (START + timedelta(hours=one.at)).isoformat().replace("+00:00", "Z")
    ends = [ips.get(end, end) for end in (one.src, one.dst)]
    port = {"source_port": 40_000 + number, "destination_port": one.port, **(_FLAGS if one.protocol == "TCP" else {})}
    return {
        "flow": {
            "time": moment,
            "verdict": "DROPPED" if one.denied else "FORWARDED",
            **({"drop_reason_desc": "POLICY_DENIED"} if one.denied else {}),
            "IP": {"source": ends[0], "destination": ends[1], "ipVersion": "IPv6" if ":" in ends[1] else "IPv4"},
            "l4": {one.protocol: port},
            "source": _end(one.src),
            "destination": _end(one.dst),
            "Type": "L3_L4",
            "is_reply": False,
            "traffic_direction": "INGRESS" if "/" in one.dst else "EGRESS",
        },
        "time": moment,
    }


def _end(name: str) -> Json:
    where, _, plain = name.partition("/")
    if not plain:
        return {"identity": 2, "labels": ["reserved:world"]}
    return {
        "identity": 1000 + sum(map(ord, name)),
        "namespace": where,
        "labels": [f"k8s:io.kubernetes.pod.namespace={where}"],
        "pod_name": f"{plain}-0",
    }


def proposed(cluster: Cluster, flows: Flows | None = None, *, strategy: str, **options: Any) -> Proposal:  # noqa: ANN401
    """Return what a strategy proposes, at a time of ours."""
    return propose(cluster, flows, strategy=strategy, **{"now": NOW, **options})


def text_of(proposal: Proposal, name: str) -> str:
    """Return a proposal in a text format."""
    written = proposal.render(name)
    assert isinstance(written, str)
    return written


def specs(proposal: Proposal) -> dict[str, Json]:
    """Return the spec of each policy that is proposed, by ``namespace/name``."""
    return {f"{one.namespace}/{one.name}": policy_manifest(one)["spec"] for one in proposal.policies}


def whys(proposal: Proposal) -> set[tuple[str, str]]:
    """Return what was left out: why, and of what."""
    return {(one.why.value, one.subject) for one in proposal.left_out}
