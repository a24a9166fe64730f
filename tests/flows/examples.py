"""One good record of each format that reads records: what tests break, cut off, and import again."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["EXAMPLES", "dns_events", "tcp_events"]

_POD: Final = {
    "namespace": "shop",
    "podName": "web-1",
    "podLabels": "app=web",
    "owner": {"kind": "Deployment", "name": "web"},
}
_WEB: Final = {
    "addr": "10.1.0.5",
    "port": 41000,
    "proto": "TCP",
    "k8s": {"kind": "pod", "name": "web-1", "namespace": "shop"},
}
_OUT: Final = {"addr": "1.1.1.1", "port": 443, "proto": "TCP", "k8s": {"kind": "raw"}}
_NAMESERVER: Final = {"addr": "10.96.0.10", "port": 53, "proto": "UDP", "k8s": {"kind": "svc", "name": "dns"}}
_TCP: Final = {
    "timestamp": "2026-11-21T09:00:00Z",
    "type": "connect",
    "k8s": _POD,
    "src": _WEB,
    "dst": _OUT,
    "error": "",
}
_DNS: Final = {
    "timestamp": "2026-11-21T09:00:00Z",
    "qr": "R",
    "qtype": "A",
    "name": "one.example.",
    "rcode": "Success",
    "addresses": "1.1.1.1",
    "pkt_type": "HOST",
    "k8s": _POD,
    "src": _NAMESERVER,
    "dst": _WEB,
}
_ANTREA: Final = (
    "1763716000,1763716060,10.1.0.5,10.1.0.6,41000,8080,TCP,api-1,shop,n1,web-1,shop,n2,10.96.0.7,10.96.0.7,80,shop/web:http,"
    "allow,shop,r1,Allow,K8sNetworkPolicy,,,,NoAction,Invalid,,,"
)

EXAMPLES: Final[dict[str, Any]] = {
    "antrea": _ANTREA,
    "inspektor-gadget": _TCP,
    "inspektor-gadget-dns": _DNS,
    "kiali": {
        "timestamp": 1763716600,
        "duration": 600,
        "graphType": "workload",
        "elements": {
            "nodes": [
                {"data": {"id": "a", "cluster": "east", "namespace": "shop", "workload": "web"}},
                {
                    "data": {
                        "id": "b",
                        "cluster": "east",
                        "namespace": "pay",
                        "service": "x",
                        "isServiceEntry": {"hosts": ["x"]},
                    }
                },
            ],
            "edges": [
                {
                    "data": {
                        "source": "a",
                        "target": "b",
                        "traffic": {"responses": {"200": {"hosts": {"x:443": "100.0"}}}},
                    }
                }
            ],
        },
    },
    "kubescape": {
        "apiVersion": "spdx.softwarecomposition.kubescape.io/v1beta1",
        "kind": "NetworkNeighborhood",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "creationTimestamp": "2026-11-21T09:00:00Z",
            "annotations": {
                "kubescape.io/status": "ready",
                "kubescape.io/wlid": "wlid://cluster-a/namespace-b/deployment-c",
            },
            "labels": {"kubescape.io/workload-kind": "Deployment", "kubescape.io/workload-name": "web"},
        },
        "spec": {
            "matchLabels": {"app": "web"},
            "containers": [
                {
                    "name": "web",
                    "egress": [
                        {
                            "ports": [{"protocol": "TCP", "port": 443}],
                            "ipAddress": "1.1.1.1",
                            "dnsNames": ["one.example."],
                            "podSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]},
                            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}},
                        }
                    ],
                }
            ],
        },
    },
    "rhacs": {
        "nodes": [
            {
                "entity": {
                    "type": "DEPLOYMENT",
                    "id": "d",
                    "deployment": {"name": "web", "namespace": "shop", "cluster": "prod"},
                },
                "outEdges": {
                    "1": {
                        "properties": [
                            {"port": 443, "protocol": "L4_PROTOCOL_TCP", "lastActiveTimestamp": "2026-11-21T09:00:00Z"}
                        ]
                    }
                },
            },
            {
                "entity": {"type": "EXTERNAL_SOURCE", "externalSource": {"name": "x", "cidr": "129.146.0.0/21"}},
                "outEdges": {},
            },
        ]
    },
}
"""By the name of the format."""


def tcp_events(first: int, last: int) -> list[dict[str, Any]]:
    """Return connections, each from a port of its own."""
    return [{**_TCP, "src": {**_WEB, "port": number}} for number in range(first, last)]


def dns_events(first: int, last: int) -> list[dict[str, Any]]:
    """Return DNS answers, each to a port of its own."""
    return [{**_DNS, "dst": {**_WEB, "port": number}} for number in range(first, last)]
