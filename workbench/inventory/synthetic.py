"""Made-up clusters of any size: how something behaves in a large cluster, where there is none at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

from workbench.ground import ArgumentError

__all__ = ["Json", "deployment", "namespace", "policy", "synthetic_manifests"]

Json = dict[str, Any]

PER_NAMESPACE: Final = 50
TIERS: Final[Mapping[str, tuple[int, int]]] = {
    "gateway": (1, 8443),
    "web": (12, 8080),
    "api": (18, 9000),
    "worker": (10, 9090),
    "cache": (5, 6379),
    "db": (4, 5432),
}
"""Of each tier, how many workloads a namespace has, and their port."""
CALLS: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "gateway": (("web", 6),),
    "web": (("api", 2),),
    "api": (("api", 1), ("cache", 1), ("db", 1)),
    "worker": (("db", 1), ("cache", 1)),
}
"""Which tiers one calls in its own namespace, and how many workloads of them."""
ABROAD: Final = 0.2
"""The share of APIs that call the gateway of another namespace."""
OPEN: Final = 0.1
"""The share of databases that a whole other namespace may call: what a trial left behind."""
BARE: Final = 40
"""One namespace in so many has no policies: what those may send to each other grows with the square of their number."""


def synthetic_manifests(workloads: int, *, seed: int = 1) -> Iterator[Json]:
    """Yield the manifests of a made-up cluster: about as many NetworkPolicies as Deployments.

    Each namespace is an application of up to 50 workloads: a gateway that the internet reaches, and web, API, worker,
    cache and database tiers behind it. Policies admit who calls by design, and here and there a whole namespace too
    many; one namespace in forty has none. The same size and seed give the same cluster.

    Parameters
    ----------
    workloads : int
        How many, with the name server in ``kube-system``.
    seed : int, optional

    Raises
    ------
    ArgumentError
        If there is to be none.

    Examples
    --------
    >>> [each["kind"] for each in synthetic_manifests(1)]
    ['Namespace', 'Deployment']
    """
    if workloads < 1:
        message = f"a cluster of {workloads} workloads cannot be made up"
        raise ArgumentError(message, "ask for 1 or more")
    chance = Random(seed)  # noqa: S311  (made up, no secret)
    yield namespace("kube-system", team="platform")
    yield deployment("kube-system", "dns", {"app": "dns"}, 53)
    names = [_tiers(min(PER_NAMESPACE, workloads - begin)) for begin in range(1, workloads, PER_NAMESPACE)]
    for number, tiers in enumerate(names):
        home = f"app-{number}"
        yield namespace(home, team=f"team-{number % 20}")
        for tier, members in tiers.items():
            for name in members:
                yield deployment(home, name, {"app": name, "tier": tier}, TIERS[tier][1])
        if number % BARE != 1:
            yield from _policies(home, tiers, len(names), chance)


def namespace(name: str, **labels: str) -> Json:
    """Return a Namespace.

    Parameters
    ----------
    name : str
    **labels : str
    """
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def deployment(namespace: str, name: str, labels: Json, port: int = 8080) -> Json:
    """Return a Deployment whose pods have `labels` and a port called ``http``.

    Parameters
    ----------
    namespace, name : str
    labels : dict of str to str
    port : int, optional
    """
    container = {"name": "main", "image": "example/app:1", "ports": [{"name": "http", "containerPort": port}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def policy(namespace: str, name: str, spec: Json) -> Json:
    """Return a NetworkPolicy.

    Parameters
    ----------
    namespace, name : str
    spec : dict
    """
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def _tiers(size: int) -> dict[str, list[str]]:
    """Return the names of `size` workloads by their tier."""
    names = [(tier, f"{tier}-{number}") for tier, (count, _) in TIERS.items() for number in range(count)][:size]
    return {tier: [name for kind, name in names if kind == tier] for tier in TIERS}


def _policies(home: str, tiers: Mapping[str, list[str]], namespaces: int, chance: Random) -> Iterator[Json]:
    """Yield a policy that denies by default, and one for each workload."""
    calls: dict[str, list[tuple[str, str]]] = {name: [] for members in tiers.values() for name in members}
    for tier, wanted in CALLS.items():
        for name in tiers[tier]:
            for called, count in wanted:
                there = [other for other in tiers[called] if other != name]
                calls[name] += [(called, other) for other in chance.sample(there, min(count, len(there)))]
    yield policy(home, "default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
    for tier, members in tiers.items():
        for name in members:
            callers = [caller for caller, called in calls.items() if (tier, name) in called]
            abroad = f"app-{chance.randrange(namespaces)}" if tier == "api" and chance.random() < ABROAD else ""
            ingress = _ingress(tier, callers)
            if tier == "db" and chance.random() < OPEN:
                trial = {"from": [{"namespaceSelector": _named(f"app-{chance.randrange(namespaces)}")}]}
                ingress.append({**trial, "ports": [{"port": TIERS["db"][1]}]})
            spec = {
                "podSelector": {"matchLabels": {"app": name}},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": ingress,
                "egress": _egress(tier, calls[name], abroad),
            }
            yield policy(home, name, spec)


def _named(namespace: str) -> Json:
    return {"matchLabels": {"kubernetes.io/metadata.name": namespace}}


def _ingress(tier: str, callers: list[str]) -> list[Json]:
    ports = [{"port": TIERS[tier][1]}]
    if tier == "gateway":
        everyone = [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"namespaceSelector": {}, "podSelector": _tier("api")}]
        return [{"from": everyone, "ports": ports}]
    peers = [{"podSelector": {"matchLabels": {"app": each}}} for each in callers]
    return [{"from": peers, "ports": ports}] if peers else []


def _tier(tier: str) -> Json:
    return {"matchLabels": {"tier": tier}}


def _egress(tier: str, called: list[tuple[str, str]], abroad: str) -> list[Json]:
    name_server = {"namespaceSelector": _named("kube-system"), "podSelector": {"matchLabels": {"app": "dns"}}}
    rules: list[Json] = [{"to": [name_server], "ports": [{"port": 53, "protocol": "UDP"}]}]
    rules += [
        {"to": [{"podSelector": {"matchLabels": {"app": other}}}], "ports": [{"port": TIERS[kind][1]}]}
        for kind, other in called
    ]
    if abroad:
        gateway = {"namespaceSelector": _named(abroad), "podSelector": _tier("gateway")}
        rules.append({"to": [gateway], "ports": [{"port": TIERS["gateway"][1]}]})
    if tier == "worker":
        rules.append({"to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}], "ports": [{"port": 443}]})
        rules.append({"to": [{"namespaceSelector": {}, "podSelector": _tier("db")}], "ports": [{"port": 5432}]})
    return rules
