"""Synthetic clusters: as many policies as workloads, in the proportions that large clusters show.

Fifty workloads a namespace, each with a label of its own, a tier, and one policy about it. Rules
reach single workloads, a team (all of it, or one tier), DNS, and address blocks; a tenth uses
named ports. Nine namespaces in ten deny by default. The same size and seed give the same cluster.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from workbench.inventory.synthetic import Json, deployment, namespace, policy

__all__ = ["PORTS", "Json", "deployment", "manifests", "namespace", "policy", "yaml_text"]

PER_NAMESPACE = 50
TEAMS = 20
TIERS = ("web", "api", "worker", "db", "cache")
PORTS = (53, 80, 443, 3000, 5432, 6379, 8000, 8080, 8443, 9000, 9090, 9092, 9200, 11211, 15672, 27017)
BLOCKS = 300


def manifests(workloads: int, seed: int = 1, per_namespace: int = PER_NAMESPACE) -> Iterator[Json]:
    """Yield the manifests of a cluster of `workloads` Deployments and as many NetworkPolicies."""
    chance = random.Random(seed)  # noqa: S311  (test input, no secret)
    blocks = [f"{chance.randrange(1, 224)}.{chance.randrange(256)}.{chance.randrange(256)}.0/24" for _ in range(BLOCKS)]
    namespaces = max(1, workloads // per_namespace)
    yield namespace("kube-system", team="platform")
    yield deployment("kube-system", "dns", {"app": "dns", "tier": "dns"}, 53)
    for number in range(namespaces):
        yield namespace(f"ns-{number}", team=f"team-{number % TEAMS}")
    for number in range(workloads - 1):
        labels = {"app": f"app-{number}", "tier": chance.choice(TIERS)}
        yield deployment(f"ns-{number % namespaces}", f"app-{number}", labels, chance.choice(PORTS))
    denying = [number for number in range(namespaces) if number % 10]
    for number in denying:
        yield policy(f"ns-{number}", "default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
    for number in range(workloads - len(denying)):
        place = number % namespaces
        neighbours = [place + namespaces * chance.randrange(per_namespace) for _ in range(3)]
        yield policy(f"ns-{place}", f"app-{number}", _spec(chance, number, neighbours, blocks))


def yaml_text(workloads: int, seed: int = 1) -> str:
    """Return the cluster as one YAML stream, written as people write it."""
    return "---\n".join(_yaml(manifest) for manifest in manifests(workloads, seed))


def _spec(chance: random.Random, number: int, neighbours: list[int], blocks: list[str]) -> Json:
    port: Json = {"port": "http"} if chance.random() < 0.1 else {"port": chance.choice(PORTS)}  # noqa: PLR2004
    ingress: list[Json] = [
        {"from": [{"podSelector": {"matchLabels": {"app": f"app-{other}"}}} for other in neighbours], "ports": [port]}
    ]
    egress: list[Json] = [
        {
            "to": [
                {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                    "podSelector": {"matchLabels": {"app": "dns"}},
                }
            ],
            "ports": [{"port": 53, "protocol": "UDP"}],
        },
        {"to": [{"podSelector": {"matchLabels": {"app": f"app-{other}"}}} for other in neighbours]},
    ]
    if chance.random() < 0.5:  # noqa: PLR2004
        peer: Json = {"namespaceSelector": {"matchLabels": {"team": f"team-{chance.randrange(TEAMS)}"}}}
        if chance.random() < 0.5:  # noqa: PLR2004
            peer["podSelector"] = {"matchLabels": {"tier": chance.choice(TIERS)}}
        ingress.append({"from": [peer], "ports": [{"port": chance.choice(PORTS)}]})
        egress.append({"to": [peer]})
    if chance.random() < 0.3:  # noqa: PLR2004
        ingress.append({"from": [{"ipBlock": {"cidr": chance.choice(blocks)}}], "ports": [{"port": 443}]})
    if chance.random() < 0.3:  # noqa: PLR2004
        anywhere = {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "192.168.0.0/16"]}
        egress.append({"to": [{"ipBlock": anywhere}], "ports": [{"port": 443, "endPort": 445}]})
    return {
        "podSelector": {"matchLabels": {"app": f"app-{number}"}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ingress,
        "egress": egress,
    }


def _yaml(value: object, indent: int = 0) -> str:
    """Return block YAML; a general emitter would take longer than what is to be measured."""
    margin = "  " * indent
    match value:
        case dict() if value:
            return "".join(f"{margin}{key}:{_after(child, indent)}" for key, child in value.items())
        case list() if value:
            return "".join(f"{margin}- {_yaml(child, indent + 1).lstrip()}" for child in value)
        case _:
            return f"{margin}{json.dumps(value)}\n"


def _after(child: object, indent: int) -> str:
    if isinstance(child, dict | list) and child:
        return "\n" + _yaml(child, indent + 1)
    return f" {json.dumps(child)}\n"
