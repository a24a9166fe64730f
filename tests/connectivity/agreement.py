"""Whether all answers about one cluster say the same: each is read in its own form and compared with the map."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, TypeAlias

import networkx as nx

from tests.connectivity import clusters
from workbench.connectivity import Change, Connectivity, Effect, diff, evaluate
from workbench.connectivity.engine.peers import Peer
from workbench.connectivity.inputs import engine_of
from workbench.connectivity.own_node import OwnNodes
from workbench.connectivity.policy_analysis.questions import contained, equivalent
from workbench.ground import ALL_PORTS, ANSWER_FORMATS, EXTERNAL, NO_PORTS, PortSet, TextFormat, ports_text
from workbench.inventory import load_manifests
from workbench.policy import Policy

Json: TypeAlias = dict[str, Any]
Pair: TypeAlias = tuple[str, str]

_LINE = re.compile(r"(?P<src>.+) => (?P<dst>.+) : (?P<conn>.+)")
_EDGE = re.compile(r'\s*"(?P<src>[^"]+)" -> "(?P<dst>[^"]+)" \[label="(?P<conn>[^"]+)"')
_CHANGE = re.compile(
    r"diff-type: (?P<kind>\w+), source: (?P<src>.+), destination: (?P<dst>.+), "
    r"before: (?P<before>.+), after: (?P<after>.+?)(, workloads-diff-info: .+)?"
)


def read(manifests: list[Json]) -> str:
    """Return manifests as the text of a list."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n"


def check_one(found: Connectivity) -> None:
    """Compare everything that can be asked about one cluster with its map."""
    listed = {(c.src.name, c.dst.name): c.ports for c in found.connections()}
    inside = {peer.name for peer in found.workloads_named()}
    known = engine_of(found).workloads
    asked = {
        (src.name, dst.name)
        for n, src in enumerate(known.peers)
        for dst in known.peers
        if src != dst or bool(known.siblings[n])
    }
    within = {pair: ports for pair, ports in listed.items() if inside.issuperset(pair)}
    assert within.keys() <= asked
    assert found.count() == len(within)
    _check_formats(found, listed)
    # Of traffic between a pod and its node, maps list what policies say; the others, that policies do not matter.
    own_node = {pair for pair in asked if _is_on_own_node(found, *pair)}
    assert all(found.query(*pair).allowed for pair in own_node)
    asked -= own_node
    _check_explanations(found, listed, asked)
    _check_policies(found, listed, asked)
    _check_queries(found, listed, asked)
    _check_ways(found, within)


def _is_on_own_node(found: Connectivity, src: str, dst: str) -> bool:
    return any(
        decision.effect is Effect.OWN_NODE
        for pair in found.explain(src, dst)
        for part in pair.parts
        for ruling in (part.egress, part.ingress)
        for decision in ruling.decisions
    )


def check_two(before: Connectivity, after: Connectivity) -> None:
    """Compare the difference of two clusters with their maps, and what is asked of both with the difference."""
    found = diff(before, after)
    assert len({(c.src.name, c.dst.name) for c in found}) == len(found)
    changes = {(c.src.name, c.dst.name): (c.before, c.after) for c in found if _is_inside(c)}
    sides = _Side(before), _Side(after)
    names = list(_aligned(*sides))
    same = all(name in sides[0] and name in sides[1] for name in names)
    unchanged = {(c.src.name, c.dst.name): (c.before, c.after) for c in found.unchanged() if _is_inside(c)}
    assert found.unchanged_count() == len(list(found.unchanged()))
    for pair in product(names, names):
        if pair[0] == pair[1] and not all(side.has_siblings(pair[0]) for side in sides if pair[0] in side):
            assert pair not in changes
            continue
        listed = [side.listed(*pair) for side in sides]
        if all(side.is_own_node(*pair) for side in sides):
            assert pair not in changes
            expected = (listed[0], listed[0]) if listed[0] == listed[1] else (NO_PORTS, NO_PORTS)
            assert unchanged.pop(pair, (NO_PORTS, NO_PORTS)) == expected, pair
            continue
        was, now = (ALL_PORTS if side.is_own_node(*pair) else ports for side, ports in zip(sides, listed, strict=True))
        assert changes.pop(pair, (was, was)) == (was, now), pair
        assert unchanged.pop(pair, (NO_PORTS, NO_PORTS)) == ((was, was) if was == now else (NO_PORTS, NO_PORTS)), pair
    assert not changes
    assert not unchanged
    assert equivalent(before, after).holds is (same and not len(found))
    if same:
        assert contained(before, after).holds is not any(bool(change.closed) for change in found)
        assert contained(after, before).holds is not any(bool(change.opened) for change in found)
    _check_diff_formats(before, after)


