"""Which workloads may connect to which where pods are on several networks: one map for each network (semantics 17).

Each namespace has one primary network, and pods of different primary networks cannot talk at all.
On secondary networks pods have further interfaces: only MultiNetworkPolicy is about them, they
lead neither out of the cluster nor to an ingress controller, and an ipBlock means pods by the
addresses that they have there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, overload

from workbench.connectivity.cross_network import on_network, pairs_apart
from workbench.connectivity.edges import Connection
from workbench.connectivity.engine import (
    Families,
    IpRanges,
    Semantics,
    Wording,
    compile_engine,
)
from workbench.connectivity.focus import EVERYTHING, Focus
from workbench.connectivity.frames import NETWORK_CONNECTIONS
from workbench.connectivity.inputs import engine_of
from workbench.connectivity.result import MANY_PAIRS, Connectivity, pairs_text
from workbench.connectivity.trace.arguments import EndNames
from workbench.connectivity.trace.endpoints import EndpointResolver
from workbench.connectivity.trace.explanation import ExplainOnly, Explanation, PairExplanation
from workbench.ground import (
    ANSWER_FORMATS,
    FEW_ROWS,
    BinaryFormat,
    FirstRows,
    NotFoundError,
    Problem,
    Progress,
    Result,
    TextFormat,
    count_of,
    first_of,
    first_rows,
    gc_paused,
    no_progress,
    one_line,
)
from workbench.inventory import Cluster, Ingress, Network, NetworkKind, Objects, PodVariant, Workload, no_cluster
from workbench.policy import Block, Operator, Pods, Policy, Requirement, Rule, RulePeer, Selector

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NetworkMap", "Networks", "connectivity_by_network"]


class NetworkMap(NamedTuple):
    """One network, and the connectivity on it."""

    network: Network
    connectivity: Connectivity

    def __repr__(self) -> str:
        """Return the network and how much there is on it."""
        return one_line(f"NetworkMap({self.network.name}, {self.connectivity!r})")


class Networks(Result):
    """The connectivity on each network of a cluster. Made by `connectivity_by_network`.

    Parameters
    ----------
    maps : iterable of NetworkMap
        The pod network's first.
    workloads : iterable of Workload
        All workloads of the cluster.
    read : tuple of Problem
        What was wrong with the input.

    Attributes
    ----------
    scope : Focus
        What the maps and explanations are restricted to; see `focus`.
    """

    _written_as = "networks"
    _columns = ("network", "src", "src_shape", "dst", "dst_shape", "protocol", "ports")

    def __init__(
        self, maps: Iterable[NetworkMap], workloads: Iterable[Workload], read: tuple[Problem, ...] = ()
    ) -> None:
        self._read = read
        self._maps = self._whole = tuple(maps)
        self._workloads = tuple(workloads)
        self.scope = EVERYTHING

    def __iter__(self) -> Iterator[NetworkMap]:
        return iter(self._maps)

    def __len__(self) -> int:
        return len(self._maps)

    def __getitem__(self, name: str) -> Connectivity:
        """Return the map of the network called `name`.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        for network, found in self._maps:
            if network.name == name:
                return found
        message = f"no network {name!r}; there are {', '.join(network.name for network, _ in self._maps)}"
        raise NotFoundError(message)

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self), "network")
        yield first_of([network.name for network, _ in self._maps])

    def _first_rows(self) -> FirstRows:
        count = sum(one.connectivity.count() for one in self._maps)
        if count <= MANY_PAIRS:
            return super()._first_rows()
        import pandas as pd  # noqa: PLC0415  (half a second, for those who ask for a frame)

        heads = [one.connectivity.head(FEW_ROWS).assign(network=one.network.name) for one in self._maps]
        few = pd.concat(heads).head(FEW_ROWS)
        return first_rows(few, self._columns, counted=(len(few), None))._replace(remark=pairs_text(count))

    @property
    def wording(self) -> Wording:
        """What ends are called, as `Semantics` has it."""
        return self._whole[0].connectivity.wording

    @property
    def notes(self) -> tuple[str, ...]:
        """What the rows of the maps do not say, a sentence each."""
        return tuple(
            dict.fromkeys(note for one in self._maps if one.network.primary for note in one.connectivity.notes)
        )

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input, then what nothing can meet on any of the networks that it is about."""
        found = [frozenset(one.connectivity.problems_found) for one in self._maps if one.network.primary]
        everywhere = frozenset[Problem]().union(*found)
        named = [problem for problem in everywhere if problem.code == "unresolved-named-port"]
        met = {problem for problem in named if not all(problem in problems for problems in found)}
        problems = (problem for one in self._maps for problem in one.connectivity.problems_found if problem not in met)
        return (*self._read, *dict.fromkeys(problems))

    def focus(self, focus: Focus | EndNames) -> Networks:
        """Return the same networks, whose maps and explanations keep to a part of them.

        Networks on which there is none of the workloads in focus are left out.

        Raises
        ------
        NotFoundError
            If a name means no workload on any network.
        """
        focus = focus if isinstance(focus, Focus) else Focus.of(focus)
        found = copy(self)
        found.scope = focus
        for names in (focus.workloads, focus.peers):
            if names and not any(_known(one.connectivity, names) for one in self._whole):
                message = f"no workload is called {' or '.join(names)} on any network"
                raise NotFoundError(message)
        kept: list[NetworkMap] = []
        for network, connectivity in self._whole:
            mine, others = _known(connectivity, focus.workloads), _known(connectivity, focus.peers)
            if bool(mine) is bool(focus.workloads) and bool(others) is bool(focus.peers):
                own = replace(focus, workloads=mine, peers=others)
                kept.append(NetworkMap(network, connectivity.focus(own)))
        found._maps = tuple(kept)  # noqa: SLF001  (a copy of this)
        return found

    def explain(
        self,
        src: str | None = None,
        dst: str | None = None,
        *,
        only: ExplainOnly | None = None,
        ip_ranges: IpRanges = "merged",
    ) -> Explanation:
        """Tell for every pair of each network what decides about each port, as `Connectivity.explain` does.

        Pairs of different primary networks cannot talk at all. They are explained, too, where the
        focus is on one connection; otherwise the text says so once.

        Parameters
        ----------
        src : str, optional
            Keep to pairs that begin there.
        dst : str, optional
            Keep to pairs that end there.
        only : ExplainOnly, optional
            Keep to what is allowed, or to what is denied.
        ip_ranges : {"merged", "split"}, optional
            How addresses outside are listed: joined where ranges touch and connections are equal, or split wherever a
            policy draws a line.

        Raises
        ------
        NotFoundError
            If a name means no workload on any network.
        """
        apart = pairs_apart(self._whole, self.scope)
        pairs: list[PairExplanation] = []
        missing: list[LookupError] = []
        for network, connectivity in self._maps:
            try:
                found = connectivity.explain(src, dst, only=only, ip_ranges=ip_ranges)
            except LookupError as error:
                missing.append(error)
                continue
            pairs.extend(on_network(pair, network) for pair in found)
        if missing and len(missing) == len(self._maps):
            raise missing[0]
        listed = self.scope.one_connection and src is None and dst is None and only != "allow"
        if listed:
            pairs.extend(apart)
            order = [network for network, _ in self._whole]
            pairs.sort(key=lambda pair: (_place(pair, order), pair.src.name, pair.dst.name))
        return Explanation(tuple(pairs), only, apart=bool(apart) and not listed, wording=self.wording)

    def networks_of(self) -> dict[str, tuple[Network, ...]]:
        """Return the networks of each workload, by its name in the map: the primary one, then the others by name."""
        return {
            workload.peer: tuple(network for network, _ in self._maps if _is_on(workload, network))
            for workload in self._workloads
        }

    def to_frame(self, ip_ranges: IpRanges = "merged") -> pd.DataFrame:
        """Return the allowed connections of all networks; columns as in `frames.NETWORK_CONNECTIONS`."""
        import pandas as pd  # noqa: PLC0415  (half a second, for those who ask for a frame)

        frames = [one.connectivity.to_frame(ip_ranges=ip_ranges).assign(network=one.network.name) for one in self._maps]
        return NETWORK_CONNECTIONS.from_columns(pd.concat(frames, ignore_index=True))

    @overload
    def render(self, name: TextFormat = "txt", ip_ranges: IpRanges = "merged") -> str: ...
    @overload
    def render(self, name: BinaryFormat, ip_ranges: IpRanges = "merged") -> bytes: ...
    @overload
    def render(self, name: str, ip_ranges: IpRanges = "merged") -> str | bytes: ...
    def render(self, name: str = "txt", ip_ranges: IpRanges = "merged") -> str | bytes:
        """Return the maps in the format called `name`; `ip_ranges` as of `Connectivity.render`."""
        return ANSWER_FORMATS.render(self._written_as, name, self, ip_ranges)

    def connections(self, ip_ranges: IpRanges = "merged") -> dict[Network, list[Connection]]:
        """Return every allowed connection of each network, sorted as `Connectivity.connections` does."""
        return {network: found.connections(ip_ranges) for network, found in self._maps}


def connectivity_by_network(
    cluster: Cluster, *, semantics: Semantics = Semantics(), progress: Progress = no_progress
) -> Networks:
    """Compute the connectivity on each of the networks of `cluster`.

    Parameters
    ----------
    cluster : Cluster
    semantics : Semantics
    progress : Progress

    Returns
    -------
    Networks
        The pod network, primary user-defined networks, and those secondary networks that some
        workload is attached to.
    """
    if not isinstance(cluster, Cluster):
        no_cluster(cluster, "connectivity_by_network")
    objects = cluster.objects
    with gc_paused():
        families = Families.of(objects, semantics)
        maps: list[NetworkMap] = []
        for network in (_pod_network(objects), *objects.networks):
            part = _on_primary(objects, network) if network.primary else _on_secondary(objects, network)
            if network.primary or part.workloads:
                outside = families if network.primary else Families(frozenset())  # no addresses
                engine = compile_engine(part, semantics, progress, families=outside)
                maps.append(NetworkMap(network, Connectivity(engine)))
    return Networks(maps, objects.workloads, cluster.problems_as_read(semantics.unknown_fields))


def _place(pair: PairExplanation, order: list[Network]) -> int:
    return -1 if pair.network is None else order.index(pair.network)


def _known(connectivity: Connectivity, names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that mean a workload of one network."""
    ends = EndpointResolver(engine_of(connectivity)) if names else None
    return tuple(name for name in names if ends is not None and ends.knows(name))


