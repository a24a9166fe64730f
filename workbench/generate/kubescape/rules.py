"""Which rules Kubescape makes of neighbours, where each of its unsafe cases is done right (kubescape-generator)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from workbench.external import KnownServer
from workbench.generate.kubescape.objects import Neighbour, Neighbourhood
from workbench.generate.needs import Basis, LeftOutNeed, Need, WhyLeftOut
from workbench.generate.peers import block_of
from workbench.ground import ALL_PORTS, AddressSet, PortSet, parse_block
from workbench.policy import Block, Direction, Pods, PortMatch, Requirement, Rule, RulePeer, Selector

__all__ = ["IGNORED_LABELS", "MadeRules", "PolicyRef", "RuleMaker"]

IGNORED_LABELS: Final = (
    "app.kubernetes.io/instance",
    "app.kubernetes.io/owner",
    "app.kubernetes.io/created-by",
    "app.kubernetes.io/managed-by",
    "helm.sh/chart",
    "app.kubernetes.io/version",
    "app.kubernetes.io/revision",
    "statefulset.kubernetes.io/pod-name",
    "scheduler.alpha.kubernetes.io/node-selector",
)
"""Labels that no peer is chosen by, unless there are no others: then by the first (kubescape-generator B3)."""
_HASHES: Final = frozenset({"pod-template-hash", "controller-revision-hash", "pod-template-generation"})
_RUN_LABELS: Final = frozenset(
    {
        "job-name",
        "controller-uid",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
    }
)
"""Labels of one run or one place: the next pods have others, so no rule has them (kubescape-generator B8)."""
_RUN_DOMAIN: Final = "batch.kubernetes.io/"
_ANYWHERE: Final = "*"
_EVERY_PORT: Final = ("", 0)


class PolicyRef(NamedTuple):
    """What a block of a policy stands for.

    Attributes
    ----------
    block : str
        As it was written, also with host bits.
    address, dns, name, server : str
    """

    block: str
    address: str
    dns: str
    name: str
    server: str

    def written(self) -> dict[str, str]:
        """Return it as Kubescape writes it."""
        return {
            "ipBlock": self.block,
            "originalIP": self.address,
            "dns": self.dns,
            "name": self.name,
            "server": self.server,
        }


class MadeRules(NamedTuple):
    """The rules of one direction.

    Attributes
    ----------
    rules : tuple of (Rule, tuple of Need)
    refs : tuple of PolicyRef
    left_out : tuple of LeftOutNeed
    widened : tuple of str
        Peers whose labels say less than their source meant.
    """

    rules: tuple[tuple[Rule, tuple[Need, ...]], ...]
    refs: tuple[PolicyRef, ...]
    left_out: tuple[LeftOutNeed, ...]
    widened: tuple[str, ...]


class _Part(NamedTuple):
    """A rule before it is put together with others.

    Attributes
    ----------
    peers : tuple of RulePeer
    ports : tuple of (str, int)
        Empty for all.
    """

    peers: tuple[RulePeer, ...]
    ports: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class RuleMaker:
    """Makes rules of neighbours.

    Attributes
    ----------
    servers : tuple of KnownServer
    closest_only : bool
        Whether an address is admitted by the closest of nested known servers alone.
    run_labels : bool
        Whether peers are chosen by labels of one run, too: the next run has others, and is not admitted
        (kubescape-generator B8).
    translated : callable
        Returns the ports of the pods behind a Service, for a peer and a port of that (kubescape-generator B7).
    """

    servers: tuple[KnownServer, ...]
    closest_only: bool
    run_labels: bool
    translated: Callable[[Pods, tuple[str, int]], tuple[tuple[str, int], ...]]

    def made(self, known: Neighbourhood, direction: Direction) -> MadeRules:
        """Return the rules of one direction of a workload.

        Parameters
        ----------
        known : Neighbourhood
        direction : Direction
        """
        by_labels: dict[_Part, list[Need]] = {}
        by_block: defaultdict[tuple[str, int], dict[str, tuple[Block, list[Need]]]] = defaultdict(dict)
        refs: dict[PolicyRef, None] = {}
        left_out: list[LeftOutNeed] = []
        widened: list[str] = []
        for neighbour in known.ingress if direction is Direction.INGRESS else known.egress:
            if neighbour.lost:
                left_out += [
                    LeftOutNeed.of(WhyLeftOut.UNRESOLVED, one, neighbour.lost)
                    for one in _needs(known, direction, neighbour, ())
                ]
                continue
            chosen = self._chosen(known, neighbour, widened)
            blocks = list(self._blocks(neighbour, refs))
            needs = list(_needs(known, direction, neighbour, blocks))
            if not chosen and not blocks:
                left_out += [LeftOutNeed.of(WhyLeftOut.EMPTY_PEERS, one, neighbour.dns) for one in needs]
                continue
            if chosen:
                ports = sorted({one for port in neighbour.ports for one in self.translated(chosen[0], port)})
                part = _Part((*chosen, *blocks), tuple(ports))
                by_labels.setdefault(part, []).extend(needs)
                continue
            for port, need in zip(neighbour.ports or (_EVERY_PORT,), needs, strict=True):
                for block in blocks:
                    by_block[port].setdefault(block.text, (block, []))[1].append(need)
        parts = [
            (_Part(tuple(found[text][0] for text in sorted(found)), () if port == _EVERY_PORT else (port,)), found)
            for port, found in sorted(by_block.items(), key=lambda pair: (pair[0][1], pair[0][0]))
        ]
        listed = [
            *((part, [need for _, needs in found.values() for need in needs]) for part, found in parts),
            *by_labels.items(),
        ]
        rules = tuple(
            (Rule(direction, index, part.peers, PortMatch(_port_set(part.ports))), tuple(dict.fromkeys(needs)))
            for index, (part, needs) in enumerate(listed)
        )
        return MadeRules(rules, tuple(refs), tuple(left_out), tuple(dict.fromkeys(widened)))

    def _chosen(self, known: Neighbourhood, neighbour: Neighbour, widened: list[str]) -> tuple[Pods, ...]:
        """Return the peer that labels choose; none where the source chooses by addresses alone."""
        if neighbour.pods is None and neighbour.namespaces is None:
            return ()
        where: Selector | str = known.namespace if neighbour.namespaces is None else neighbour.namespaces
        if neighbour.pods is None:
            return (Pods(where),)
        kept = _kept(neighbour.pods, run_labels=self.run_labels)
        if kept != neighbour.pods and not kept.requirements:
            first = _last_resort(neighbour.pods)
            if first is None:
                widened.append(f"{neighbour.pods}, which only one run has")
                return ()
            widened.append(f"{neighbour.pods}, of which {first} is kept")
            kept = Selector((first,))
        return (Pods(where, kept),)

    def _blocks(self, neighbour: Neighbour, refs: dict[PolicyRef, None]) -> Iterator[Block]:
        """Yield the blocks of addresses, and note what they stand for (kubescape-generator G8, G9)."""
        for text in neighbour.addresses:
            if text == _ANYWHERE:
                yield from (block_of("0.0.0.0/0"), block_of("::/0"))
                continue
            if parse_block(text) is None:
                continue
            holding = self._holding(text)
            for server in holding:
                refs[PolicyRef(server.cidr, text, neighbour.dns, server.name, server.server)] = None
                yield block_of(server.cidr)
            if not holding:
                block = block_of(text)
                if neighbour.dns:
                    refs[PolicyRef(block.cidr, text, neighbour.dns, "", "")] = None
                yield block

    def _holding(self, text: str) -> list[KnownServer]:
        wanted = AddressSet.of(text)
        holding = [one for one in self.servers if not wanted - AddressSet.of(one.cidr)]
        holding.sort(key=lambda one: (_length(one.cidr), one))
        return holding[-1:] if self.closest_only else holding


def _length(cidr: str) -> int:
    return int(block_of(cidr).cidr.rpartition("/")[2])


def _is_of_a_run(key: str) -> bool:
    return key in _RUN_LABELS or key.startswith(_RUN_DOMAIN)


def _kept(selector: Selector, *, run_labels: bool) -> Selector:
    """Return a selector without labels that the next pods do not have; expressions stay (kubescape-generator G6)."""
    labels = {
        one.key: one.values[0]
        for one in selector.labels
        if one.key not in IGNORED_LABELS and one.key not in _HASHES and (run_labels or not _is_of_a_run(one.key))
    }
    return Selector.of(labels, selector.expressions)


def _last_resort(selector: Selector) -> Requirement | None:
    """Return the label that says most of a peer that has none but those that are left out."""
    found = {one.key: one for one in selector.labels if one.key in IGNORED_LABELS}
    return next((found[key] for key in IGNORED_LABELS if key in found), None)


def _port_set(ports: Iterable[tuple[str, int]]) -> PortSet:
    listed = list(ports)
    return PortSet.union_of(PortSet.of(*one) for one in listed) if listed else ALL_PORTS


def _needs(known: Neighbourhood, direction: Direction, neighbour: Neighbour, blocks: Iterable[Block]) -> Iterator[Need]:
    """Yield a need for each port of a neighbour."""
    own = f"{known.namespace}/{known.workload_name or known.name}[{known.workload_kind or known.kind}]"
    other = _named(known, neighbour)
    ends = (other, own) if direction is Direction.INGRESS else (own, other)
    cidrs = tuple(sorted({one.cidr for one in blocks}))
    for port in neighbour.ports or ((),):
        yield Need(
            *ends,
            PortSet.of(*port) if port else ALL_PORTS,
            Basis.DECLARED if known.is_declared else Basis.OBSERVED,
            f"{known.ref} {known.place}".strip(),
            blocks=cidrs,
            domains=(neighbour.dns,) if neighbour.dns else (),
            widened=any("/" in one or one == _ANYWHERE for one in neighbour.addresses),
        )


def _named(known: Neighbourhood, neighbour: Neighbour) -> str:
    """Return what a neighbour is called in words."""
    parts = [f"namespaces {neighbour.namespaces}"] if neighbour.namespaces is not None else []
    if neighbour.pods is not None:
        parts += [f"pods {neighbour.pods}"] if parts else [f"namespace {known.namespace}", f"pods {neighbour.pods}"]
    return " ".join([*parts, *neighbour.addresses]) or neighbour.dns or "unknown"