def _beside_the_input(found: Connectivity) -> list[str]:
    """Return the problems found, without those of reading the manifests."""
    read = found._origin.problems(engine_of(found).semantics)
    return sorted(map(str, found.problems_found[len(read) :]))


def _is_inside(change: Change) -> bool:
    return bool(change.src.namespace and change.dst.namespace)


class _Side:
    """One of two clusters that are compared: its workloads, whole or in parts, and its map."""

    def __init__(self, found: Connectivity) -> None:
        known = engine_of(found).workloads
        self._siblings = {peer.name: bool(several) for peer, several in zip(known.peers, known.siblings, strict=True)}
        self._map = {(c.src.name, c.dst.name): c.ports for c in found.connections()}
        pairs = OwnNodes(engine_of(found)).pairs
        self._own_node = {(known.peers[src].name, known.peers[dst].name) for src, dst in pairs}
        self.parts: defaultdict[str, list[str]] = defaultdict(list)
        for name in self._siblings:
            self.parts[name.partition("{")[0]].append(name)

    def __contains__(self, name: str) -> bool:
        return self._known(name) in self._siblings

    def has_siblings(self, name: str) -> bool:
        return self._siblings[self._known(name)]

    def is_own_node(self, src: str, dst: str) -> bool:
        """Tell whether two workloads are a pod and its own node."""
        return (self._known(src), self._known(dst)) in self._own_node

    def listed(self, src: str, dst: str) -> PortSet:
        """Return what the map lists; where pods are one here and several there, of the whole."""
        pair = self._known(src), self._known(dst)
        if src != dst and pair[0] == pair[1] and not self._siblings.get(pair[0], True):
            return NO_PORTS
        return self._map.get(pair, NO_PORTS)

    def _known(self, name: str) -> str:
        whole = name.partition("{")[0]
        return whole if self.parts.get(whole) == [whole] else name


def _aligned(before: _Side, after: _Side) -> Iterator[str]:
    """Yield the names of workloads under which two clusters are compared: parts where one tells pods apart."""
    for whole in {*before.parts, *after.parts}:
        sides = before.parts.get(whole, []), after.parts.get(whole, [])
        counts = [len(side) for side in sides]
        yield from dict.fromkeys(
            sides[0]
            if counts[1] == 1 < counts[0]
            else sides[1]
            if counts[0] == 1 < counts[1]
            else (*sides[0], *sides[1])
        )


def check_what_if(base: Connectivity, add: list[Policy], remove: list[str], anew: Connectivity) -> None:
    """Compare what a change makes of a cluster with the changed cluster computed anew."""
    changed = base.with_policies(add=add, remove=remove)
    assert changed.render("txt") == anew.render("txt")
    assert changed.to_frame().equals(anew.to_frame())
    assert not diff(changed, anew)
    assert not diff(anew, changed)
    assert equivalent(changed, anew)
    assert changed.explain().render("txt") == anew.explain().render("txt")
    assert changed.exposure().render("txt") == anew.exposure().render("txt")
    assert changed.blast_radius()[["direct", "reached"]].equals(anew.blast_radius()[["direct", "reached"]])
    assert _beside_the_input(changed) == _beside_the_input(anew)
    assert list(diff(base, changed).to_frame().itertuples()) == list(diff(base, anew).to_frame().itertuples())


