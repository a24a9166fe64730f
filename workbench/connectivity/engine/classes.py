"""Which pods are the same to any policy that could be written: they are one class.

Two pods are in one class if they share the namespace, all labels, the named container ports, whether
policies apply to them at all, and their place in the address space. No selector can tell them apart, so
a policy that is added later never splits a class; only one with networks that no policy named before
might, see `Places.are_final_with`. What the present policies do not tell apart either is joined once more
where all pairs are computed (`quotient`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.controller_shapes import OTHER
from workbench.connectivity.engine.places import Places
from workbench.connectivity.engine.runs import Indices
from workbench.inventory import POD_NAME, Labels, Objects, PodVariant, Workload

__all__ = ["Classes", "Group", "Indices", "Pod", "classify"]

"""A sorted array of indices, shape (n,), dtype int64."""

SOMEWHERE: Labels = MappingProxyType({"kubernetes.io/metadata.name": "*"})
"""Labels of a namespace of which no more is known than that it has a name; no selector can ask for this one.

The ingress controller is a pod without labels there (semantics 18), as the reference tool has
it: ``namespaceSelector: {}`` selects it, an ipBlock or a selector that asks for a label's value does not.
"""

_NamedPort: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod shape of one workload: what a class is made of.

    Attributes
    ----------
    whole : PodVariant
        The shape of the workload that `shape` is, or is the part of whose pods are in one place.
    """

    workload: Workload
    shape: PodVariant
    whole: PodVariant


@dataclass(frozen=True, slots=True)
class Group:
    """A namespace, and the run of classes that lie in it: ``first`` to ``last - 1``.

    The ingress controller's has no name.
    """

    namespace: str
    labels: Labels
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of a cluster's pods, ordered by namespace.

    Attributes
    ----------
    groups : tuple of Group
    group_of_namespace : mapping of str to int
        Index of the group of each namespace.
    labels : tuple of mapping of str to str
        Labels of each class.
    ports : tuple of frozenset of (name, protocol, number)
        Named container ports of each class.
    isolatable : ndarray of bool, shape (classes,)
    members : tuple of tuple of Pod
        The pods of each class.
    places : ndarray of int64, shape (classes,)
        Where the pods of each class are, as `Places` numbers it.
    controller : int or None
        The class of the ingress controller, which has no members; None where nothing leads in through one.
    """

    groups: tuple[Group, ...]
    group_of_namespace: Mapping[str, int]
    labels: tuple[Labels, ...]
    ports: tuple[frozenset[_NamedPort], ...]
    isolatable: npt.NDArray[np.bool_]
    members: tuple[tuple[Pod, ...], ...]
    places: Indices
    controller: int | None = None

    def __len__(self) -> int:
        return len(self.members)

    def pod_name(self, number: int) -> str:
        """Return the name of the one pod that a class is by the label of a StatefulSet's; empty for any other class."""
        name = self.labels[number].get(POD_NAME, OTHER)
        return "" if name == OTHER else name


_Signature: TypeAlias = tuple[frozenset[tuple[str, str]], frozenset[_NamedPort], bool, int]


def classify(objects: Objects, *, isolate_host_network: bool, places: Places | None = None) -> Classes:
    """Return the classes of all pods in `objects`.

    Parameters
    ----------
    isolate_host_network : bool
        Whether policies apply to pods of the host's network (semantics 7).
    places : Places, optional
        Tells where pods are; a shape whose pods are in several places becomes several. One place without.
    """
    found = _by_signature(objects, isolate_host_network=isolate_host_network, places=places)
    groups: list[Group] = []
    signatures: list[_Signature] = []
    members: list[tuple[Pod, ...]] = []
    for namespace in objects.namespaces:
        alike = found[namespace.name]
        groups.append(Group(namespace.name, namespace.labels, len(members), len(members) + len(alike)))
        signatures.extend(alike)
        members.extend(map(tuple, alike.values()))
    controller = len(members) if objects.ingresses else None
    if controller is not None:
        groups.append(Group("", SOMEWHERE, controller, controller + 1))
        signatures.append((frozenset(), frozenset(), False, 0))
        members.append(())
    return Classes(
        groups=tuple(groups),
        group_of_namespace={group.namespace: number for number, group in enumerate(groups) if group.namespace},
        labels=tuple(pods[0].shape.labels if pods else {} for pods in members),
        ports=tuple(signature[1] for signature in signatures),
        isolatable=np.array([signature[2] for signature in signatures], dtype=np.bool_),
        members=tuple(members),
        places=np.array([signature[3] for signature in signatures], dtype=np.int64),
        controller=controller,
    )


def _by_signature(
    objects: Objects, *, isolate_host_network: bool, places: Places | None
) -> dict[str, dict[_Signature, list[Pod]]]:
    """Return the pods of each namespace, by all that policies can tell them apart by."""
    found: dict[str, dict[_Signature, list[Pod]]] = {
        namespace.name: defaultdict(list) for namespace in objects.namespaces
    }
    for workload in objects.workloads:
        for shape in workload.shapes:
            isolatable = isolate_host_network or not shape.host_network
            labels, ports = frozenset(shape.labels.items()), _named_ports(shape)
            for part, place in ((shape, 0),) if places is None else places.of(shape):
                found[workload.namespace][labels, ports, isolatable, place].append(Pod(workload, part, shape))
    return found


def _named_ports(shape: PodVariant) -> frozenset[_NamedPort]:
    return frozenset((port.name, port.protocol, port.port) for port in shape.ports if port.name)