def _pod_network(objects: Objects) -> Network:
    elsewhere = frozenset[str]().union(*(network.namespaces for network in objects.networks if network.primary))
    names = frozenset(namespace.name for namespace in objects.namespaces)
    return Network(NetworkKind.POD_NETWORK, NetworkKind.POD_NETWORK, namespaces=names - elsewhere)


def _on_primary(objects: Objects, network: Network) -> Objects:
    """Return `objects` with the workloads of one primary network, and the Ingresses and routes that lead to them.

    All policies stay: those of other namespaces select no pods, and ranges stay split alike.
    """
    return replace(
        objects,
        workloads=tuple(one for one in objects.workloads if one.namespace in network.namespaces),
        ingresses=tuple(_leading_to(ingress, network) for ingress in objects.ingresses),
        networks=(),
        multi_policies=(),
    )


def _leading_to(ingress: Ingress, network: Network) -> Ingress:
    return replace(ingress, backends=tuple(one for one in ingress.backends if one.namespace in network.namespaces))


def _on_secondary(objects: Objects, network: Network) -> Objects:
    """Return the workloads that are attached to a secondary network, and the policies for it."""
    definitions = {(namespace, network.name) for namespace in network.namespaces}
    policies = [one.policy for one in objects.multi_policies if not one.networks.isdisjoint(definitions)]
    blocks = _Blocks(policies)
    found = [(one, _attached(one, network)) for one in objects.workloads]
    return Objects(
        workloads=tuple(replace(one, shapes=tuple(map(blocks.marked, shapes))) for one, shapes in found if shapes),
        namespaces=objects.namespaces,
        policies=tuple(map(blocks.by_mark, policies)),
    )