def check(manifests: list[Json], kept: set[str], **reading: Any) -> None:  # noqa: ANN401  (what connectivity takes)
    """Check a cluster, the same one with some of its policies only, and the step from either to the other.

    Parameters
    ----------
    kept : set of str
        Names of the policies that the smaller cluster has.
    """
    rest = [manifest for manifest in manifests if not manifest["kind"].endswith("NetworkPolicy")]
    left = [*rest, *(m for m in manifests if m["kind"].endswith("NetworkPolicy") and m["metadata"]["name"] in kept)]
    clusters_read = load_manifests(read(manifests)), load_manifests(read(left))
    whole, part = (evaluate(cluster, **reading) for cluster in clusters_read)
    policies = [{policy.ref: policy for policy in cluster.objects.policies} for cluster in clusters_read]
    gone = policies[0].keys() - policies[1].keys()
    check_one(whole)
    check_one(part)
    check_two(whole, part)
    check_two(part, whole)
    check_what_if(part, [policies[0][ref] for ref in sorted(gone)], [], whole)
    check_what_if(whole, [], sorted(gone), part)


def _check_formats(found: Connectivity, listed: dict[Pair, PortSet]) -> None:
    frame: defaultdict[Pair, dict[str, str]] = defaultdict(dict)
    for src, dst, protocol, texts in found.to_frame()[["src", "dst", "protocol", "ports"]].itertuples(index=False):
        frame[src, dst][protocol] = texts
    assert frame == {
        pair: {protocol: ports_text(spans) for protocol, spans in allowed.by_protocol().items()}
        for pair, allowed in listed.items()
    }
    graph = found.to_networkx()
    assert {pair: graph.edges[pair]["ports"] for pair in graph.edges} == listed
    inside = {peer.name for peer in found.workloads_named()}
    assert inside <= set(graph.nodes)
    names: tuple[TextFormat, ...] = ("txt", "csv", "json", "md", "dot")
    written = {name: set(_rows_of(name, ANSWER_FORMATS.render("map", name, found, "merged"))) for name in names}
    assert {row for row in written["txt"] if inside.issuperset(row[:2])} == {
        (*pair, str(ports)) for pair, ports in listed.items() if inside.issuperset(pair)
    }
    for name, rows in written.items():
        assert rows == written["txt"], name
    exposed = json.loads(found.exposure().render("json"))["connlist_results"]
    assert {(row["src"], row["dst"], row["conn"]) for row in exposed} == written["txt"]


