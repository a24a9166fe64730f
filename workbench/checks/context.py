"""What a check is given: the cluster, what is allowed in it, what was seen, what is normal, and what is declared.

What several checks ask for is worked out once, when the first of them asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from workbench.checks.attack_paths import AttackPaths
from workbench.checks.declared import NOTHING_DECLARED, DeclaredFacts
from workbench.checks.default_deny import DefaultDenies
from workbench.checks.registry import Fact
from workbench.checks.resolver import Resolver
from workbench.checks.tiers import Closed, closed_by, selects_all
from workbench.checks.ways_in import WayIn, ways_in
from workbench.connectivity import Connection, Connectivity, Crowds, Findings, Standing, empty, sanity, unmatched
from workbench.ground import LINK_LOCAL, NO_PORTS, PRIVATE, PortSet, Progress, no_progress
from workbench.inventory import Cluster, Ingress, Namespace, PodVariant, Subjects, Workload
from workbench.manifests import Manifest, Source
from workbench.policy import Direction, LeftOut, Pods, Policy, Selector, Tier, is_policy

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.checks.corporate import CorporateRule
    from workbench.flows import Flows, Judgement

__all__ = ["CheckContext"]

CONTROLLER: Final = "IngressController"
"""The kind of the end that requests through an Ingress come from."""

_NETWORK_POLICY: Final = "NetworkPolicy"


@dataclass(frozen=True)
class CheckContext:
    """What a check works with.

    Attributes
    ----------
    connectivity : Connectivity
    flows : Flows or None
    baselines : Baselines or None
    declared : DeclaredFacts
    corporate : tuple of CorporateRule or None
        None where none were given.
    now : datetime or None
        When it is asked; None where that is of no matter.
    progress : Progress
        Called as the work goes on; it may raise, and that stops the work.
    """

    connectivity: Connectivity
    flows: Flows | None = None
    baselines: Baselines | None = None
    declared: DeclaredFacts = NOTHING_DECLARED
    corporate: tuple[CorporateRule, ...] | None = None
    now: datetime | None = None
    progress: Progress = no_progress

    @property
    def cluster(self) -> Cluster:
        """The cluster, with its typed objects."""
        return self.connectivity.cluster

    @cached_property
    def facts(self) -> frozenset[Fact]:
        """What there is beside the cluster."""
        given = {
            Fact.FLOWS: self.flows is not None,
            Fact.BASELINES: self.baselines is not None,
            Fact.CORPORATE_RULES: self.corporate is not None,
            Fact.CNI: self.declared.enforced is not None,
            Fact.TENANTS: bool(self.declared.tenant_label),
        }
        return frozenset(fact for fact, known in given.items() if known)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies that count in answers, of all tiers."""
        return self.cluster.objects.policies

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The policies that were written and take no part in answers."""
        return self.cluster.objects.left_out

    @cached_property
    def network_policies(self) -> tuple[Policy, ...]:
        """The policies of the tier of NetworkPolicy."""
        return tuple(one for one in self.policies if one.tier is Tier.NETWORK_POLICY)

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """All workloads."""
        return self.cluster.objects.workloads

    @cached_property
    def reachable_workloads(self) -> tuple[Workload, ...]:
        """The workloads with pods that policies can be about: living ones with a network of their own."""
        return tuple(one for one in self.workloads if policed_shapes(one))

    @cached_property
    def workloads_of(self) -> Mapping[str, tuple[Workload, ...]]:
        """The workloads of each namespace that policies can be about."""
        found: defaultdict[str, list[Workload]] = defaultdict(list)
        for one in self.reachable_workloads:
            found[one.namespace].append(one)
        return {name: tuple(listed) for name, listed in found.items()}

    @cached_property
    def namespaces(self) -> Mapping[str, Namespace]:
        """The namespaces by name."""
        return {one.name: one for one in self.cluster.objects.namespaces}

    @cached_property
    def subjects(self) -> Subjects:
        """Says of the subjects of policies which pods they are."""
        return Subjects(self.workloads, self.cluster.objects.namespaces)

    @cached_property
    def selected(self) -> Mapping[str, tuple[tuple[Workload, tuple[PodVariant, ...]], ...]]:
        """The workloads that each policy selects, by its ref, with the kinds of their pods that it selects."""
        return {
            policy.ref: tuple((workload, tuple(shapes)) for workload, shapes in self.subjects.chosen(policy.subject))
            for policy in self.policies
        }

    @cached_property
    def isolating(self) -> Mapping[tuple[str, Direction], tuple[Policy, ...]]:
        """The NetworkPolicies that isolate some pods of a workload in a direction, by the workload's name."""
        found: defaultdict[tuple[str, Direction], list[Policy]] = defaultdict(list)
        for policy in self.network_policies:
            for workload, _ in self.selected[policy.ref]:
                for direction in policy.isolates:
                    found[workload.peer, direction].append(policy)
        return {key: tuple(listed) for key, listed in found.items()}

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """What is known of the protection of each workload, by its name."""
        return {one.peer.name: one for one in self.connectivity.standings()}

    @cached_property
    def faults(self) -> Findings:
        """The policies and rules without effect, as the engine proves it."""
        return sanity(self.connectivity, progress=self.progress)

    @cached_property
    def judged(self) -> Judgement | None:
        """How each edge that was seen stands to what is allowed; None without flows."""
        if self.flows is None:
            return None
        from workbench.flows import judge  # noqa: PLC0415  (it brings ibis)

        self.progress("flows are counted", 0, None)
        return judge(self.connectivity, self.flows)

    @cached_property
    def outside(self) -> Sequence[Connection]:
        """Every allowed connection from or to what is outside."""
        return self.connectivity.outside_connections()

    @cached_property
    def written(self) -> Mapping[str, Manifest]:
        """The manifest that each policy was read from, by its ref; nothing of one that was added as a value since."""
        found: dict[tuple[Source, str, str], Manifest] = {
            (one.source, one.any_name, one.namespace): one for one in self.cluster.objects.manifests if is_policy(one)
        }
        there = (*self.policies, *(one.policy for one in self.left_out))
        read = (
            (
                policy.ref,
                found.get((policy.source, policy.name, policy.namespace))
                or found.get((policy.source, policy.name, "")),
            )
            for policy in there
        )
        return {ref: manifest for ref, manifest in read if manifest is not None}

    @cached_property
    def specs(self) -> Mapping[str, Mapping[str, Any]]:
        """What is written of each NetworkPolicy under ``spec``, by its ref; nothing of policies of other kinds."""
        read = ((one.ref, self.written.get(one.ref)) for one in self.network_policies if one.kind == _NETWORK_POLICY)
        found = ((ref, manifest.content.get("spec")) for ref, manifest in read if manifest is not None)
        return {ref: spec for ref, spec in found if isinstance(spec, Mapping)}

    def members(self, pods: Pods) -> tuple[Workload, ...]:
        """Return the workloads of which selectors choose some pods that policies can be about.

        Parameters
        ----------
        pods : Pods
        """
        found = self._members.get(pods)
        if found is None:
            found = tuple(workload for workload, _ in self.subjects.chosen(pods))
            self._members[pods] = found
        return found

    @cached_property
    def _members(self) -> dict[Pods, tuple[Workload, ...]]:
        return {}

    @cached_property
    def ways_in(self) -> Mapping[str, tuple[WayIn, ...]]:
        """What leads to each workload from outside of the cluster, by its name."""
        return ways_in(self.cluster.objects, self.workloads_of)

    def placed(self, name: str) -> Namespace:
        """Return a namespace that has workloads; written where its first workload is, where no manifest declares it.

        Parameters
        ----------
        name : str
        """
        namespace = self.namespaces[name]
        return namespace if namespace.source.file else replace(namespace, source=self.workloads_of[name][0].source)

    def label_values(self, namespaces: Selector | str) -> Mapping[str, Sequence[str]] | None:
        """Return which values the labels of pods have in some namespaces, sorted; None where no pods there were read.

        Parameters
        ----------
        namespaces : Selector or str
        """
        if namespaces not in self._label_values:
            there = [
                shape
                for name, workloads in self.workloads_of.items()
                if name == namespaces or self.subjects.has(name, namespaces)
                for one in workloads
                for shape in one.shapes
            ]
            found: defaultdict[str, set[str]] = defaultdict(set)
            for shape in there:
                for key, value in shape.labels.items():
                    found[key].add(value)
            values = {key: sorted(each) for key, each in found.items()}
            self._label_values[namespaces] = values if there else None
        return self._label_values[namespaces]

    @cached_property
    def _label_values(self) -> dict[Selector | str, Mapping[str, Sequence[str]] | None]:
        return {}

    @cached_property
    def exposed(self) -> tuple[Workload, ...]:
        """The workloads that something leads to from outside, and whose policies let those clients in."""
        open_ = {one.dst.name.removesuffix(one.dst.shape) for one in self.outside if one.src.kind == CONTROLLER}
        clients = self._clients
        return tuple(
            one
            for one in self.reachable_workloads
            if any(
                one.peer in open_ if isinstance(way.through, Ingress) else clients.get(one.peer, NO_PORTS) & way.ports
                for way in self.ways_in.get(one.peer, ())
            )
        )

    @cached_property
    def _clients(self) -> Mapping[str, PortSet]:
        """What addresses of the internet may send to each workload, by its name."""
        found: dict[str, PortSet] = {}
        for one in self.outside:
            if one.src.addresses is not None and one.src.addresses - PRIVATE - LINK_LOCAL:
                name = one.dst.name.removesuffix(one.dst.shape)
                found[name] = found.get(name, NO_PORTS) | one.ports
        return found

    @cached_property
    def attack_paths(self) -> AttackPaths:
        """The ways of an attacker from workload to workload."""
        return AttackPaths(self.crowds)

    @cached_property
    def crowds(self) -> Crowds:
        """What is allowed between workloads that policies treat alike."""
        return self.connectivity.crowds()

    @cached_property
    def selecting_nothing(self) -> Findings:
        """The policies that select nothing, and the rules or peers that match nothing: a small part of `faults`."""
        return Findings((*empty(self.connectivity).items, *unmatched(self.connectivity).items), (self.connectivity,))

    @cached_property
    def policies_of(self) -> Mapping[str, tuple[Policy, ...]]:
        """The policies of all tiers that select some pods of each workload, by its name."""
        found: defaultdict[str, list[Policy]] = defaultdict(list)
        for policy in self.policies:
            for workload, _ in self.selected[policy.ref]:
                found[workload.peer].append(policy)
        return {name: tuple(listed) for name, listed in found.items()}

    @cached_property
    def cluster_wide(self) -> tuple[Policy, ...]:
        """The policies of the tiers before and behind that of NetworkPolicy."""
        return tuple(one for one in self.policies if one.tier is not Tier.NETWORK_POLICY)

    @cached_property
    def backstops(self) -> Mapping[tuple[str, Direction], tuple[Policy, ...]]:
        """The NetworkPolicies that isolate all pods of a namespace in a direction, those that come later, too."""
        found: defaultdict[tuple[str, Direction], list[Policy]] = defaultdict(list)
        for policy in self.network_policies:
            if selects_all(policy.subject.pods):
                for direction in policy.isolates:
                    found[policy.namespace, direction].append(policy)
        return {key: tuple(listed) for key, listed in found.items()}

    @cached_property
    def closed_namespaces(self) -> Mapping[tuple[str, Direction], Closed]:
        """What cluster-wide policies deny to all pods of each namespace, those that come later, too."""
        whole = [one for one in self.cluster_wide if selects_all(one.subject.pods)]
        found: dict[tuple[str, Direction], Closed] = {}
        for name in self.workloads_of if whole else ():
            mine = [one for one in whole if self.subjects.has(name, one.subject.namespaces)]
            for direction in Direction:
                found[name, direction] = closed_by(mine, direction)
        return found

    @cached_property
    def closed_workloads(self) -> Mapping[tuple[str, Direction], Closed]:
        """What cluster-wide policies deny to all pods that there are of each workload, by its name."""
        listed: defaultdict[str, list[Policy]] = defaultdict(list)
        for policy in self.cluster_wide:
            for workload, shapes in self.selected[policy.ref]:
                if len(shapes) == len(policed_shapes(workload)):
                    listed[workload.peer].append(policy)
        known: dict[tuple[tuple[str, ...], Direction], Closed] = {}
        found: dict[tuple[str, Direction], Closed] = {}
        for name, policies in listed.items():
            refs = tuple(one.ref for one in policies)
            for direction in Direction:
                if (refs, direction) not in known:
                    known[refs, direction] = closed_by(policies, direction)
                found[name, direction] = known[refs, direction]
        return found

    @cached_property
    def standings_of(self) -> Mapping[str, tuple[Standing, ...]]:
        """What is known of each workload, or of each kind of its pods where policies tell them apart, by its name."""
        found: defaultdict[str, list[Standing]] = defaultdict(list)
        for one in self.standings.values():
            found[one.workload.peer].append(one)
        return {name: tuple(listed) for name, listed in found.items()}

    @cached_property
    def resolver(self) -> Resolver:
        """Who answers for names in the cluster."""
        return Resolver.of(self.cluster)

    @cached_property
    def default_denies(self) -> DefaultDenies:
        """The policies that deny by default, as patches have them."""
        return DefaultDenies(self.resolver, self.taken)

    @cached_property
    def taken(self) -> frozenset[str]:
        """The names that policies have, as `Policy.ref` gives them."""
        return frozenset({*(one.ref for one in self.policies), *(one.ref for one in self.left_out)})

    @cached_property
    def outside_of(self) -> Mapping[tuple[str, Direction], tuple[Connection, ...]]:
        """What each workload may receive from outside, and send there, by its name."""
        found: defaultdict[tuple[str, Direction], list[Connection]] = defaultdict(list)
        for one in self.outside:
            if one.src.addresses is not None:
                found[one.dst.name.removesuffix(one.dst.shape), Direction.INGRESS].append(one)
            elif one.dst.addresses is not None:
                found[one.src.name.removesuffix(one.src.shape), Direction.EGRESS].append(one)
        return {key: tuple(listed) for key, listed in found.items()}

    def passing(self, src: str, dst: str, ports: PortSet) -> PortSet:
        """Return what rules let through from one workload to another, of some ports, between any kinds of their pods.

        Parameters
        ----------
        src, dst : str
            Names of workloads of which policies restrict at least one.
        ports : PortSet
        """
        ends = [self.standings_of.get(name, ()) for name in (src, dst)]
        pairs = [Connection(one.peer, other.peer, ports) for one in ends[0] for other in ends[1]]
        found = self.connectivity.rules_allowing(pairs)
        return PortSet.union_of(decision.ports for decisions in found for decision in decisions)


def policed_shapes(workload: Workload) -> tuple[PodVariant, ...]:
    """Return the kinds of pods of a workload that policies can be about.

    Parameters
    ----------
    workload : Workload
    """
    return tuple(one for one in workload.shapes if not (one.host_network or one.finished))
