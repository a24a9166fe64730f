"""Policies as Red Hat ACS generates them, from flows or from baselines, without its hazards (rhacs-generator)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from workbench.generate.draft import Draft, Drafts, RuleKey, network_policy
from workbench.generate.generated import BASELINE, RHACS
from workbench.generate.naming import policy_name
from workbench.generate.needs import Basis, LeftOutNeed, Need, WhyLeftOut
from workbench.generate.peers import is_on_host
from workbench.generate.registry import strategy
from workbench.generate.selectors import living
from workbench.ground import (
    ALL_PORTS,
    EXTERNAL_ENTITIES,
    INTERNAL_ENTITIES,
    LINK_LOCAL,
    OUTSIDE,
    PRIVATE,
    ArgumentError,
    PortSet,
    ProblemLog,
    addresses_named,
)
from workbench.inventory import GENERATED_KEYS, ServiceDirectory, ingress_targets
from workbench.policy import (
    NAMESPACE_NAME_LABEL,
    Anyone,
    Direction,
    Metadata,
    Pods,
    PortMatch,
    Rule,
    RulePeer,
    Selector,
    Tier,
)

if TYPE_CHECKING:
    from workbench.generate.context import Context
    from workbench.inventory import Workload

__all__ = ["rhacs", "rhacs_baseline"]

_PROTECTED: Final = re.compile(r"kube.|openshift.*|redhat.*|istio-system$")
_EXPOSING: Final = ("NodePort", "LoadBalancer")
_NUMBERED: Final = ("TCP", "UDP")
_Bucket: TypeAlias = "tuple[str, int]"
"""Protocol and port; both empty where ports do not count."""
_EVERY_PORT: Final[_Bucket] = ("", 0)


def _is_protected(namespace: str) -> bool:
    """Tell of which namespaces Red Hat ACS generates nothing (rhacs-generator G5)."""
    return namespace == "stackrox" or (namespace != "openshift-operators" and _PROTECTED.match(namespace) is not None)


class _Source(NamedTuple):
    """A client of a workload.

    Attributes
    ----------
    name : str
    bucket : (str, int)
    need : Need
    """

    name: str
    bucket: _Bucket
    need: Need


@strategy("rhacs", protected=_is_protected)
def rhacs(
    context: Context,
    *,
    include_ports: bool = True,
    since: str = "",
    delete_existing: Literal["none", "generated-only", "all"] = "none",
) -> Drafts:
    """Admit the clients that were seen of each workload, as Red Hat ACS does: ingress alone, egress stays open.

    Parameters
    ----------
    include_ports : bool
        Whether rules have ports; without, a client may call all ports of a workload.
    since : str
        Only flows that were last seen then or later, as ``2026-11-19T08:00:00Z``; all flows where it is empty.
    delete_existing : {"none", "generated-only", "all"}
        Which policies are removed, and take no part: none, those that Red Hat ACS generated, or all.
    """
    if context.flows is None:
        message = "the strategy rhacs makes policies of flows, and there are none"
        raise ArgumentError(message, "give flows, or use the strategy rhacs-baseline")
    replaced = _replaced(context, delete_existing)
    moment = _moment(since)
    # What has no end is still going on.
    needs = [one for one in context.needs if moment is None or one.last_seen is None or one.last_seen >= moment]
    made = _Generator(context, include_ports, Metadata.of(dict([RHACS])), "stackrox-generated-{}")
    found = made.policies(needs, _isolated(context, replaced), exposure=True)
    return found._replace(replaces=tuple(replaced), left_out=(*context.needed_left_out, *found.left_out))


@strategy("rhacs-baseline", protected=_is_protected)
def rhacs_baseline(context: Context, *, include_ports: bool = True) -> Drafts:
    """Admit the clients that the baseline of each workload knows, as Red Hat ACS does: ingress alone.

    Parameters
    ----------
    include_ports : bool
        Whether rules have ports; without, a client may call all ports of a workload.
    """
    if context.baselines is None:
        message = "the strategy rhacs-baseline makes policies of baselines, and there are none"
        raise ArgumentError(message, "learn baselines first")
    known = set(context.baselines.heads)
    missing = [
        LeftOutNeed(WhyLeftOut.NOTHING_SEEN, one.peer, "it has no baseline")
        for one in context.workloads
        if one.peer not in known
    ]
    there = {one.peer for one in context.cluster.objects.workloads}
    needs = [one for one in context.needs if one.basis is Basis.BASELINE]
    gone = [one for one in needs if _is_workload(one.src) and one.src not in there]
    made = _Generator(context, include_ports, Metadata.of(dict([BASELINE])), "stackrox-baseline-generated-{}")
    found = made.policies(
        [one for one in needs if one not in gone],
        {one.peer: "" for one in context.workloads if one.peer not in known},
        exposure=False,
    )
    deleted = [LeftOutNeed.of(WhyLeftOut.UNRESOLVED, one, f"{one.src} is no longer there") for one in gone]
    return found._replace(
        # What is there already is replaced, so that there is one policy for each workload (rhacs-generator B4).
        replaces=tuple(one.ref for one in found.drafts),
        left_out=(*context.needed_left_out, *missing, *deleted, *found.left_out),
    )


def _is_workload(name: str) -> bool:
    return name.endswith("]") and "/" in name


def _moment(since: str) -> datetime | None:
    if not since:
        return None
    try:
        found = datetime.fromisoformat(since)
    except ValueError as error:
        message = f"{since!r:.40} is not a valid time"
        raise ArgumentError(message, "write it as 2026-11-19T08:00:00Z") from error
    if found.tzinfo is None:
        message = f"{since!r:.40} does not say its time zone"
        raise ArgumentError(message, f"write {since}Z for UTC")
    return found


def _replaced(context: Context, which: str) -> list[str]:
    """Return the refs of policies that are to be removed, of the whole cluster (rhacs-generator G14)."""
    if which == "none":
        return []
    policies = [one for one in context.cluster.objects.policies if one.tier is Tier.NETWORK_POLICY]
    return [
        one.ref
        for one in policies
        if not context.is_protected(one.namespace) and (which == "all" or RHACS[0] in dict(one.metadata.labels))
    ]


def _isolated(context: Context, replaced: Iterable[str]) -> dict[str, str]:
    """Return the workloads that a policy isolates already for ingress, with the first of these (rhacs-generator G5)."""
    out = set(replaced)
    found: dict[str, str] = {}
    for policy in context.cluster.objects.policies:
        if policy.ref in out or policy.tier is not Tier.NETWORK_POLICY or Direction.INGRESS not in policy.isolates:
            continue
        for name in context.labels.chosen_by(policy.namespace, policy.subject.pods):
            found.setdefault(name, policy.ref)
    return found


@dataclass(frozen=True)
class _Generator:
    """Makes policies of the clients of workloads.

    Attributes
    ----------
    context : Context
    include_ports : bool
    metadata : Metadata
    name : str
        With ``{}`` for that of the workload.
    """

    context: Context
    include_ports: bool
    metadata: Metadata
    name: str

    def policies(self, needs: Iterable[Need], taken: Mapping[str, str], *, exposure: bool) -> Drafts:
        """Return a policy for each workload that is asked about, but for those that are `taken`."""
        listed = tuple(needs)
        clients: defaultdict[str, list[Need]] = defaultdict(list)
        for need in listed:
            clients[need.dst].append(need)
        exposed = _exposed(self.context) if exposure else {}
        names = Counter((one.namespace, one.name) for one in self.context.workloads)
        drafts: list[Draft] = []
        left_out: list[LeftOutNeed] = []
        for workload in self.context.workloads:
            if workload.peer in taken:
                if taken[workload.peer]:
                    left_out.append(LeftOutNeed(WhyLeftOut.HAS_POLICY, workload.peer, taken[workload.peer]))
            elif is_on_host(workload):
                left_out.append(LeftOutNeed(WhyLeftOut.HOST_NETWORK, workload.peer))
            elif (selector := _pods_of(self.context, workload)) is None:
                left_out.append(LeftOutNeed(WhyLeftOut.NO_LABELS, workload.peer))
            else:
                doubled = names[workload.namespace, workload.name] > 1
                name = f"{workload.name}-{workload.kind.lower()}" if doubled else workload.name
                sources = [_Source(one.src, self._bucket(one), one) for one in clients[workload.peer]]
                drafts.append(
                    self._draft(
                        workload, self.name.format(name), selector, sources, exposed.get(workload.peer, {}), left_out
                    )
                )
        return Drafts(tuple(drafts), tuple(left_out), needs=listed)

    def _bucket(self, need: Need) -> _Bucket:
        protocol, port, _ = need.ports.intervals[0]
        if not self.include_ports:
            return _EVERY_PORT
        return (protocol, port) if protocol in _NUMBERED else (protocol, 0)

    def _draft(
        self,
        workload: Workload,
        name: str,
        selector: Selector,
        sources: list[_Source],
        exposed: Mapping[_Bucket, str],
        left_out: list[LeftOutNeed],
    ) -> Draft:
        open_to_all = exposed if self.include_ports or not exposed else {_EVERY_PORT: next(iter(exposed.values()))}
        rules: list[Rule] = []
        reasons: dict[RuleKey, tuple[Need, ...]] = {}
        anywhere: dict[RuleKey, str] = {}
        for bucket in sorted({one.bucket for one in sources} | set(open_to_all)):
            mine = [one for one in sources if one.bucket == bucket]
            peers, why = self._peers(workload, mine, open_to_all.get(bucket, ""), left_out)
            if not peers:
                subject = f"{workload.peer} : {_written(bucket)}"
                left_out.append(LeftOutNeed(WhyLeftOut.EMPTY_PEERS, subject, "none of its clients is known"))
                continue
            key = (Direction.INGRESS, len(rules))
            rules.append(Rule(Direction.INGRESS, len(rules), peers, PortMatch(_ports(bucket))))
            reasons[key] = tuple(one.need for one in mine)
            if why:
                anywhere[key] = why
        policy = network_policy(
            workload.namespace, policy_name(name), selector, [Direction.INGRESS], rules, metadata=self.metadata
        )
        because = "" if rules else "no client was seen"
        return Draft(
            policy, frozenset({workload.peer}), MappingProxyType(reasons), MappingProxyType(anywhere), because=because
        )

    def _peers(
        self, workload: Workload, sources: list[_Source], exposed: str, left_out: list[LeftOutNeed]
    ) -> tuple[tuple[RulePeer, ...], str]:
        """Return the peers of a bucket, and why it is for everyone, where it is (rhacs-generator G9, G13)."""
        outside = sorted({one.name for one in sources if self._is_outside(one)})
        if exposed or outside:
            return (Anyone(),), exposed or f"clients outside were seen: {', '.join(outside)}"
        found: dict[RulePeer, None] = {}
        for one in sources:
            peer = self._peer(workload, one.name)
            if peer is None:
                left_out.append(LeftOutNeed.of(WhyLeftOut.UNRESOLVED, one.need, f"no labels are known of {one.name}"))
            else:
                found[peer] = None
        return tuple(found), ""

    def _is_outside(self, source: _Source) -> bool:
        if source.need.blocks or source.name in {EXTERNAL_ENTITIES, OUTSIDE}:
            return True
        if source.name == INTERNAL_ENTITIES:
            return False
        addresses = addresses_named(source.name)
        return addresses is not None and bool(addresses - (PRIVATE | LINK_LOCAL))

    def _peer(self, workload: Workload, name: str) -> Pods | None:
        client = self.context.ends.workloads.get(name)
        if client is None or is_on_host(client):
            return None
        selector = _pods_of(self.context, client)
        if selector is None:
            return None
        if client.namespace == workload.namespace:
            return Pods(workload.namespace, selector)
        # Red Hat ACS looks for three labels; the first of them is one that every namespace has (rhacs-generator G10).
        return Pods(Selector.of({NAMESPACE_NAME_LABEL: client.namespace}), selector)


def _pods_of(context: Context, workload: Workload) -> Selector | None:
    """Return the selector of the workload itself, else the labels of its pods; None without (rhacs-generator G7)."""
    written = context.labels.owner_selector(workload)
    if written is not None and not any(one.key in GENERATED_KEYS for one in written.requirements):
        return written
    common = set.intersection(*(set(shape.labels.items()) for shape in living(workload)))
    # Red Hat ACS takes the labels of the template, which lacks what controllers give to the pods of one run.
    lasting = {key: value for key, value in common if key not in GENERATED_KEYS}
    return Selector.of(lasting) if lasting else None


def _exposed(context: Context) -> dict[str, dict[_Bucket, str]]:
    """Return which ports of workloads are exposed, by NodePorts, load balancers and Routes, and by what."""
    found: defaultdict[str, dict[_Bucket, str]] = defaultdict(dict)
    objects = context.cluster.objects
    directory = ServiceDirectory.of(objects)
    for service in objects.services:
        call = directory.find(f"{service.namespace}/{service.name}[Service]") if service.type in _EXPOSING else None
        for workload in objects.workloads if call is not None else ():
            for shape in living(workload):
                if call is not None and call.selects(workload.namespace, shape):
                    for bucket in _buckets(call.pod_ports(shape)):
                        found[workload.peer][bucket] = f"{call.ref} of type {service.type} exposes it"
    for target in ingress_targets(objects, ProblemLog()):
        if target.ingress.kind == "Route":
            for bucket in _buckets(target.ports):
                found[target.workload.peer].setdefault(bucket, f"{target.ingress.ref} exposes it")
    return found


def _buckets(ports: PortSet) -> Iterator[_Bucket]:
    for protocol, first, last in ports.intervals:
        for port in range(first, last + 1):
            yield (protocol, port) if protocol in _NUMBERED else (protocol, 0)


def _ports(bucket: _Bucket) -> PortSet:
    """Return the ports of a rule: all where the protocol is neither TCP nor UDP (rhacs-generator G11)."""
    protocol, port = bucket
    return PortSet.of(protocol, port) if port else ALL_PORTS


def _written(bucket: _Bucket) -> str:
    return f"{bucket[0]} {bucket[1] or 'all ports'}" if bucket[0] else "all ports"
