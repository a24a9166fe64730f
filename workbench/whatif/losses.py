"""What do platforms give workloads, or need of them, that a change denies: DNS, the API server, metrics (what-if 5).

Of a platform that was not read, such as the DNS of a repository without ``kube-system``, pods with the labels that it
usually has stand in for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.connectivity import Connectivity, Touched, evaluate, touched_workloads
from workbench.generate import Allowance, Allowed, Context, allowed, shipped_allowances
from workbench.ground import PortSet
from workbench.inventory import Cluster, Subjects, load_manifests
from workbench.manifests import yaml_text
from workbench.policy import Block, Direction, Pods
from workbench.whatif.allowed_then import with_policies_of
from workbench.whatif.edges import Edge

if TYPE_CHECKING:
    from workbench.connectivity import Semantics
    from workbench.policy import RulePeer, Selector

__all__ = ["Loss", "Platforms"]

_EDGE: Final = 32
"""Of longer ranges of ports, the first and the last are asked about."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing here depends on the time."""
_STAND_IN: Final = "stand-in"


class Loss(NamedTuple):
    """Something that a platform needs, and that a change denies.

    Attributes
    ----------
    what, meaning : str
        The allowance.
    workload, peer : str
    ports : PortSet
        Those that are lost.
    decided_by : tuple of str
    edges : tuple of (str, str, int, str)
        The same as source, destination, port and protocol; of a long range of ports its first and its last.
    """

    what: str
    meaning: str
    workload: str
    peer: str
    ports: PortSet
    decided_by: tuple[str, ...]
    edges: tuple[Edge, ...] = ()


class _Asked(NamedTuple):
    """What a workload needs of one end, by the name of the allowance and what it is for."""

    what: str
    meaning: str
    one: Allowed
    end: str

    @property
    def ends(self) -> tuple[str, str]:
        """Source and destination."""
        return (
            (self.one.workload, self.end) if self.one.direction is Direction.EGRESS else (self.end, self.one.workload)
        )


