"""What would each strategy cut of traffic that it was not shown, and what leave open that never is used.

``python -m benchmarks.hidden_traffic``. Of the connections that were seen (client, server, protocol and port), 30 %
are hidden, all flows of each. Every strategy is given the flows of the others, or what Kubescape or baselines know of
these, or the manifests alone, for a cluster without policies; looser levels follow from what it proposes. Then, in the
cluster with the proposal:

- *false denials* are the share of the hidden connections that are cut;
- *excess* is the share that is allowed of all that could be called and never was, hidden or not. What could be called
  is each workload, and the internet, by each of these, at each port at which any workload listens or anything was
  called. Without policies, all of it is open.

Both are means over the sample, hidden in several ways, and over made-up clusters. A connection with the internet is
the same whichever public address it is of when it comes to excess; an address that was not shown counts as hidden.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from random import Random
from statistics import mean
from typing import Any, Final, NamedTuple, TypeAlias, get_args

import pandas as pd
from rich.console import Console
from rich.table import Table

from workbench.baseline import Baselines
from workbench.connectivity import Connectivity, evaluate
from workbench.flows import Flows, FlowStore, load_flows, open_flows
from workbench.flows.synthetic import record_made_up
from workbench.generate import Level, Proposal, loosened, propose
from workbench.generate.protected import is_protected
from workbench.ground import LINK_LOCAL, PRIVATE, PROTOCOLS, addresses_named, sample_path
from workbench.inventory import Cluster, load_manifests

__all__ = [
    "HIDDEN",
    "Call",
    "Edge",
    "Measured",
    "Town",
    "excess",
    "false_denials",
    "keys",
    "made_up",
    "measured",
    "neighborhoods",
    "possible",
    "recorded",
    "sample",
    "usable",
    "with_objects",
]

HIDDEN: Final = 0.3
"""The share of the connections that strategies are not shown."""
SPLITS: Final = 3
"""In how many ways connections of the sample are hidden; and how many clusters are made up."""
INTERNET: Final = "198.51.100.254"
"""Stands for the internet: an address of which nothing was seen."""
LEVELS: Final[tuple[Level, ...]] = get_args(Level)

Edge: TypeAlias = tuple[str, str, int, str]
"""Client, server, port and protocol."""
Json: TypeAlias = dict[str, Any]


class Town(NamedTuple):
    """A cluster without policies, and what was seen in it."""

    cluster: Cluster
    flows: Flows


class Measured(NamedTuple):
    """What a strategy does with traffic that it was not shown.

    Attributes
    ----------
    rules : int
        Of its policies.
    false_denials, excess : float
        Shares, from 0 to 1.
    """

    rules: float
    false_denials: float
    excess: float


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=SPLITS, help="in how many ways, and how many made-up clusters")
    splits = parser.parse_args(arguments).splits
    shop = sample()
    in_sample = mean_of([measured(shop, seed) for seed in range(splits)])
    with tempfile.TemporaryDirectory(prefix="hidden-traffic-") as folder:
        towns = (made_up(Path(folder) / str(seed), seed) for seed in range(splits))
        in_made_up = mean_of([measured(town, seed) for seed, town in enumerate(towns)])
    show({"sample": in_sample, f"{splits} made-up clusters": in_made_up})


def show(figures: Mapping[str, Mapping[tuple[str, str], Measured]]) -> None:
    """Print a row for each strategy and level."""
    table = Table(title=f"{HIDDEN:.0%} of the connections hidden: rules, false denials, excess; means")
    table.add_column("strategy")
    table.add_column("level")
    for name in figures:
        for heading in (f"{name}: rules", "false denials", "excess"):
            table.add_column(heading, justify="right")
    for key in next(iter(figures.values())):
        cells = [
            text
            for one in figures.values()
            for text in (f"{one[key].rules:.0f}", f"{one[key].false_denials:.1%}", f"{one[key].excess:.1%}")
        ]
        table.add_row(*key, *cells)
    Console(width=140).print(table)


def mean_of(runs: list[dict[tuple[str, str], Measured]]) -> dict[tuple[str, str], Measured]:
    """Return the means of several runs."""
    return {key: Measured(*(mean(one) for one in zip(*(run[key] for run in runs), strict=True))) for key in runs[0]}


# --- the measure ------------------------------------------------------------------------------------------


def measured(town: Town, seed: int) -> dict[tuple[str, str], Measured]:
    """Return what each strategy does at each of its levels with the connections that a seed hides."""
    edges = usable(town.flows.located_edges())
    hidden = edges.sample(frac=HIDDEN, random_state=seed)
    shown = edges.drop(hidden.index)
    used = {_public(edge) for edge in keys(edges)}
    unused = sorted(possible(town.cluster, used) - used)
    found = {}
    for name, level, proposal in proposals(town.cluster, town.flows.of_edges(shown), shown):
        policies = () if proposal is None else proposal.policies
        conn = evaluate(town.cluster.with_policies(policies))
        rules = sum(len(one.rules) for one in policies)
        found[name, level] = Measured(rules, false_denials(conn, keys(hidden)), excess(conn, unused))
    return found


def false_denials(conn: Connectivity, hidden: Collection[Edge]) -> float:
    """Return the share of hidden connections that are cut, or cut for a part of the pods."""
    return mean(one.verdict in {"denied", "partly"} for one in conn.verdicts(hidden)) if hidden else 0.0


def excess(conn: Connectivity, unused: Collection[Edge]) -> float:
    """Return the share that is allowed, for a part of the pods at least, of what could be called and never was."""
    return mean(one.verdict in {"allowed", "partly"} for one in conn.verdicts(unused)) if unused else 0.0


def usable(edges: pd.DataFrame) -> pd.DataFrame:
    """Return the edges that policies can be about: allowed, with both ends and the port known."""
    known = edges["excluded"].map(len).eq(0) & edges["protocol"].isin(PROTOCOLS) & edges["port"].notna()
    return edges[known & (edges["src"] != edges["dst"])].reset_index(drop=True)


def keys(edges: pd.DataFrame) -> list[Edge]:
    """Return edges as `Connectivity.verdicts` takes them."""
    columns = edges[["src", "dst", "port", "protocol"]].itertuples(index=False, name=None)
    return [(str(src), str(dst), int(port), str(protocol)) for src, dst, port, protocol in columns]


def possible(cluster: Cluster, used: Iterable[Edge]) -> set[Edge]:
    """Return what could be called, by whom, at which port; what stays within a protected namespace is left out."""
    workloads = [one for one in cluster.objects.workloads if not all(shape.host_network for shape in one.shapes)]
    ports = {(port, protocol) for _, _, port, protocol in used}
    ports |= {(port.port, port.protocol) for one in workloads for shape in one.shapes for port in shape.ports}
    protected = {one.peer for one in workloads if is_protected(one.namespace)}
    ends = [INTERNET, *(one.peer for one in workloads)]
    asked = {(src, dst) for src in ends for dst in ends if src != dst and not {src, dst} <= {INTERNET, *protected}}
    return {(src, dst, port, protocol) for src, dst in asked for port, protocol in ports}


def _public(edge: Edge) -> Edge:
    """Return an edge with the internet in place of its addresses."""
    src, dst, port, protocol = edge
    return _or_internet(src), _or_internet(dst), port, protocol


def _or_internet(name: str) -> str:
    addresses = addresses_named(name)
    return INTERNET if addresses is not None and addresses - (PRIVATE | LINK_LOCAL) else name


# --- who proposes what ------------------------------------------------------------------------------------


def proposals(cluster: Cluster, flows: Flows, shown: pd.DataFrame) -> Iterator[tuple[str, str, Proposal | None]]:
    """Yield what each strategy proposes, at each of its levels; first of all, nothing."""
    yield "no policies", "", None
    of_flows = partial(propose, cluster, flows)
    baselines = Baselines().learn(cluster, flows, whole=True)
    seen: dict[str, Callable[[], Proposal]] = {
        "least-privilege": of_flows,
        "least-privilege, declared=False": partial(of_flows, declared=False),
        "observed": partial(of_flows, strategy="observed"),
        "rhacs": partial(of_flows, strategy="rhacs"),
        "rhacs-baseline": partial(propose, cluster, strategy="rhacs-baseline", baselines=baselines),
        "kubescape": partial(propose, with_objects(cluster, neighborhoods(cluster, shown)), strategy="kubescape"),
    }
    for name, proposed in seen.items():
        proposal = proposed()
        for level in LEVELS:
            yield name, level, loosened(proposal, level)
    yield "build-time", "exact", propose(cluster, strategy="build-time")
    for recipe in ("allow-same-namespace", "default-deny"):
        yield f"recipe, {recipe}", "", propose(cluster, strategy="recipe", name=recipe)


def with_objects(cluster: Cluster, objects: Iterable[Json]) -> Cluster:
    """Return a cluster with more objects, read anew, and without policies."""
    kept = [dict(one.content) for one in cluster.objects.manifests if one.kind != "NetworkPolicy"]
    return _read([*kept, *objects])


def _read(objects: list[Json]) -> Cluster:
    return load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}) + "\n")


def neighborhoods(cluster: Cluster, edges: pd.DataFrame) -> list[Json]:
    """Return the NetworkNeighborhoods that Kubescape would have of edges: peers by the labels of their pods."""
    workloads = {one.peer: one for one in cluster.objects.workloads}
    found: defaultdict[str, dict[str, dict[str, Json]]] = defaultdict(lambda: {"ingress": {}, "egress": {}})
    for src, dst, port, protocol in keys(edges):
        for own, other, side in ((src, dst, "egress"), (dst, src, "ingress")):
            if own in workloads:
                neighbour = found[own][side].setdefault(other, _neighbour(workloads, own, other))
                neighbour["ports"].append({"name": f"{protocol}-{port}", "protocol": protocol, "port": port})
    return [_neighborhood(workloads[name], sides) for name, sides in found.items()]


def _neighbour(workloads: Mapping[str, Any], own: str, other: str) -> Json:
    if other not in workloads:
        return {"identifier": other, "type": "external", "ipAddress": other, "ports": []}
    peer = workloads[other]
    away = {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace}}
    chosen = {"podSelector": {"matchLabels": dict(peer.shapes[0].labels)}}
    if peer.namespace != workloads[own].namespace:
        chosen["namespaceSelector"] = away
    return {"identifier": other, "type": "internal", "ports": [], **chosen}


def _neighborhood(workload: Any, sides: Mapping[str, Mapping[str, Json]]) -> Json:  # noqa: ANN401  (a workload)
    labels = {"workload-kind": workload.kind, "workload-name": workload.name, "workload-namespace": workload.namespace}
    return {
        "apiVersion": "spdx.softwarecomposition.kubescape.io/v1beta1",
        "kind": "NetworkNeighborhood",
        "metadata": {
            "name": f"{workload.kind.lower()}-{workload.name}",
            "namespace": workload.namespace,
            "labels": {f"kubescape.io/{key}": value for key, value in labels.items()},
            "annotations": {"kubescape.io/status": "completed", "kubescape.io/completion": "complete"},
        },
        "spec": {
            "matchLabels": dict(workload.shapes[0].labels),
            "containers": [{"name": "main", **{side: list(peers.values()) for side, peers in sides.items()}}],
        },
    }


# --- where it is measured ---------------------------------------------------------------------------------


def sample() -> Town:
    """Return the shop of the samples as if it had no policies, and three days of its traffic."""
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    bare = cluster.with_policies(remove=[one.ref for one in cluster.objects.policies])
    return Town(bare, load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=bare))


TIERS: Final = {"gateway": (1, 8443), "web": (3, 8080), "api": (5, 9000), "worker": (2, 9090), "cache": (1, 6379)}
TIERS_BEHIND: Final = {"db": (2, 5432)}
METRICS: Final = 9100
NAMESPACES: Final = 4
CALLS: Final = (("gateway", "web", 3), ("web", "api", 2), ("api", "api", 1), ("api", "cache", 1), ("api", "db", 1),
                ("worker", "db", 1), ("worker", "cache", 1))  # fmt: skip
"""Which tier calls which in its namespace, and how many workloads of it."""
ABROAD, OUTSIDE, DECLARED = 0.2, 0.3, 0.8
"""The shares of APIs that call another namespace, and the internet; and of calls that manifests declare."""
DNS: Final = "kube-system/coredns[Deployment]"
SCRAPER: Final = "monitoring/prometheus[Deployment]"


class Call(NamedTuple):
    """Who calls whom, by name; an address stands for itself."""

    src: str
    dst: str
    port: int
    protocol: str = "TCP"


def made_up(folder: Path, seed: int) -> Town:
    """Return a made-up cluster of some applications, and what was seen in it.

    Each namespace has a gateway that the internet calls, and tiers behind it. All look names up and are scraped. Most
    calls between workloads stand in their manifests, as the address of a Service.
    """
    chance = Random(seed)  # noqa: S311  (made up, no secret)
    tiers = {**TIERS, **TIERS_BEHIND}
    within = {
        f"app-{number}": {
            tier: [f"{tier}-{place}" for place in range(max(1, count + chance.randint(-1, 1)))]
            for tier, (count, _) in tiers.items()
        }
        for number in range(NAMESPACES)
    }
    calls = sorted(set(_calls(within, {tier: port for tier, (_, port) in tiers.items()}, chance)))
    cluster = _read(_objects(within, calls, chance))
    return Town(cluster, recorded(folder, cluster, calls))


def recorded(folder: Path, cluster: Cluster, calls: Iterable[Call]) -> Flows:
    """Return flows of some calls, each seen a few times, as if they had been recorded in a cluster."""
    store = FlowStore(folder)
    frame = pd.DataFrame([{**_ends(one), "port": one.port, "protocol": one.protocol.lower()} for one in calls])
    record_made_up(store, ROWS, GIVEN, frame)
    return open_flows(store, cluster=cluster)


def _calls(within: Mapping[str, Mapping[str, list[str]]], ports: Mapping[str, int], chance: Random) -> Iterator[Call]:
    for home, tiers in within.items():
        for src, dst, count in CALLS:
            for name in tiers[src]:
                others = [one for one in tiers[dst] if one != name]
                for other in chance.sample(others, min(count, len(others))):
                    yield Call(_peer(home, name), _peer(home, other), ports[dst])
        for _ in range(3):
            yield Call(f"203.0.113.{chance.randint(1, 200)}", _peer(home, tiers["gateway"][0]), ports["gateway"])
        for name in tiers["api"]:
            if chance.random() < ABROAD:
                abroad = chance.choice(sorted(set(within) - {home}))
                yield Call(_peer(home, name), _peer(abroad, within[abroad]["gateway"][0]), ports["gateway"])
            if chance.random() < OUTSIDE:
                yield Call(_peer(home, name), f"198.51.100.{chance.randint(1, 9)}", 443)
            yield Call(SCRAPER, _peer(home, name), METRICS)
        for name in (one for names in tiers.values() for one in names):
            yield Call(_peer(home, name), DNS, 53, "UDP")


def _peer(namespace: str, name: str) -> str:
    return f"{namespace}/{name}[Deployment]"


def _objects(within: Mapping[str, Mapping[str, list[str]]], calls: Iterable[Call], chance: Random) -> list[Json]:
    """Return the manifests: of each call between workloads, most say the address of the server's Service."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    listening: defaultdict[str, set[tuple[int, str]]] = defaultdict(set)
    for call in calls:
        listening[call.dst].add((call.port, call.protocol))
        if call.port not in {METRICS, 53} and "/" in call.src and "/" in call.dst and chance.random() < DECLARED:
            namespace, _, name = call.dst.partition("[")[0].partition("/")
            told[call.src].append(f"{name}.{namespace}.svc:{call.port}")
    places = [(home, name, tier) for home, tiers in within.items() for tier, names in tiers.items() for name in names]
    places += [("kube-system", "coredns", "dns"), ("monitoring", "prometheus", "metrics")]
    found: list[Json] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in dict.fromkeys(home for home, _, _ in places)
    ]
    for home, name, tier in places:
        peer = _peer(home, name)
        labels = {"k8s-app": "kube-dns"} if peer == DNS else {"app": name, "tier": tier}
        ports = sorted(listening[peer])
        container = {
            "name": "main",
            "image": "none",
            "env": [{"name": f"CALLS_{number}", "value": text} for number, text in enumerate(sorted(told[peer]))],
            "ports": [{"containerPort": port, "protocol": protocol} for port, protocol in ports],
        }
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        meta = {"name": name, "namespace": home}
        spec = {"selector": {"matchLabels": labels}, "template": template}
        found.append({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})
        if ports:
            written = [{"name": f"p{port}", "port": port, "protocol": protocol} for port, protocol in ports]
            kind = "LoadBalancer" if tier == "gateway" else "ClusterIP"
            spec = {"type": kind, "selector": labels, "ports": written}
            found.append({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
    return found


def _ends(call: Call) -> Json:
    found: Json = {}
    for end, name in (("source", call.src), ("destination", call.dst)):
        namespace, _, rest = name.rpartition("/")
        found |= {
            f"{end}_address": None if namespace else name,
            f"{end}_k8s_namespace_name": namespace or None,
            f"{end}_k8s_owner_kind": "Deployment" if namespace else None,
            f"{end}_k8s_owner_name": rest.partition("[")[0] if namespace else None,
        }
    return found


ROWS: Final = "SELECT *, row_number() OVER () AS i FROM calls, range(3)"
GIVEN: Final = {
    "time_start": "make_timestamp(1793059200000000 + i * 1000000)",
    "source_port": "32768 + i % 28000",
    "network_transport": "protocol",
    "destination_port": "port",
    "verdict": "'allowed'",
    "connections": "1",
    "source_is_client": "true",
    "source_format": "'synthetic'",
    "source_file": "'made up'",
    "source_line": "i",
    **{
        f"{end}_{part}": f"{end}_{part}"
        for end in ("source", "destination")
        for part in ("address", "k8s_namespace_name", "k8s_owner_kind", "k8s_owner_name")
    },
}

if __name__ == "__main__":
    main()
