"""Representative pods: those of no manifest that a rule's selector would choose (semantics 20-22)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from workbench.connectivity.engine import Engine, Wording
from workbench.inventory import Labels
from workbench.policy import (
    EVERYTHING,
    NAMESPACE_NAME_LABEL,
    Anyone,
    Direction,
    Operator,
    Pods,
    Requirement,
    RulePeer,
    Selector,
    Tier,
)

__all__ = ["ENTIRE_CLUSTER", "Representative", "Representatives"]

_HAS_NAME = Requirement(NAMESPACE_NAME_LABEL, Operator.EXISTS)


@dataclass(frozen=True, slots=True)
class Representative:
    """All pods, also those that are deployed later, that meet two selectors.

    Attributes
    ----------
    namespaces, pods : Selector
        Over namespaces and their pods. Everything in both stands for the entire cluster.
    wording : {"people", "reference"}
        How selectors are written: as kubectl does, or as netpol-analyzer.
    """

    namespaces: Selector
    pods: Selector
    wording: Wording = field(default="people", compare=False)

    @classmethod
    def of(cls, peer: Pods, wording: Wording = "people") -> Representative:
        """Return the pods that a rule's peer means."""
        if isinstance(peer.namespaces, str):
            return cls(Selector.of({NAMESPACE_NAME_LABEL: peer.namespaces}), peer.pods, wording)
        return cls(peer.namespaces, peer.pods, wording)

    @property
    def is_entire_cluster(self) -> bool:
        """Whether it stands for every pod of every namespace."""
        return self == ENTIRE_CLUSTER

    @property
    def namespace(self) -> str:
        """The name of the one namespace that is given by its name alone; else empty."""
        requirements = self.namespaces.requirements
        if (
            len(requirements) == 1
            and requirements == self.namespaces.labels
            and requirements[0].key == NAMESPACE_NAME_LABEL
        ):
            return requirements[0].values[0]
        return ""

    @property
    def namespaces_text(self) -> str:
        """``all namespaces``, ``namespace with {…}``, or the namespace's name."""
        if not self.namespaces.requirements:
            return "all namespaces"
        return self.namespace or f"namespace with {_selector_text(self.namespaces, self.wording)}"

    @property
    def pods_text(self) -> str:
        """``all pods``, or ``pod with {…}``."""
        return f"pod with {_selector_text(self.pods, self.wording)}" if self.pods.requirements else "all pods"

    @property
    def name(self) -> str:
        """As it is printed: ``[namespace with {a=b}]/[all pods]``, or ``entire-cluster`` (semantics 22)."""
        if self.is_entire_cluster:
            return "entire-cluster"
        return f"{self.namespace or f'[{self.namespaces_text}]'}/[{self.pods_text}]"


ENTIRE_CLUSTER = Representative(EVERYTHING, EVERYTHING)

_Key: TypeAlias = tuple[str, str | None]


