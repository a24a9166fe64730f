"""Flows to addresses outside, for tests of what these are called."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.flows import Flows, load_flows
from workbench.inventory import Cluster, load_manifests

WEB = "shop/web[StatefulSet]"
MANIFESTS = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}
---
apiVersion: v1
kind: Pod
metadata:
  {name: web-0, namespace: shop, labels: {app: web},
   ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: web, uid: u, controller: true}]}
spec: {containers: [{name: c, image: i}]}
status: {podIP: 10.0.0.5, phase: Running}
"""
ALLOWED = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 203.0.113.0/28}}]}]
"""


def shop(folder: Path, policy: str = "") -> Cluster:
    """Return a cluster with one workload."""
    file = folder / "shop.yaml"
    file.write_text(MANIFESTS + policy, encoding="utf-8")
    return load_manifests([file])


def line(address: str, *, port: int = 443, minute: int = 0, names: Iterable[str] = ()) -> str:
    """Return a line of Hubble: the web calls an address."""
    source = {
        "namespace": "shop",
        "pod_name": "web-0",
        "workloads": [{"name": "web", "kind": "StatefulSet"}],
    }
    flow: dict[str, Any] = {
        "time": f"2026-11-21T09:{minute:02}:00Z",
        "verdict": "FORWARDED",
        "IP": {"source": "10.0.0.5", "destination": address, "ipVersion": "IPv6" if ":" in address else "IPv4"},
        "l4": {"TCP": {"source_port": 40000 + minute, "destination_port": port, "flags": {"SYN": True}}},
        "source": source,
        "destination": {"identity": 2, "labels": ["reserved:world"]},
        "destination_names": list(names),
        "traffic_direction": "EGRESS",
        "is_reply": False,
        "Type": "L3_L4",
    }
    return json.dumps({"flow": flow})


def flows_to(folder: Path, *lines: str, policy: str = "") -> Flows:
    """Return the flows that lines tell of, attributed to the cluster of `shop`."""
    file = folder / "flows.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load_flows([file], cluster=shop(folder, policy))
