"""Rules for addresses that are not what they seem: NP017, NP018."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

from workbench.checks.admitted import NO_CONNECTION, is_opening, ports_words, side_of
from workbench.checks.context import CheckContext
from workbench.checks.default_deny import TRY_FIRST
from workbench.checks.found import NO_PATCH, Found, Patch
from workbench.checks.patching import with_rule
from workbench.checks.platforms import eased_on_platforms
from workbench.checks.registry import register_check
from workbench.checks.rules.openings import is_wide
from workbench.checks.severity import CheckSeverity
from workbench.checks.tiers import is_about_all_outside
from workbench.generate import block_of
from workbench.ground import Address, AddressSet, count_of, listed, parse_address, parse_cidr, value_at
from workbench.inventory import addresses_of
from workbench.policy import EVERYTHING, Anyone, Block, Direction, Pods, Policy, Rule, RulePeer, Tier

__all__ = ["leads_to_metadata", "names_cluster_addresses"]

METADATA: Final = ("169.254.169.254", "fd00:ec2::254")
"""Where clouds tell virtual machines their credentials: everywhere, and on AWS over IPv6."""
_PORT: Final = 80


class _Named(NamedTuple):
    """Addresses of the cluster.

    Attributes
    ----------
    cidr : str
    addresses : AddressSet
    whose : str
        Such as ``pods, as declared``.
    """

    cidr: str
    addresses: AddressSet
    whose: str


class _ClusterAddresses:
    """The blocks that pods and Services have addresses from, and the addresses of them that were read.

    Parameters
    ----------
    context : CheckContext
    """

    def __init__(self, context: CheckContext) -> None:
        declared = context.declared
        self.blocks = [
            *(_named(one, "pods, as declared") for one in declared.pod_cidrs),
            *(_named(one, "Services, as declared") for one in declared.service_cidrs),
            *_of_nodes(context),
        ]
        read: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        for workload in context.reachable_workloads:
            for shape in workload.shapes:
                for text in () if shape.host_network or shape.finished else shape.ips:
                    _note(read, text, workload.peer)
        for service in context.cluster.objects.services:
            for text in service.cluster_ips:
                if text in set(addresses_of(service)):
                    _note(read, text, f"Service {service.namespace}/{service.name}")
        self._owners = dict(read)
        self._read = sorted(read)

    def overlapping(self, addresses: AddressSet) -> list[_Named]:
        """Return the blocks that share addresses with a set.

        Parameters
        ----------
        addresses : AddressSet
        """
        return [one for one in self.blocks if one.addresses & addresses]

    def within(self, addresses: AddressSet) -> list[str]:
        """Return who has the addresses in a set that were read.

        Parameters
        ----------
        addresses : AddressSet
        """
        found: list[str] = []
        for family, pairs in ((4, addresses.ipv4), (6, addresses.ipv6)):
            for first, last in pairs:
                low, high = bisect_left(self._read, (family, first)), bisect_left(self._read, (family, last + 1))
                found += [name for key in self._read[low:high] for name in self._owners[key]]
        return list(dict.fromkeys(found))


def _note(read: defaultdict[tuple[int, int], list[str]], text: str, name: str) -> None:
    address: Address | None = parse_address(text)
    if address is not None:
        read[address.version, int(address)].append(name)


def _named(cidr: str, whose: str) -> _Named:
    return _Named(cidr, AddressSet.of(cidr), whose)


def _of_nodes(context: CheckContext) -> Iterator[_Named]:
    """Yield the blocks that nodes give their pods addresses from."""
    for manifest in context.cluster.manifests_of("Node", ""):
        written: Any = value_at(manifest.content, "spec", "podCIDRs") or [value_at(manifest.content, "spec", "podCIDR")]
        for one in written if isinstance(written, list) else ():
            if isinstance(one, str) and parse_cidr(one) is not None:
                yield _named(one, f"pods of node {manifest.name}")


@register_check(
    "NP017",
    title="Block of addresses that holds pods or Services",
    severity=CheckSeverity.MEDIUM,
    reason="Pods change their addresses, those of Services are translated before, and network plugins differ.",
    remedy="Select pods by their labels, and except the addresses of the cluster from blocks that mean the outside.",
    source="Kubernetes, Network Policies, ipBlock; Red Hat ACS, policy generator",
)
@eased_on_platforms(CheckSeverity.MEDIUM)
def names_cluster_addresses(context: CheckContext) -> Iterator[Found]:
    """Find blocks of rules that hold addresses of pods or Services of the cluster.

    Which addresses these are is declared (`DeclaredFacts.pod_cidrs` and `service_cidrs`), said by nodes
    (``spec.podCIDRs``), or seen: addresses of pods that were read, and of Services. Without any of these, nothing is
    found. What ``except`` takes away is not held.

    An ``ipBlock`` is about the outside; some network plugins apply it to pods, too, and others do not, so that
    what is allowed depends on the plugin. Networks of cluster-wide policies hold pods on purpose, and are found only
    where they are narrower than everything, since pods change their addresses. For very wide blocks, which NP009 is
    about, the severity is low.

    The patch excepts the blocks of the cluster; there is none where the block lies within them.
    """
    known = _ClusterAddresses(context)
    for policy in context.policies:
        for rule in policy.rules:
            for place, peer in enumerate(rule.peers):
                if not isinstance(peer, Block):
                    continue
                if policy.tier is not Tier.NETWORK_POLICY and is_about_all_outside(peer):
                    continue
                if known.overlapping(peer.addresses) or known.within(peer.addresses):
                    yield _overlap(known, policy, rule, place)


def _overlap(known: _ClusterAddresses, policy: Policy, rule: Rule, place: int) -> Found:
    block = rule.peers[place]
    assert isinstance(block, Block)  # noqa: S101  (found as one)
    overlapping, holders = known.overlapping(block.addresses), known.within(block.addresses)
    outside_of_them = known.within(block.addresses - AddressSet.union_of(one.addresses for one in overlapping))
    evidence = [f"{one.cidr} is of {one.whose}" for one in overlapping[:3]]
    if holders:
        evidence.append(f"it holds addresses of {listed(holders)}")
    inside = [one for one in overlapping if not one.addresses - AddressSet.of(block.cidr)]
    strictly = [one for one in inside if AddressSet.of(block.cidr) - one.addresses]
    patch = NO_PATCH
    if overlapping and len(strictly) == len(overlapping) and not outside_of_them:
        patch = _excepting(policy, rule, place, [one.cidr for one in strictly])
    return Found.of_policy(
        policy,
        f"names {block.cidr}, which holds addresses of the cluster's own pods or Services",
        rule=rule,
        path=_path_of(policy, rule, place),
        evidence=tuple(evidence),
        patch=patch,
        severity=CheckSeverity.LOW if is_wide(block) else None,
    )


def _excepting(policy: Policy, rule: Rule, place: int, cidrs: list[str]) -> Patch:
    """Return the patch by which a block does not hold some addresses."""
    block = rule.peers[place]
    assert isinstance(block, Block)  # noqa: S101  (found as one)
    exceptions = tuple(dict.fromkeys((*block.exceptions, *cidrs)))
    narrowed = Block(AddressSet.of(block.cidr, exceptions), block.cidr, exceptions)
    peers = tuple(narrowed if number == place else each for number, each in enumerate(rule.peers))
    return with_rule(policy, rule, replace(rule, peers=peers))


def _path_of(policy: Policy, rule: Rule, place: int) -> tuple[str | int, ...]:
    fields = ("ipBlock", "cidr") if policy.tier is Tier.NETWORK_POLICY else ()
    return (side_of(rule), place, *fields)


@register_check(
    "NP018",
    title="Egress to the cloud's metadata",
    severity=CheckSeverity.HIGH,
    reason="Whoever can make a pod send a request gets the credentials of its node from there.",
    remedy="Except 169.254.169.254/32 and fd00:ec2::254/128 from the block. Accept it where workloads need their"
    " cloud's identity from there.",
    source="MITRE ATT&CK T1552.005, Cloud Instance Metadata API",
    techniques=("T1552",),
)
@eased_on_platforms(CheckSeverity.HIGH)
def leads_to_metadata(context: CheckContext) -> Iterator[Found]:
    """Find what lets pods connect to the metadata service of clouds: 169.254.169.254 and fd00:ec2::254, at TCP 80.

    A rule is found where its block holds one of the addresses or where it is for everyone, where it opens TCP 80, and
    where the engine says that some workload that it selects gets there. One that only opens TCP 443 does not lead to
    it, and neither does one behind a cluster-wide policy that denies it.

    Of workloads that no NetworkPolicy isolates for egress, there is one finding for each namespace, with severity
    medium: it is one thing more that NP002 and NP003 let happen. Whether the cluster is one of a cloud, and whether
    plugins or hop limits keep pods from it all the same, no manifest says.

    The patch excepts the addresses, and for a rule for everyone writes everyone else. There is none for a rule that
    names nothing but the address, which is there on purpose.
    """
    opened: defaultdict[str, list[str]] = defaultdict(list)
    for workload in context.reachable_workloads:
        isolated = (workload.peer, Direction.EGRESS) in context.isolating
        if not isolated and _reached(context, [workload.peer]) != NO_CONNECTION:
            opened[workload.namespace].append(workload.peer)
    for namespace, names in sorted(opened.items()):
        yield Found.of_namespace(
            context.placed(namespace),
            f"has {count_of(len(names), 'workload')} that no policy keeps from the cloud's metadata",
            evidence=(f"not isolated for egress: {listed(names)}", f"{METADATA[0]} at TCP {_PORT} is allowed"),
            remedy=f"Deny egress by default, and allow what is needed. {TRY_FIRST}",
            patch=context.default_denies.patch(namespace, [Direction.EGRESS]),
            severity=CheckSeverity.MEDIUM,
        )
    for policy in context.policies:
        chosen = [workload.peer for workload, _ in context.selected[policy.ref]]
        for rule in policy.rules if chosen else ():
            if rule.direction is Direction.EGRESS and is_opening(policy, rule):
                yield from _to_metadata(context, policy, rule, chosen)


def _to_metadata(context: CheckContext, policy: Policy, rule: Rule, chosen: list[str]) -> Iterator[Found]:
    if not rule.ports.numbers.contains("TCP", _PORT):
        return
    for place, peer in enumerate(rule.peers):
        held = [one for one in METADATA if _holds(peer, one)]
        shown = _reached(context, chosen, held)
        if shown == NO_CONNECTION:
            continue
        yield Found.of_policy(
            policy,
            f"lets pods connect to the cloud's metadata at {listed(held)} on {ports_words(rule)}",
            rule=rule,
            path=_path_of(policy, rule, place) if isinstance(peer, Block) else (),
            evidence=(
                f"{peer.text} holds {listed(held)}" if isinstance(peer, Block) else "the rule is for everyone",
                f"selects {count_of(len(chosen), 'workload')}: {listed(chosen)}",
            ),
            connection=shown,
            patch=_sparing(policy, rule, place, held),
        )


def _holds(peer: RulePeer, address: str) -> bool:
    return isinstance(peer, Anyone) or (isinstance(peer, Block) and peer.addresses.contains(address))


def _reached(context: CheckContext, names: Iterable[str], addresses: Iterable[str] = METADATA) -> tuple[str, str, str]:
    """Return the connection by which the first of some workloads gets to the metadata; empty texts where none does."""
    wanted = tuple(addresses)
    for name in names:
        for one in context.outside_of.get((name, Direction.EGRESS), ()):
            there = one.dst.addresses
            if there is not None and one.ports.contains("TCP", _PORT):
                for address in wanted:
                    if there.contains(address):
                        return name, address, f"TCP {_PORT}"
    return NO_CONNECTION


def _sparing(policy: Policy, rule: Rule, place: int, held: list[str]) -> Patch:
    peer = rule.peers[place]
    if isinstance(peer, Block):
        return (
            NO_PATCH
            if peer.addresses.single
            else _excepting(policy, rule, place, [str(block_of(one).cidr) for one in held])
        )
    everyone = (
        Pods(EVERYTHING),
        block_of("0.0.0.0/0", [METADATA[0]]),
        block_of("::/0", [METADATA[1]]),
    )
    peers = (*rule.peers[:place], *everyone, *rule.peers[place + 1 :])
    return with_rule(policy, rule, replace(rule, peers=peers))
