"""Which pods can no policy tell apart: they are one class, and everything is computed once per class.

Two pods are in one class if their signatures agree (performance.md, engine 1): the namespace where
policies name it, else only the namespace labels that some selector mentions; their own labels as
far as a selector that can reach them mentions the key, and the value where it is mentioned; the
container ports whose names some policy uses; and whether policies apply to them at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.inventory.model import Objects, PodShape, Workload
from workbench.policy.rules import Pods, Policy
from workbench.policy.selectors import Operator, Selector

__all__ = ["OTHER_VALUE", "Classes", "Group", "Indices", "Mentions", "Pod", "classify", "mentions_of"]

Indices: TypeAlias = npt.NDArray[np.int64]
"""A sorted array of indices, shape (n,), dtype int64."""

OTHER_VALUE = "*"
"""Stands for every value of a label that no selector mentions; no label can have it."""

SOMEWHERE = {"kubernetes.io/metadata.name": OTHER_VALUE}
"""Labels of a namespace of which no more is known than that every namespace has its name for a label.

The ingress controller is a pod without labels there (connectivity.md 18), as the reference tool has
it: ``namespaceSelector: {}`` selects it, an ipBlock or a selector that asks for a label does not.
"""

_NamedPort: TypeAlias = tuple[str, str, int]


@dataclass(slots=True)
class Mentions:
    """The label keys, values and port names that a set of policies speaks of.

    Attributes
    ----------
    anywhere : mapping of key to values
        Mentioned of pods in namespaces given by a selector.
    within : mapping of namespace to mapping of key to values
        Mentioned of the pods of one namespace that is given by name.
    namespaces : mapping of key to values
        Mentioned of namespaces.
    port_names : set of str
    """

    anywhere: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    within: defaultdict[str, defaultdict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    namespaces: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    port_names: set[str] = field(default_factory=set)

    def add(self, policy: Policy) -> None:
        """Add what `policy` mentions."""
        self._add_pods(policy.subject)
        for rule in policy.rules:
            self.port_names.update(port.name for port in rule.ports.named)
            for peer in rule.peers:
                if isinstance(peer, Pods):
                    self._add_pods(peer)

    def _add_pods(self, peer: Pods) -> None:
        if isinstance(peer.namespaces, str):
            _add_selector(self.within[peer.namespaces], peer.pods)
        else:
            _add_selector(self.namespaces, peer.namespaces)
            _add_selector(self.anywhere, peer.pods)


def mentions_of(policies: Iterable[Policy]) -> Mentions:
    """Return what `policies` mention."""
    mentions = Mentions()
    for policy in policies:
        mentions.add(policy)
    return mentions


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod shape of one workload: what a class is made of."""

    workload: Workload
    shape: PodShape


