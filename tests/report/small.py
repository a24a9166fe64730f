"""A small cluster and all that an audit can be given beside: whatever a section asks for is there once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from workbench.baseline import Baselines
from workbench.checks import Accepted, CorporateRule, DeclaredFacts, read_accepted, read_corporate_rules
from workbench.external import AddressBook, KnownServer
from workbench.flows import Flows, load_flows
from workbench.inventory import Cluster, load_manifests
from workbench.report import Audit, audit

__all__ = ["MANIFESTS", "NOW", "SECRET", "Given", "given", "made"]

NOW: Final = datetime(2026, 11, 30, 10, tzinfo=UTC)
SECRET: Final = "c2VjcmV0LW9mLXRoZS1jbHVzdGVy"  # noqa: S105  (no one's)
_POD: Final = """\
---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
spec: {{containers: [{{name: c, image: i, ports: [{{name: main, containerPort: {port}}}]}}]}}
status: {{podIP: {address}}}
"""
MANIFESTS: Final = (
    """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: pay}
"""
    + _POD.format(name="web", namespace="shop", port=80, address="10.0.1.1")
    + _POD.format(name="db", namespace="shop", port=5432, address="10.0.1.2")
    + _POD.format(name="api", namespace="pay", port=443, address="10.0.2.1")
    + _POD.format(name="batch", namespace="pay", port=9, address="10.0.2.2")
    + f"""\
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{type: LoadBalancer, selector: {{app: web}}, ports: [{{name: http, port: 80}}]}}
---
apiVersion: v1
kind: Secret
metadata: {{name: keys, namespace: shop}}
data: {{password: {SECRET}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: db, namespace: shop}}
spec:
  podSelector: {{matchLabels: {{app: db}}}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{{podSelector: {{matchLabels: {{app: web}}}}}}]
    ports: [{{port: 5432}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: web, namespace: shop}}
spec:
  podSelector: {{matchLabels: {{app: web}}}}
  ingress: [{{ports: [{{port: man}}]}}, {{ports: [{{protocol: TCP, port: 80}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: api, namespace: pay}}
spec:
  podSelector: {{matchLabels: {{app: api}}}}
  policyTypes: [Egress]
  egress: [{{to: [{{ipBlock: {{cidr: 203.0.113.0/24}}}}], ports: [{{protocol: TCP, port: 443}}]}}]
"""
)
_FLOWS: Final = (
    ("10.0.1.1", "10.0.1.2", 5432, "ACCEPT", 9),
    ("10.0.1.1", "10.0.1.2", 5432, "ACCEPT", 10),
    ("10.0.2.2", "10.0.1.2", 5432, "DENY", 10),
    ("10.0.2.1", "203.0.113.7", 443, "ACCEPT", 11),
    ("198.51.100.9", "10.0.1.1", 80, "ACCEPT", 12),
    ("10.0.2.2", "198.51.100.9", 22, "ACCEPT", 23),
)
_ACCEPTED: Final = """\
accepted:
- {check: NP010, object: "*", owner: ana, reason: in spring, expires: 2027-06-30}
- {check: NP003, object: Pod pay/batch, owner: bo, reason: moves out, expires: 2026-01-31}
- {check: NP003, object: Pod shop/db, owner: bo, reason: no egress needed, expires: 2027-01-31}
"""
_CORPORATE: Final = """\
- name: no-way-to-shop
  action: deny
  from_ns: kubernetes.io/metadata.name=pay
  to_ns: kubernetes.io/metadata.name=shop
"""


class Given(NamedTuple):
    """What `audit` is given, by the names of its parameters."""

    cluster: Cluster
    flows: Flows
    baselines: Baselines
    address_book: AddressBook
    accepted: Accepted
    declared: DeclaredFacts
    corporate: tuple[CorporateRule, ...]
    title: str = "Shop"
    author: str = "Ana"


def given(folder: Path) -> Given:
    """Return all that there is; its files are in a folder."""
    lines = (
        json.dumps(
            {
                "connection": {
                    "src_ip": src,
                    "dest_ip": dst,
                    "src_port": 40000,
                    "dest_port": port,
                    "protocol": "tcp",
                    "direction": "ingress" if dst.startswith("10.") else "egress",
                },
                "disposition": verdict,
                "timestamp": f"2026-11-29T{hour:02}:00:00Z",
            }
        )
        for src, dst, port, verdict, hour in _FLOWS
    )
    files = {"shop.yaml": MANIFESTS, "gke.log": "\n".join(lines) + "\n", "accepted.yaml": _ACCEPTED}
    for name, text in {**files, "rules.yaml": _CORPORATE}.items():
        (folder / name).write_text(text, encoding="utf-8")
    cluster = load_manifests(folder / "shop.yaml")
    flows = load_flows(folder / "gke.log", cluster=cluster)
    learnt = Baselines().learn(
        cluster, flows.between("2026-11-29T00:00", "2026-11-29T11:30"), period=timedelta(hours=1), now=NOW
    )
    book = AddressBook(default_ranges=False).with_known_servers([KnownServer("203.0.113.7", "", "acquirer")])
    return Given(
        cluster,
        flows,
        learnt.lock("shop/*"),
        book.add("office", "198.51.100.0/24"),
        read_accepted(folder / "accepted.yaml"),
        DeclaredFacts(cni="cilium", pod_cidrs=("10.0.0.0/16",), tenant_label="kubernetes.io/metadata.name"),
        read_corporate_rules(folder / "rules.yaml").listed,
    )


def made(known: Given, **other: Any) -> Audit:  # noqa: ANN401  (whatever `audit` takes)
    """Return the audit of it at `NOW`; other arguments take the place of its own."""
    return audit(**{"now": NOW, **known._asdict(), **other})
