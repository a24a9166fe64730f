"""What does readiness name of what policies would cut, before any traffic shows it.

``python -m benchmarks.readiness [--corpus DIR]``. Of the connections that were seen (client, server, protocol and
port), 30 % are hidden, all flows of each. Policies are made of the others, by the strategy ``observed``: they cut what
is hidden. Then `readiness` is asked, with what was seen alone, and with what manifests declare and baselines know
besides:

- *recall* is the share of the hidden connections that are cut of which it says ``missing``;
- *precision* is the share of the connections of which it says so that there are, hidden or not;
- *score* is that of the cluster; the last row is told all traffic, and its score is the true one.

Baselines are those of another period, in which 30 % are hidden as well, independently. Where manifests are stale, they
declare connections besides that nobody makes any more, one for every four that they rightly do. Of applications of
a corpus, connections are those that their own documentation and sources tell of.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from random import Random
from statistics import mean
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.hidden_traffic import HIDDEN, Call, Edge, Town, keys, made_up, recorded, sample, usable, with_objects
from workbench.baseline import Baselines
from workbench.connectivity import evaluate
from workbench.generate import declared_needs, propose
from workbench.ground import EXTERNAL_ENTITIES, INTERNAL_ENTITIES, addresses_named
from workbench.inventory import Cluster, load_manifests
from workbench.whatif import NeededEdge, Readiness, readiness

__all__ = ["KNOWN", "TOLD", "Found", "application", "found", "stale"]

SPLITS: Final = 3
"""In how many ways connections are hidden; and how many clusters are made up."""
TOLD: Final = ("seen", "seen, baselines", "seen, declared", "seen, declared, baselines", "all traffic")
_STALE: Final = 0.25
_REST: Final = frozenset({EXTERNAL_ENTITIES, INTERNAL_ENTITIES})
KNOWN: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "online-boutique": {
            "loadgenerator": "frontend:8080",
            "frontend": "adservice:9555 cartservice:7070 checkoutservice:5050 currencyservice:7000 "
            "productcatalogservice:3550 recommendationservice:8080 shippingservice:50051",
            "recommendationservice": "productcatalogservice:3550",
            "checkoutservice": "cartservice:7070 currencyservice:7000 emailservice:8080 paymentservice:50051 "
            "productcatalogservice:3550 shippingservice:50051",
            "cartservice": "redis-cart:6379",
        },
        "robot-shop": {
            "load": "web:8080",
            "web": "cart:8080 catalogue:8080 payment:8080 ratings:80 shipping:8080 user:8080",
            "cart": "catalogue:8080 redis:6379",
            "catalogue": "mongodb:27017",
            "dispatch": "rabbitmq:5672",
            "payment": "cart:8080 rabbitmq:5672 user:8080",
            "ratings": "catalogue:8080 mysql:3306",
            "shipping": "cart:8080 mysql:3306",
            "user": "mongodb:27017 redis:6379",
        },
    }
)
"""Who calls whom in applications of a corpus: servers with their ports, by the names of workloads."""


class Found(NamedTuple):
    """What readiness finds.

    Attributes
    ----------
    cut, named : int
        How many hidden connections policies cut, and of how many of these it says ``missing``.
    missing, real : int
        Of how many connections it says ``missing``, and how many of these there are.
    score : float
        Of the cluster, from 0 to 100.
    """

    cut: int
    named: int
    missing: int
    real: int
    score: float

    @classmethod
    def of_all(cls, runs: Sequence[Found]) -> Found:
        """Return the counts of several runs together, and their mean score."""
        cut, named, missing, real = (sum(counts) for counts in list(zip(*runs, strict=True))[:4])
        return cls(int(cut), int(named), int(missing), int(real), mean(one.score for one in runs))

    @property
    def recall(self) -> float:
        """The share of what is cut that it names; 1 where nothing is."""
        return self.named / self.cut if self.cut else 1.0

    @property
    def precision(self) -> float:
        """The share of what it names that there is; 1 where it names nothing."""
        return self.real / self.missing if self.missing else 1.0


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=SPLITS, help="in how many ways, and how many made-up clusters")
    parser.add_argument("--corpus", help="a folder with online-boutique and robot-shop in it")
    given = parser.parse_args(arguments)
    figures: dict[str, list[Mapping[str, Found]]] = {}
    with tempfile.TemporaryDirectory(prefix="readiness-") as folder:
        for name, town, seed in _towns(Path(folder), given.splits, given.corpus):
            figures.setdefault(name, []).append(found(town, seed))
    show(figures)


def _towns(folder: Path, splits: int, corpus: str | None) -> Iterator[tuple[str, Town, int]]:
    shop = sample()
    for seed in range(splits):
        yield "sample", shop, seed
    for seed in range(splits):
        town = made_up(folder / str(seed), seed)
        yield "made up", town, seed
        yield "made up, stale", stale(town, seed), seed
    for name in KNOWN if corpus else ():
        town = application(folder / name, Path(corpus or "") / name)
        for seed in range(splits):
            yield name, town, seed


def show(figures: Mapping[str, list[Mapping[str, Found]]]) -> None:
    """Print a row for each cluster and each thing that readiness is told."""
    table = Table(title=f"{HIDDEN:.0%} of the connections hidden: what readiness calls missing")
    table.add_column("cluster")
    table.add_column("told")
    for heading in ("missing", "recall", "precision", "score"):
        table.add_column(heading, justify="right")
    for name, runs in figures.items():
        for told in TOLD:
            one = Found.of_all([run[told] for run in runs])
            precision = f"{one.precision:.0%}" if one.missing else "-"
            each = f"{one.missing / len(runs):.1f}"
            table.add_row(name, told, each, f"{one.recall:.0%}", precision, f"{one.score:.0f}")
    Console(width=120).print(table)


# --- what is measured -------------------------------------------------------------------------------------


def found(town: Town, seed: int) -> dict[str, Found]:
    """Return what readiness finds when it is told more and more, with the connections that a seed hides."""
    edges = usable(town.flows.located_edges())
    hidden = edges.sample(frac=HIDDEN, random_state=seed)
    seen = town.flows.of_edges(edges.drop(hidden.index))
    earlier = edges.drop(edges.sample(frac=HIDDEN, random_state=seed + 1_000).index)
    baselines = Baselines().learn(town.cluster, town.flows.of_edges(earlier), whole=True)
    cluster = town.cluster.with_policies(propose(town.cluster, seen, strategy="observed").policies)
    verdicts = zip(keys(hidden), evaluate(cluster).verdicts(keys(hidden)), strict=True)
    cut = [edge for edge, answer in verdicts if answer.verdict in {"denied", "partly"}]
    asked: dict[str, Callable[[], Readiness]] = {
        "seen": partial(readiness, cluster, seen, declared=False),
        "seen, baselines": partial(readiness, cluster, seen, baselines, declared=False),
        "seen, declared": partial(readiness, cluster, seen),
        "seen, declared, baselines": partial(readiness, cluster, seen, baselines),
        "all traffic": partial(readiness, cluster, town.flows, declared=False),
    }
    return {told: _counted(asked[told](), cut, keys(edges)) for told in TOLD}


def _counted(answer: Readiness, cut: list[Edge], every: list[Edge]) -> Found:
    ends = {(one.src, one.dst, one.ports): one for one in answer.needed.edges}
    missing = [ends[one.src, one.dst, one.ports] for one in answer.of("missing")]
    named = sum(any(_is_same(one, edge) for one in missing) for edge in cut)
    real = sum(any(_is_same(one, edge) for edge in every) for one in missing)
    return Found(len(cut), named, len(missing), real, answer.score.value or 0.0)


def _is_same(needed: NeededEdge, edge: Edge) -> bool:
    src, dst, port, protocol = edge
    return needed.ports.contains(protocol, port) and _is_end(needed.src, src) and _is_end(needed.dst, dst)


def _is_end(name: str, actual: str) -> bool:
    """Tell whether an end that is named is an end that was seen: baselines know the internet as a whole."""
    addresses, own = addresses_named(actual), addresses_named(name)
    if addresses is None:
        return name == actual
    return name in _REST or (own is not None and not addresses - own)


# --- where it is measured ---------------------------------------------------------------------------------


def stale(town: Town, seed: int) -> Town:
    """Return a cluster whose manifests declare connections besides that nobody makes: one for every four they do."""
    chance = Random(seed)  # noqa: S311  (made up, no secret)
    declared = declared_needs(town.cluster)
    known = {(one.src, one.dst) for one in declared} | {
        (src, dst) for src, dst, _, _ in keys(town.flows.located_edges())
    }
    clients, servers = (
        sorted({one.src for one in declared}),
        sorted({(one.dst, one.ports) for one in declared}, key=str),
    )
    others = [(src, dst, ports) for src in clients for dst, ports in servers if src != dst and (src, dst) not in known]
    told: dict[str, list[str]] = {}
    for src, dst, ports in chance.sample(others, round(_STALE * len(declared))):
        namespace, _, name = dst.partition("[")[0].partition("/")
        told.setdefault(src, []).append(f"{name}.{namespace}.svc:{ports.intervals[0][1]}")
    objects = [_telling(dict(one.content), told) for one in town.cluster.objects.manifests]
    cluster = _cluster_of(objects)
    return Town(cluster, town.flows.attributed(cluster))


def _telling(content: dict[str, Any], told: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    meta = content["metadata"]
    addresses = told.get(f"{meta.get('namespace')}/{meta['name']}[{content['kind']}]", ())
    if not addresses:
        return content
    changed = deepcopy(content)
    container = changed["spec"]["template"]["spec"]["containers"][0]
    container["env"] += [{"name": f"CALLED_{place}", "value": text} for place, text in enumerate(addresses)]
    return changed


def _cluster_of(objects: list[dict[str, Any]]) -> Cluster:
    return load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}) + "\n")


def application(folder: Path, manifests: Path) -> Town:
    """Return an application of a corpus without its policies, and the traffic that it is known to have."""
    cluster = with_objects(load_manifests(manifests), ())
    peers = {one.name: one.peer for one in cluster.objects.workloads}
    calls = [
        Call(peers[src], peers[dst], int(port))
        for src, servers in KNOWN[manifests.name].items()
        for dst, _, port in (one.partition(":") for one in servers.split())
    ]
    return Town(cluster, recorded(folder, cluster, calls))


if __name__ == "__main__":
    main()
