"""Which workload may call which, as the network graph of Red Hat ACS draws policies (rhacs-simulator E1-E9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from workbench.ground import NO_PORTS, NotFoundError, PortSet, first_of
from workbench.inventory import GENERATED_KEYS, Cluster, no_cluster
from workbench.policy import Anyone, Block, Direction, Pods, Policy, PortMatch, RulePeer, Selector
from workbench.whatif.rhacs.blocks import INTERNET, Entity, KnownBlocks, meets_private
from workbench.whatif.rhacs.nodes import KIND, RhacsGraph, RhacsNode, ids_of

if TYPE_CHECKING:
    from workbench.external import AddressBook
    from workbench.inventory import Workload

__all__ = ["graph_of", "rhacs_graph"]

_NamedPorts: TypeAlias = "frozenset[tuple[str, str, int]]"


def rhacs_graph(
    cluster: Cluster,
    book: AddressBook | None = None,
    *,
    workloads: str | Iterable[str] | None = None,
    ids: Mapping[str, str] | None = None,
    cluster_id: str = "",
) -> RhacsGraph:
    """Return who may call whom by the NetworkPolicies of a cluster, as Red Hat ACS draws it.

    Parameters
    ----------
    cluster : Cluster
    book : AddressBook, optional
        Whose blocks an ``ipBlock`` may mean.
    workloads : str or iterable of str, optional
        Those that are asked about, by their names in maps; all by default.
    ids : mapping of str to str, optional
        Of workloads by their names, and of policies by their references; what has none is called by its name.
    cluster_id : str, optional

    Raises
    ------
    NotFoundError
        If a workload is not there.
    TypeError
        If the cluster is none.
    """
    if not isinstance(cluster, Cluster):
        no_cluster(cluster, "rhacs_graph")
    known = ids_of(cluster) if ids is None else ids
    return graph_of(cluster, KnownBlocks(book, cluster_id), known, cluster_id=cluster_id, workloads=workloads)


def graph_of(
    cluster: Cluster,
    blocks: KnownBlocks,
    ids: Mapping[str, str],
    *,
    cluster_id: str = "",
    workloads: str | Iterable[str] | None = None,
) -> RhacsGraph:
    """Return the graph of a cluster with blocks that are made ready once for several.

    Parameters
    ----------
    cluster : Cluster
    blocks : KnownBlocks
    ids : mapping of str to str
    cluster_id : str, optional
    workloads : str or iterable of str, optional
        All as of `rhacs_graph`.
    """
    return _Evaluated(cluster, blocks, ids, cluster_id).graph(workloads)


class _Deployment(NamedTuple):
    """A workload, as its template tells it (E1)."""

    id: str
    workload: Workload
    labels: Mapping[str, str]
    named: _NamedPorts

    @classmethod
    def of(cls, workload: Workload, ids: Mapping[str, str]) -> _Deployment:
        shapes = tuple(one for one in workload.shapes if not one.finished) or workload.shapes
        common = set.intersection(*(set(shape.labels.items()) for shape in shapes))
        labels = {key: value for key, value in common if key not in GENERATED_KEYS}
        named = frozenset((one.name, one.protocol, one.port) for shape in shapes for one in shape.ports if one.name)
        return cls(ids.get(workload.peer, workload.peer), workload, labels, named)


class _Side(NamedTuple):
    """What the policies of a node say of one direction.

    Attributes
    ----------
    isolated : bool
    rules : tuple of (int, PortMatch)
        The set of peers, by its place among all, and the ports.
    """

    isolated: bool = False
    rules: tuple[tuple[int, PortMatch], ...] = ()


class _Kind(NamedTuple):
    """What decides the edges of a node: nodes of one kind have the same."""

    ingress: _Side
    egress: _Side
    within: frozenset[int]
    named: _NamedPorts


class _Evaluated:
    """The policies of a cluster, applied to its workloads."""

    def __init__(self, cluster: Cluster, blocks: KnownBlocks, ids: Mapping[str, str], cluster_id: str) -> None:
        found = (_Deployment.of(one, ids) for one in cluster.objects.workloads)
        self._deployments = sorted(found, key=lambda one: one.id)
        self._labels = {one.name: one.labels for one in cluster.objects.namespaces}
        self._in_namespace: defaultdict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(self._deployments):
            self._in_namespace[one.workload.namespace].append(place)
        self._blocks, self._cluster_id = blocks, cluster_id
        self._outside: list[Entity] = []
        self._places: dict[str, int] = {}
        self._internet = self._place_of(INTERNET)
        self._peer_sets: dict[frozenset[int], int] = {}
        self._of_peer: dict[RulePeer, frozenset[int]] = {}
        self._policy_ids: defaultdict[int, list[str]] = defaultdict(list)
        self._with_access: set[int] = set()
        sides: dict[Direction, defaultdict[int, _Side]] = {one: defaultdict(_Side) for one in Direction}
        for policy in cluster.objects.policies:
            if policy.kind == KIND:
                self._apply(policy, ids.get(policy.ref, policy.ref.partition(" ")[2]), sides)
        self._kinds = self._told_apart(sides[Direction.INGRESS], sides[Direction.EGRESS])

    def _apply(self, policy: Policy, ident: str, sides: Mapping[Direction, defaultdict[int, _Side]]) -> None:
        selected = self._selected(policy.namespace, policy.subject.pods)
        rules: dict[Direction, list[tuple[int, PortMatch]]] = {one: [] for one in Direction}
        for rule in policy.rules if selected else ():
            peers = frozenset[int]().union(*map(self._meant, rule.peers))
            place = self._peer_sets.setdefault(peers, len(self._peer_sets))
            rules[rule.direction].append((place, rule.ports))
            if rule.direction is Direction.EGRESS and any(isinstance(one, (Anyone, Block)) for one in rule.peers):
                self._with_access |= selected
        for place in selected:
            self._policy_ids[place].append(ident)
            for direction in policy.isolates:
                before = sides[direction][place]
                sides[direction][place] = _Side(isolated=True, rules=(*before.rules, *rules[direction]))

    def _selected(self, namespace: Selector | str, pods: Selector) -> frozenset[int]:
        """Return the workloads of some namespaces with some labels (E9)."""
        if isinstance(namespace, str):
            chosen = [namespace]
        else:
            chosen = [name for name in self._in_namespace if namespace.matches(self._labels.get(name, {}))]
        places = (place for name in chosen for place in self._in_namespace.get(name, ()))
        return frozenset(place for place in places if pods.matches(self._deployments[place].labels))

    def _meant(self, peer: RulePeer) -> frozenset[int]:
        """Return the nodes that a peer means."""
        if peer not in self._of_peer:
            self._of_peer[peer] = self._nodes_of(peer)
        return self._of_peer[peer]

    def _nodes_of(self, peer: RulePeer) -> frozenset[int]:
        every = frozenset(range(len(self._deployments)))
        match peer:
            case Anyone():  # E6
                return every | {self._internet}
            case Block():  # E7
                outside = {self._place_of(one) for one in self._blocks.meant_by(peer)}
                return (every if meets_private(peer) else frozenset()) | outside
            case Pods():
                return self._selected(peer.namespaces, peer.pods)
        return frozenset()

    def _place_of(self, entity: Entity) -> int:
        """Return the number of somebody outside: they come after the workloads."""
        if entity.id not in self._places:
            self._places[entity.id] = len(self._deployments) + len(self._outside)
            self._outside.append(entity)
        return self._places[entity.id]

    def _told_apart(self, ingress: Mapping[int, _Side], egress: Mapping[int, _Side]) -> dict[_Kind, list[int]]:
        within: defaultdict[int, set[int]] = defaultdict(set)
        for peers, place in self._peer_sets.items():
            for node in peers:
                within[node].add(place)
        found: defaultdict[_Kind, list[int]] = defaultdict(list)
        for node in range(len(self._deployments) + len(self._outside)):
            named = self._deployments[node].named if node < len(self._deployments) else frozenset()
            kind = _Kind(ingress.get(node, _Side()), egress.get(node, _Side()), frozenset(within[node]), named)
            found[kind].append(node)
        return found

    def graph(self, workloads: str | Iterable[str] | None) -> RhacsGraph:
        """Return the nodes that have to do with what is asked about, and the edges that it has (E4)."""
        asked = self._asked(workloads)
        edges = self._edges(asked)
        drawn = self._drawn(asked, edges)
        entities = [*(one.id for one in self._deployments), *(one.id for one in self._outside)]
        sides = {node: kind for kind, nodes in self._kinds.items() for node in nodes}
        found = []
        for node in sorted(drawn, key=lambda one: (one >= len(self._deployments), entities[one])):
            out = {entities[dst]: ports for dst, ports in edges.get(node, {}).items()}
            if node >= len(self._deployments):
                entity = self._outside[node - len(self._deployments)]
                found.append(RhacsNode(entity.id, entity.json, out_edges=out))
                continue
            kind = sides[node]
            found.append(
                RhacsNode(
                    entities[node],
                    self._entity(self._deployments[node]),
                    tuple(sorted(self._policy_ids[node])),
                    not kind.ingress.isolated,
                    not kind.egress.isolated,
                    not kind.egress.isolated or node in self._with_access,  # E8
                    node in asked,
                    out,
                )
            )
        return RhacsGraph(tuple(found))

    def _asked(self, workloads: str | Iterable[str] | None) -> frozenset[int]:
        places = {one.workload.peer: place for place, one in enumerate(self._deployments)}
        if workloads is None:
            return frozenset(places.values())
        names = [workloads] if isinstance(workloads, str) else list(workloads)
        if strange := [one for one in names if one not in places]:
            message = f"no workload is called {strange[0]}"
            raise NotFoundError(message, f"there are {first_of(list(places))}" if places else "")
        return frozenset(places[one] for one in names)

    def _edges(self, asked: frozenset[int]) -> dict[int, dict[int, PortSet]]:
        found: defaultdict[int, dict[int, PortSet]] = defaultdict(dict)
        for one, other in self._related():
            ports = _ports_between(one, other)
            destinations = self._kinds[other]
            for src in self._kinds[one] if ports else ():
                chosen = destinations if src in asked else asked.intersection(destinations)
                found[src].update((dst, ports) for dst in chosen if dst != src)
        return found

    def _related(self) -> Iterator[tuple[_Kind, _Kind]]:
        """Yield the pairs of kinds of which a rule at a closed end names the other end; between others is no edge."""
        having: defaultdict[int, list[_Kind]] = defaultdict(list)
        for kind in self._kinds:
            for peers in kind.within:
                having[peers].append(kind)
        for kind in self._kinds:
            sources = dict.fromkeys(one for peers, _ in kind.ingress.rules for one in having[peers])
            yield from ((one, kind) for one in sources)
            destinations = dict.fromkeys(one for peers, _ in kind.egress.rules for one in having[peers])
            yield from ((kind, one) for one in destinations if not one.ingress.isolated)

    def _drawn(self, asked: frozenset[int], edges: Mapping[int, Mapping[int, PortSet]]) -> set[int]:
        """Return the nodes that are asked about, their neighbours, and those that are open where one of them is."""
        drawn = set(asked) | {node for node, out in edges.items() if out}
        drawn |= {dst for out in edges.values() for dst in out}
        inward = any(not kind.ingress.isolated and asked.intersection(nodes) for kind, nodes in self._kinds.items())
        outward = any(not kind.egress.isolated and asked.intersection(nodes) for kind, nodes in self._kinds.items())
        for kind, nodes in self._kinds.items():
            if (inward and not kind.egress.isolated) or (outward and not kind.ingress.isolated):
                drawn.update(node for node in nodes if node < len(self._deployments))
        if inward or outward:
            drawn.add(self._internet)
        return drawn

    def _entity(self, one: _Deployment) -> dict[str, Any]:
        said = {"name": one.workload.name, "namespace": one.workload.namespace, "cluster": self._cluster_id}
        return {"type": "DEPLOYMENT", "id": one.id, "deployment": {**said, "listenPorts": []}}


def _ports_between(src: _Kind, dst: _Kind) -> PortSet:
    """Return the ports of an edge; none where both ends are open, which their flags say (E3)."""
    admitted = list(_sides(src, dst))
    if not admitted:
        return NO_PORTS
    return admitted[0] if len(admitted) == 1 else admitted[0] & admitted[1]


def _sides(src: _Kind, dst: _Kind) -> Iterator[PortSet]:
    for side, other in ((src.egress, dst), (dst.ingress, src)):
        if side.isolated:
            yield PortSet.union_of(_resolved(ports, dst.named) for peers, ports in side.rules if peers in other.within)


def _resolved(match: PortMatch, named: _NamedPorts) -> PortSet:
    """Return ports with those that have names at the destination (E5)."""
    wanted = {(one.name, one.protocol) for one in match.named}
    found = (PortSet.of(protocol, port) for name, protocol, port in named if (name, protocol) in wanted)
    return PortSet.union_of((match.numbers, *found)) if wanted else match.numbers