@dataclass(frozen=True, slots=True)
class Group:
    """Namespaces that no selector can tell apart, and the run of classes that lie in them.

    Attributes
    ----------
    namespace : str
        The one namespace, where policies name it; else empty.
    labels : mapping of str to str
        Mentioned labels only; `OTHER_VALUE` where the value is not mentioned.
    first, last : int
        Its classes are ``first`` to ``last - 1``.
    """

    namespace: str
    labels: Mapping[str, str]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of a cluster's pods, ordered by group.

    Attributes
    ----------
    groups : tuple of Group
    group_of_namespace : mapping of str to int
        Index of the group of each namespace.
    labels : tuple of mapping of str to str
        Mentioned labels of each class.
    ports : tuple of frozenset of (name, protocol, number)
        Ports of each class whose names are mentioned.
    isolatable : ndarray of bool, shape (classes,)
    members : tuple of tuple of Pod
        The pods of each class.
    controller : int or None
        The class of the ingress controller, which has no members; None where nothing leads in through one.
    """

    groups: tuple[Group, ...]
    group_of_namespace: Mapping[str, int]
    labels: tuple[Mapping[str, str], ...]
    ports: tuple[frozenset[_NamedPort], ...]
    isolatable: npt.NDArray[np.bool_]
    members: tuple[tuple[Pod, ...], ...]
    controller: int | None = None

    def __len__(self) -> int:
        return len(self.members)


_LabelSignature: TypeAlias = tuple[tuple[str, str], ...]
_Signature: TypeAlias = tuple[_LabelSignature, frozenset[_NamedPort], bool]


def classify(objects: Objects, mentions: Mentions, *, isolate_host_network: bool) -> Classes:
    """Return the classes of all pods in `objects`.

    Parameters
    ----------
    isolate_host_network : bool
        Whether policies apply to pods of the host's network (connectivity.md 7).
    """
    group_members = _group_namespaces(objects, mentions)
    by_namespace: defaultdict[str, list[Pod]] = defaultdict(list)
    for workload in objects.workloads:
        by_namespace[workload.namespace].extend(Pod(workload, shape) for shape in workload.shapes)

    groups: list[Group] = []
    group_of_namespace: dict[str, int] = {}
    signatures: list[_Signature] = []
    members: list[tuple[Pod, ...]] = []
    for (name, labels), namespaces in group_members.items():
        found: defaultdict[_Signature, list[Pod]] = defaultdict(list)
        keys = [mentions.anywhere, mentions.within[name]] if name in mentions.within else [mentions.anywhere]
        for namespace in namespaces:
            group_of_namespace[namespace] = len(groups)
            for pod in by_namespace[namespace]:
                found[
                    _signature(pod.shape, keys, mentions.port_names, isolate_host_network=isolate_host_network)
                ].append(pod)
        first = len(members)
        signatures.extend(found)
        members.extend(tuple(pods) for pods in found.values())
        groups.append(Group(name, dict(labels), first, len(members)))
    controller = len(members) if objects.ingresses else None
    if controller is not None:
        groups.append(Group("", dict(_restrict(SOMEWHERE, [mentions.namespaces])), controller, controller + 1))
        signatures.append(((), frozenset(), False))
        members.append(())
    return Classes(
        groups=tuple(groups),
        group_of_namespace=group_of_namespace,
        labels=tuple(dict(signature[0]) for signature in signatures),
        ports=tuple(signature[1] for signature in signatures),
        isolatable=np.array([signature[2] for signature in signatures], dtype=np.bool_),
        members=tuple(members),
        controller=controller,
    )


def _group_namespaces(objects: Objects, mentions: Mentions) -> Mapping[tuple[str, _LabelSignature], list[str]]:
    """Return the namespaces of each group, keyed by the named namespace (or "") and its mentioned labels."""
    found: defaultdict[tuple[str, _LabelSignature], list[str]] = defaultdict(list)
    for namespace in objects.namespaces:
        name = namespace.name if namespace.name in mentions.within else ""
        found[name, _restrict(namespace.labels, [mentions.namespaces])].append(namespace.name)
    return found


def _signature(
    shape: PodShape, keys: list[defaultdict[str, set[str]]], port_names: set[str], *, isolate_host_network: bool
) -> _Signature:
    ports = frozenset((port.name, port.protocol, port.port) for port in shape.ports if port.name in port_names)
    return _restrict(shape.labels, keys), ports, isolate_host_network or not shape.host_network


def _restrict(labels: Mapping[str, str], mentioned: list[defaultdict[str, set[str]]]) -> _LabelSignature:
    return tuple(sorted(_mentioned_labels(labels, mentioned)))


def _mentioned_labels(
    labels: Mapping[str, str], mentioned: list[defaultdict[str, set[str]]]
) -> Iterator[tuple[str, str]]:
    for key, value in labels.items():
        if any(key in keys for keys in mentioned):
            yield key, value if any(value in keys.get(key, ()) for keys in mentioned) else OTHER_VALUE


def _add_selector(mentioned: defaultdict[str, set[str]], selector: Selector) -> None:
    for requirement in selector.requirements:
        mentioned[requirement.key].update(requirement.values)
        if requirement.operator in {Operator.EXISTS, Operator.DOES_NOT_EXIST}:
            mentioned[requirement.key]