def _rows_of(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the connections that a map in the format `name` tells: source, destination and ports."""
    match name:
        case "txt" | "dot":
            pattern = _LINE if name == "txt" else _EDGE
            yield from (match.groups() for match in map(pattern.match, text.splitlines()) if match)  # type: ignore[misc]
        case "csv":
            yield from ((row["src"], row["dst"], row["conn"]) for row in csv.DictReader(io.StringIO(text)))
        case "json":
            yield from ((row["src"], row["dst"], row["conn"]) for row in json.loads(text))
        case "md":
            for line in text.splitlines()[2:]:
                src, dst, conn = (cell.strip().replace("\\", "") for cell in line.strip("|").split("|"))
                yield src, dst, conn


def _check_explanations(found: Connectivity, listed: dict[Pair, PortSet], asked: set[Pair]) -> None:
    explanation = found.explain()
    pairs = {(pair.src.name, pair.dst.name): pair.parts for pair in explanation}
    assert len(pairs) == len(explanation)
    assert {pair for pair in pairs if pair in asked} == asked
    allowed = {pair: PortSet.union_of(part.ports for part in parts if part.allowed) for pair, parts in pairs.items()}
    for pair in asked:
        assert allowed[pair] == listed.get(pair, NO_PORTS), pair
    framed: defaultdict[Pair, set[str]] = defaultdict(set)
    for src, dst, ports, verdict in explanation.to_frame()[["src", "dst", "ports", "verdict"]].itertuples(index=False):
        framed[src, dst].update([ports] if verdict == "allowed" else [])
    told = {
        (entry["src"], entry["dst"]): {part["ports"] for part in entry["allowed"]}
        for entry in json.loads(explanation.render("json"))
    }
    assert told == {
        pair: {str(part.ports) for part in parts if part.allowed and part.ports} for pair, parts in pairs.items()
    }
    assert {pair: ports for pair, ports in framed.items() if ports} == {pair: v for pair, v in told.items() if v}


def _check_policies(found: Connectivity, listed: dict[Pair, PortSet], asked: set[Pair]) -> None:
    explained = {(pair.src.name, pair.dst.name): pair.parts for pair in found.explain()}
    connections = [c for c in found.connections() if (c.src.name, c.dst.name) in asked]
    assert len(connections) == len(asked & listed.keys())
    for connection, refs in zip(connections, found.allowing(connections), strict=True):
        allowed = [part for part in explained[connection.src.name, connection.dst.name] if part.allowed]
        assert set(refs) == {
            decision.ref
            for part in allowed
            for ruling in (part.egress, part.ingress)
            for decision in ruling.decisions
            if decision.effect in {Effect.ALLOWS, Effect.MAY_ALLOW} and decision.ref
        }


def _check_queries(found: Connectivity, listed: dict[Pair, PortSet], asked: set[Pair]) -> None:
    explained = {(pair.src.name, pair.dst.name): pair.parts for pair in found.explain()}
    for src, dst in asked:
        answer = found.query(src, dst)
        assert answer.connection == listed.get((src, dst), NO_PORTS), (src, dst)
        allowing = {
            decision.ref
            for part in explained[src, dst]
            for ruling in (part.egress, part.ingress)
            for decision in ruling.decisions
            if decision.effect is Effect.ALLOWS
        }
        assert {r.ref for v in answer.verdicts for r in v.reasons if r.effect == "allows" and r.ref} == allowing
    known = engine_of(found).workloads
    for peer, alone in zip(known.peers, known.alone.tolist(), strict=True):
        if alone:
            assert found.query(peer.name, peer.name).allowed
    ends = [peer for peer in found.peers() if peer.kind == EXTERNAL]
    # Of a node's own address a question knows which pods run there; a map has no line about these.
    ranges = {peer.name for peer in ends}.difference(clusters.NODE_ADDRESSES)
    for (src, dst), ports in listed.items():
        if {src, dst} & ranges:
            assert found.query(src, dst).connection == ports, (src, dst)
    for name in {peer.name for peer in found.workloads_named()}:
        for address in clusters.ADDRESSES:
            if (6 if ":" in address else 4) in engine_of(found).families.listed:
                for pair, around in (((name, address), (name, None)), ((address, name), (None, name))):
                    expected = PortSet.union_of(listed.get(one, NO_PORTS) for one in _holding(ends, address, around))
                    assert found.query(*pair).connection == expected, pair


def _holding(ends: Iterable[Peer], address: str, around: tuple[str | None, str | None]) -> Iterator[Pair]:
    """Yield the pairs of a workload and a range that holds `address`; None stands for the range."""
    for peer in ends:
        if peer.addresses is not None and peer.addresses.contains(address):
            src, dst = (end or peer.name for end in around)
            yield src, dst


def _check_ways(found: Connectivity, within: dict[Pair, PortSet]) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph(list(within))
    radius = found.blast_radius().set_index("workload")
    for peer in found.workloads_named():
        reached = found.reach(peer.name)
        direct = set(reached["dst"][reached["hops"] == 1])
        assert direct == {dst for src, dst in within if src == peer.name}
        assert all(nx.is_path(graph, path) for path in reached["path"])
        assert (radius.loc[peer.name, "direct"], radius.loc[peer.name, "reached"]) == (len(direct), len(reached))


def _check_diff_formats(before: Connectivity, after: Connectivity) -> None:
    found = diff(before, after)
    headings = ("before", "after")
    rows = {name: set(_changes_of(name, found.render(name, headings))) for name in ("txt", "csv", "json", "md")}
    assert len(rows["json"]) == len(found)
    for name, changes in rows.items():
        assert changes == rows["json"], name
    drawn = set(_rows_of("dot", found.render("dot", headings)))
    assert {(src, dst) for _, src, dst, _, _ in rows["json"]} <= {row[:2] for row in drawn}


def _changes_of(name: str, text: str) -> Iterator[tuple[str, ...]]:
    """Yield the changes that a difference in the format `name` tells: kind, ends, and ports before and after."""
    match name:
        case "txt":
            wanted = ("kind", "src", "dst", "before", "after")
            yield from (match.group(*wanted) for match in map(_CHANGE.fullmatch, text.splitlines()) if match)
        case "csv":
            yield from (tuple(row[:5]) for row in list(csv.reader(io.StringIO(text)))[1:])
        case "json":
            keys = ("change", "src", "dst", "before", "after")
            yield from (tuple(row[key] for key in keys) for row in json.loads(text))
        case "md":
            for line in text.splitlines()[2:]:
                yield tuple(cell.strip().replace("\\", "") for cell in line.strip("|").split("|"))[:5]