@dataclass(frozen=True, eq=False)
class Platforms:
    """What platforms need in a cluster, asked about before a change and after it.

    Attributes
    ----------
    cluster : Cluster
        Before.
    allowances : tuple of Allowance
    semantics : Semantics
    known : Connectivity
        What is allowed before.
    """

    cluster: Cluster
    semantics: Semantics
    known: Connectivity
    allowances: tuple[Allowance, ...]

    @classmethod
    def of(cls, known: Connectivity, semantics: Semantics, allowances: Iterable[Allowance] | None) -> Platforms:
        """Return the platforms of a cluster; those that come with the workbench where no allowances are given."""
        chosen = shipped_allowances() if allowances is None else tuple(allowances)
        return cls(known.cluster, semantics, known, chosen)

    def losses(self, after: Connectivity) -> Iterator[Loss]:
        """Yield what a change denies.

        Parameters
        ----------
        after : Connectivity
        """
        touched = touched_workloads(self.known, after)
        then = self._then(after)
        asked = [one for one in self._asked if touched is None or _has_say(touched, one.one)]
        edges = {(one, edge): None for one in asked for edge in _edges(one)}
        listed = [edge for _, edge in edges]
        had, has = (side.verdicts(listed, deciding=False) for side in (self._before, then))
        lost = [
            key
            for key, was, now in zip(edges, had, has, strict=True)
            if was.verdict == "allowed" and now.verdict in {"denied", "partly"}
        ]
        deciding = then.verdicts(edge for _, edge in lost)
        found: defaultdict[_Asked, list[tuple[Edge, tuple[str, ...]]]] = defaultdict(list)
        for (one, edge), verdict in zip(lost, deciding, strict=True):
            found[one].append((edge, verdict.decided_by))
        for one, those in found.items():
            ports = PortSet.union_of(PortSet.of(protocol, port) for (_, _, port, protocol), _ in those)
            refs = tuple(dict.fromkeys(ref for _, refs in those for ref in refs))
            denied = tuple(edge for edge, _ in those)
            yield Loss(one.what, one.meaning, one.one.workload, self._name(one), ports, refs, denied)

    @property
    def needed(self) -> Iterator[tuple[str, str, PortSet]]:
        """Who needs whom, and at which ports: source, destination, and ports of the destination."""
        for one in self._asked:
            yield *one.ends, one.one.need.ports

    def _name(self, one: _Asked) -> str:
        """Return what the platform's end is called; of a stand-in, what it stands for."""
        need = one.one.need
        return need.dst if one.one.direction is Direction.EGRESS else need.src

    def sides(self, after: Connectivity) -> tuple[Connectivity, Connectivity]:
        """Return what is allowed before and after, with the pods that stand in for what was not read.

        Parameters
        ----------
        after : Connectivity
            Of a change of policies.
        """
        return self._before, self._then(after)

    def _then(self, after: Connectivity) -> Connectivity:
        """Return what is allowed after, with the pods that stand in for what was not read."""
        if self._before is self.known:
            return after
        return with_policies_of(self._before, self.cluster, after.cluster)

    @cached_property
    def _before(self) -> Connectivity:
        return self.known if self._whole is self.cluster else evaluate(self._whole, semantics=self.semantics)

    @cached_property
    def _whole(self) -> Cluster:
        """The cluster, with pods that stand in for what was not read."""
        missing = dict.fromkeys(
            peer
            for _, one in self._allowed
            for peer in one.peers
            if isinstance(peer, Pods) and not self._workloads(self.cluster, peer)
        )
        if not missing:
            return self.cluster
        text = yaml_text([_pod(number, peer) for number, peer in enumerate(missing)])
        read = load_manifests(text, cache=False).objects
        there = {one.name for one in self.cluster.objects.namespaces}
        objects = replace(
            self.cluster.objects,
            workloads=(*self.cluster.objects.workloads, *read.workloads),
            namespaces=(
                *self.cluster.objects.namespaces,
                *(one for one in read.namespaces if one.name not in there),
            ),
        )
        return Cluster(objects)

    @cached_property
    def _allowed(self) -> tuple[tuple[Allowance, Allowed], ...]:
        context = Context(self.cluster, _NEVER, is_protected=lambda _: False)
        return tuple(
            (allowance, one)
            for allowance in self.allowances
            for one in allowed(context, [allowance], (), whole=True).allowed
        )

    @cached_property
    def _asked(self) -> tuple[_Asked, ...]:
        return tuple(
            _Asked(allowance.name, allowance.meaning, one, end)
            for allowance, one in self._allowed
            for peer in one.peers
            for end in self._ends(peer)
            if end != one.workload
        )

    def _ends(self, peer: RulePeer) -> Sequence[str]:
        if isinstance(peer, Pods):
            return self._workloads(self._whole, peer)
        return [peer.text.removesuffix("/32").removesuffix("/128")] if isinstance(peer, Block) else []

    def _workloads(self, cluster: Cluster, peer: Pods) -> list[str]:
        key = id(cluster), peer
        if key not in self._found:
            subjects = Subjects(cluster.objects.workloads, cluster.objects.namespaces)
            self._found[key] = [workload.peer for workload, _ in subjects.chosen(peer)]
        return self._found[key]

    @cached_property
    def _found(self) -> dict[tuple[int, Pods], list[str]]:
        return {}


def _has_say(touched: Touched, one: Allowed) -> bool:
    return one.workload in (touched.egress if one.direction is Direction.EGRESS else touched.ingress)


def _edges(one: _Asked) -> Iterator[Edge]:
    src, dst = one.ends
    for protocol, first, last in one.one.need.ports.intervals:
        ports = range(first, last + 1) if last - first < _EDGE else (first, last)
        yield from ((src, dst, port, protocol) for port in ports)


def _pod(number: int, peer: Pods) -> dict[str, object]:
    """Return a pod that a peer selects."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "-".join((*_labels(peer.pods).values(), _STAND_IN, str(number))),
            "namespace": peer.namespaces if isinstance(peer.namespaces, str) else "default",
            "labels": _labels(peer.pods),
        },
        "spec": {"containers": [{"name": _STAND_IN, "image": _STAND_IN}]},
    }


def _labels(selector: Selector) -> dict[str, str]:
    return {one.key: one.values[0] for one in selector.labels}