def _attached(workload: Workload, network: Network) -> list[PodVariant]:
    """Return the shapes of `workload` that are on `network`, with their addresses there."""
    found: list[PodVariant] = []
    for shape in workload.shapes:
        own = [one for one in shape.attachments if one.name == network.name and one.namespace in network.namespaces]
        if own:
            found.append(replace(shape, ips=tuple(address for one in own for address in one.addresses)))
    return found


def _is_on(workload: Workload, network: Network) -> bool:
    return workload.namespace in network.namespaces if network.primary else bool(_attached(workload, network))


class _Blocks:
    """Turns the ipBlocks of policies into selectors of the pods whose addresses they hold.

    The pods get a label for each block that holds one of theirs; no selector of a user can ask for
    it, since a label's key holds no ``|``.
    """

    def __init__(self, policies: Iterable[Policy]) -> None:
        blocks = (
            peer for policy in policies for rule in policy.rules for peer in rule.peers if isinstance(peer, Block)
        )
        self._marks = {addresses: f"|{n}" for n, addresses in enumerate(dict.fromkeys(one.addresses for one in blocks))}

    def marked(self, shape: PodVariant) -> PodVariant:
        """Return `shape` with a label for each block that holds one of its addresses."""
        marks = {mark: "" for block, mark in self._marks.items() if any(map(block.contains, shape.ips))}
        labels: Mapping[str, str] = MappingProxyType({**shape.labels, **marks})
        return replace(shape, labels=labels) if marks else shape

    def by_mark(self, policy: Policy) -> Policy:
        """Return `policy` with the labels in place of its blocks."""
        return replace(policy, rules=tuple(map(self._rule, policy.rules)))

    def _rule(self, rule: Rule) -> Rule:
        return replace(rule, peers=tuple(map(self._peer, rule.peers)))

    def _peer(self, peer: RulePeer) -> RulePeer:
        if not isinstance(peer, Block):
            return peer
        return Pods(Selector(), Selector((Requirement(self._marks[peer.addresses], Operator.EXISTS),)))
