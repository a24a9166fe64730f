"""Policies that admit what is needed, and nothing else: one for each workload (generate 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from workbench.generate.draft import Draft, Drafts, RuleKey, network_policy
from workbench.generate.naming import policy_name
from workbench.generate.needs import LeftOutNeed, Need, WhyLeftOut, merged_needs, need_order
from workbench.generate.peers import Ends, is_on_host
from workbench.ground import PortSet, Progress, no_progress
from workbench.policy import Anyone, Block, Direction, Metadata, Pods, PortMatch, Rule, RulePeer

if TYPE_CHECKING:
    from workbench.generate.allowances.finding import Allowed
    from workbench.generate.selectors import WorkloadLabels
    from workbench.inventory import Workload

__all__ = ["Admitting", "rules_of"]

_REPORTED: Final = 50
"""Workloads between two reports."""


@dataclass(frozen=True)
class Admitting:
    """Makes policies of needs.

    Attributes
    ----------
    ends : Ends
    labels : WorkloadLabels
    directions : collection of Direction
        In which policies isolate their pods.
    name : str
        What policies are called; ``{workload}`` and ``{kind}`` are filled in.
    metadata : Metadata
    progress : Progress
    """

    ends: Ends
    labels: WorkloadLabels
    directions: Collection[Direction] = tuple(Direction)
    name: str = "{workload}-{kind}"
    metadata: Metadata = field(default_factory=Metadata)
    progress: Progress = no_progress

    def policies(self, workloads: Iterable[Workload], needs: Iterable[Need], allowed: Iterable[Allowed] = ()) -> Drafts:
        """Return a policy for each workload that admits what is needed there; without needs, it denies all.

        Parameters
        ----------
        workloads : iterable of Workload
        needs : iterable of Need
        allowed : iterable of Allowed
            What platforms need besides.
        """
        listed = merged_needs(needs)
        by_end: dict[Direction, defaultdict[str, list[Need]]] = {
            Direction.INGRESS: defaultdict(list),
            Direction.EGRESS: defaultdict(list),
        }
        for need in listed:
            by_end[Direction.INGRESS][need.dst].append(need)
            by_end[Direction.EGRESS][need.src].append(need)
        besides: defaultdict[tuple[str, Direction], list[Allowed]] = defaultdict(list)
        for one in allowed:
            besides[one.workload, one.direction].append(one)
        drafts: list[Draft] = []
        left_out: list[LeftOutNeed] = []
        asked = sorted(workloads, key=lambda one: one.peer)
        for number, workload in enumerate(asked):
            if not number % _REPORTED:
                self.progress("policies are made", number, len(asked))
            mine = {way: ends.get(workload.peer, []) for way, ends in by_end.items()}
            found = self._draft(workload, mine, besides, left_out)
            drafts += [found] if found is not None else []
        return Drafts(tuple(drafts), tuple(dict.fromkeys(left_out)), needs=listed)

    def _draft(
        self,
        workload: Workload,
        needs: Mapping[Direction, list[Need]],
        besides: Mapping[tuple[str, Direction], list[Allowed]],
        left_out: list[LeftOutNeed],
    ) -> Draft | None:
        if is_on_host(workload):
            left_out.append(LeftOutNeed(WhyLeftOut.HOST_NETWORK, workload.peer))
            return None
        choice = self.labels.of(workload)
        if choice.refusal is not None:
            why, detail = choice.refusal
            left_out.append(LeftOutNeed(why, workload.peer, detail))
            return None
        rules: list[Rule] = []
        reasons: dict[RuleKey, tuple[Need, ...]] = {}
        for direction in self.directions:
            more = [(peer, one.need) for one in besides.get((workload.peer, direction), ()) for peer in one.peers]
            found = rules_of(direction, [*self._admitted(direction, needs[direction], left_out), *more])
            rules += [rule for rule, _ in found]
            reasons |= {(direction, rule.index): why for rule, why in found}
        name = policy_name(self.name.format(workload=workload.name, kind=workload.kind.lower()))
        policy = network_policy(
            workload.namespace, name, choice.selector, self.directions, rules, metadata=self.metadata
        )
        return Draft(policy, frozenset({workload.peer}), MappingProxyType(reasons))

    def _admitted(
        self, direction: Direction, needs: Iterable[Need], left_out: list[LeftOutNeed]
    ) -> Iterator[tuple[RulePeer, Need]]:
        for need in needs:
            found = self.ends.peers_of(need.src if direction is Direction.INGRESS else need.dst, need)
            if found.why is not None:
                left_out.append(LeftOutNeed.of(found.why, need, found.detail))
            for peer in found.peers:
                yield peer, need


def rules_of(direction: Direction, admitted: Iterable[tuple[RulePeer, Need]]) -> list[tuple[Rule, tuple[Need, ...]]]:
    """Return the fewest rules of one direction for peers and what they need, with the needs of each.

    The ports of a peer are put together, and then the peers that have the same ports. A block that lies in others is
    left out where these have its ports, and any peer where everyone has its ports: the rule would admit nothing.

    Parameters
    ----------
    direction : Direction
    admitted : iterable of (RulePeer, Need)
    """
    ports: defaultdict[RulePeer, PortSet] = defaultdict(PortSet)
    needs: defaultdict[RulePeer, list[Need]] = defaultdict(list)
    for peer, need in admitted:
        ports[peer] |= need.ports
        needs[peer].append(need)
    _put_into_wider_blocks(ports, needs)
    _put_into_anyone(ports, needs)
    together: defaultdict[PortSet, list[RulePeer]] = defaultdict(list)
    for peer in sorted(ports, key=_peer_order):
        together[ports[peer]].append(peer)
    groups = sorted(together.items(), key=lambda pair: (_peer_order(pair[1][0]), pair[0].axis))
    return [
        (
            Rule(direction, index, tuple(peers), PortMatch(numbers)),
            tuple(sorted(dict.fromkeys(need for peer in peers for need in needs[peer]), key=need_order)),
        )
        for index, (numbers, peers) in enumerate(groups)
    ]


def _put_into_wider_blocks(ports: dict[RulePeer, PortSet], needs: Mapping[RulePeer, list[Need]]) -> None:
    """Take out the blocks that admit nothing beside wider ones, to which what they are needed for goes."""
    blocks = [peer for peer in ports if isinstance(peer, Block)]
    wide = [one for one in blocks if _size(one)]
    for inner in sorted(blocks, key=lambda one: (_size(one), one.text)):
        outer = [one for one in wide if one in ports and one.addresses != inner.addresses]
        holding = [one for one in outer if not inner.addresses - one.addresses]
        if holding and not ports[inner] - PortSet.union_of(ports[one] for one in holding):
            for one in holding:
                if ports[one] & ports[inner]:
                    needs[one].extend(needs[inner])
            del ports[inner]


def _put_into_anyone(ports: dict[RulePeer, PortSet], needs: Mapping[RulePeer, list[Need]]) -> None:
    """Take out the peers that admit nothing beside everyone, to whom what they are needed for goes."""
    everyone = Anyone()
    if everyone in ports:
        for peer in [one for one in ports if one != everyone and not ports[one] - ports[everyone]]:
            needs[everyone].extend(needs[peer])
            del ports[peer]


def _size(block: Block) -> int:
    return sum(high - low for low, high in (*block.addresses.ipv4, *block.addresses.ipv6))


def _peer_order(peer: RulePeer) -> tuple[int, str, str]:
    if isinstance(peer, Pods):
        return 0, str(peer.namespaces), str(peer.pods)
    return (1, peer.text, "") if isinstance(peer, Block) else (2, repr(peer), "")
