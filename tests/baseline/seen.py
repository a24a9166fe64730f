"""A shop of a few workloads, and connections that were seen there: each test says which, and when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tests.flows.clusters import cluster_of, deployment, pod
from workbench.flows import Flows, load_flows
from workbench.inventory import Cluster

NAMES = ("web", "api", "db", "job")
IPS = {name: f"10.244.0.{10 + number}" for number, name in enumerate(NAMES)}
START = datetime(2026, 11, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEB, API, DB, JOB = (f"shop/{name}[StatefulSet]" for name in NAMES)


class Seen(NamedTuple):
    """A connection: ends are names of workloads, or addresses; `at` is hours after `START`."""

    src: str
    dst: str
    port: int
    at: float = 0.0
    denied: bool = False


def shop(*more: Any, without: tuple[str, ...] = ()) -> Cluster:  # noqa: ANN401  (manifests)
    """Return the shop's cluster with more objects, or without some workloads."""
    objects: list[Any] = []
    for name in NAMES:
        if name not in without:
            objects += [
                {**deployment(name, {"app": name}), "kind": "StatefulSet"},
                pod(f"{name}-0", IPS[name], owner=f"StatefulSet/{name}", labels={"app": name}),
            ]
    return cluster_of(*objects, *more)


def policy(name: str, app: str, *, port: int = 80) -> Any:  # noqa: ANN401  (a manifest)
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": app}}, "ingress": [{"ports": [{"port": port}]}]},
    }


def flows(folder: Path, *seen: Seen, cluster: Cluster | None = None) -> Flows:
    """Return flows of Hubble, as one that sees both ends writes them."""
    path = folder / f"{abs(hash(seen))}.hubble.jsonl"
    path.write_text("".join(f"{json.dumps(_line(one, number))}\n" for number, one in enumerate(seen)), encoding="utf-8")
    return load_flows([path], cluster=cluster or shop())


def _line(one: Seen, number: int) -> Any:  # noqa: ANN401  (JSON)
    moment = (START + HOUR * one.at).isoformat().replace("+00:00", "Z")
    return {
        "flow": {
            "time": moment,
            "verdict": "DROPPED" if one.denied else "FORWARDED",
            **({"drop_reason_desc": "POLICY_DENIED"} if one.denied else {}),
            "IP": {"source": IPS.get(one.src, one.src), "destination": IPS.get(one.dst, one.dst), "ipVersion": "IPv4"},
            "l4": {
                "TCP": {
                    "source_port": 40_000 + number,
                    "destination_port": one.port,
                    "flags": {"SYN": True},
                }
            },
            "source": _end(one.src),
            "destination": _end(one.dst),
            "Type": "L3_L4",
            "is_reply": False,
            "traffic_direction": "INGRESS" if one.dst in IPS else "EGRESS",
        },
        "time": moment,
    }


def _end(name: str) -> Any:  # noqa: ANN401  (JSON)
    if name not in IPS:
        return {"identity": 2, "labels": ["reserved:world"]}
    return {
        "identity": 1000 + NAMES.index(name),
        "namespace": "shop",
        "labels": [f"k8s:app={name}", "k8s:io.kubernetes.pod.namespace=shop"],
        "pod_name": f"{name}-0",
        "workloads": [{"name": name, "kind": "StatefulSet"}],
    }