class Representatives:
    """One representative for each distinct selector of some rule, and which rules select it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._selected: dict[tuple[RulePeer, Tier], Mapping[Representative, None]] = {}

    def selected_by(self, peer: RulePeer, tier: Tier) -> Mapping[Representative, None]:
        """Return the representatives all of whose pods a rule's peer selects, the entire cluster among them."""
        found = self._selected.get((peer, tier))
        if found is None:
            found = self._selected[peer, tier] = dict.fromkeys(self._search(peer, tier))
        return found

    def _search(self, peer: RulePeer, tier: Tier) -> Iterator[Representative]:
        if isinstance(peer, Anyone) or self._holds_newcomers(peer, tier):
            yield ENTIRE_CLUSTER
            yield from self._all
        elif isinstance(peer, Pods):
            wanted = Representative.of(peer, self._engine.semantics.wording)
            if self._meets(ENTIRE_CLUSTER, wanted):
                yield ENTIRE_CLUSTER
            for representative in self._near(wanted):
                if self._meets(representative, wanted):
                    yield representative

    def _holds_newcomers(self, peer: RulePeer, tier: Tier) -> bool:
        """Tell whether a peer is addresses that include those of any pod."""
        places = self._engine.resolver.places
        addresses = places.addresses_of(peer)
        return addresses is not None and places.hold_pods(tier) and places.hold_newcomers(addresses)

    def _meets(self, representative: Representative, wanted: Representative) -> bool:
        """Tell whether all pods that one stands for are among those of the other."""
        if not self._engine.semantics.infer_exposure:
            return _meets_as_written(representative.namespaces, wanted.namespaces) and _meets_as_written(
                representative.pods, wanted.pods
            )
        return representative.pods.implies(wanted.pods) and self._namespaces_meet(representative, wanted.namespaces)

    def _namespaces_meet(self, representative: Representative, wanted: Selector) -> bool:
        labels = self._labels_of(representative)
        if labels is not None:
            return wanted.matches(labels)
        return Selector.of({}, (*representative.namespaces.requirements, _HAS_NAME)).implies(wanted)

    def _labels_of(self, representative: Representative) -> Labels | None:
        """Return the labels of the one namespace that is meant, where it is there."""
        classes = self._engine.classes
        number = classes.group_of_namespace.get(representative.namespace)
        return None if number is None else classes.groups[number].labels

    @cached_property
    def _all(self) -> dict[Representative, None]:
        """Every representative, in the order of its first mention."""
        found: dict[Representative, None] = {}
        for policy in self._engine.policies_in_use:
            for rule in policy.rules:
                for peer in rule.peers:
                    if isinstance(peer, Pods) and not self._is_real(peer, rule.direction, policy.tier):
                        found.setdefault(Representative.of(peer, self._engine.semantics.wording))
        found.pop(ENTIRE_CLUSTER, None)
        return found

    @cached_property
    def _index(self) -> dict[_Key, list[Representative]]:
        """The representatives that mention a label of pods, and those that allow a value of it."""
        found: defaultdict[_Key, list[Representative]] = defaultdict(list)
        for representative in self._all:
            for requirement in representative.pods.requirements:
                found[requirement.key, None].append(representative)
                if requirement.operator is Operator.IN:
                    for value in requirement.values:
                        found[requirement.key, value].append(representative)
        return found

    def _near(self, wanted: Representative) -> Iterable[Representative]:
        """Return the representatives that may meet `wanted`: all but those that say nothing of one of its labels."""
        if not wanted.pods.requirements:  # of a namespace that is there, its name says everything
            return self._all
        requirement = wanted.pods.requirements[0]
        values = requirement.values if requirement.operator is Operator.IN else (None,)
        return dict.fromkeys(found for value in values for found in self._index.get((requirement.key, value), ()))

    def _is_real(self, peer: Pods, direction: Direction, tier: Tier) -> bool:
        """Tell whether a real pod stands for the pods that a rule's peer means (semantics 21).

        It does only where labels alone say which pods the rule means, of the namespace and of the pod:
        such a selector is taken to mean the pod that is there.
        """
        wanted = Representative.of(peer)
        for selector in (wanted.namespaces, wanted.pods):
            if not selector.requirements or selector.expressions:
                return False
        return len(self._engine.ends(peer, direction, tier)) > 0


def _meets_as_written(mine: Selector, wanted: Selector) -> bool:
    """Tell whether labels written in one selector meet the other, as netpol-analyzer sees it.

    Labels are compared; ``matchExpressions`` are met only by a selector that says the same.
    """
    if mine == wanted:
        return True
    return not wanted.expressions and set(wanted.requirements) <= set(mine.labels)


def _selector_text(selector: Selector, wording: Wording) -> str:
    if wording == "people":
        return f"{{{selector}}}"
    texts = [f"{requirement.key}={requirement.values[0]}" for requirement in selector.labels]
    texts.extend(
        sorted(
            f"{{Key:{one.key},Operator:{one.operator.value},Values:[{' '.join(one.written_values)}],}}"
            for one in selector.expressions
        )
    )
    return "{" + ",".join(texts) + "}"
