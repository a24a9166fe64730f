"""What is it that is selected: a workload, a pair, an address, or something that nothing is known of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from workbench.ground import addresses_named, count_of

if TYPE_CHECKING:
    from workbench.inventory import Workload
    from workbench.panels.frame import Selection

__all__ = ["CONTROLLER", "NODE", "SERVICE", "Subject", "SubjectKind", "kind_of_end", "subject_of"]

CONTROLLER = "{ingress-controller}"
NODE = "[Node]"
SERVICE = "[Service]"


class SubjectKind(StrEnum):
    """What is selected."""

    NOTHING = "nothing"
    WORKLOAD = "workload"
    WORKLOADS = "workloads"
    NAMESPACES = "namespaces"
    EDGE = "connection"
    ADDRESS = "addresses outside"
    CONTROLLER = "ingress controller"
    NODE = "node"
    SERVICE = "service"
    SEEN = "seen in flows only"
    UNKNOWN = "not in the cluster"


@dataclass(frozen=True)
class Subject:
    """What is selected.

    Attributes
    ----------
    kind : SubjectKind
    names : tuple of str
        The one or more ends, or the namespaces; of a connection its source and its destination.
    """

    kind: SubjectKind
    names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The first, or only, of the names; empty without one."""
        return self.names[0] if self.names else ""

    @property
    def edge(self) -> tuple[str, str] | None:
        """Source and destination, where a connection is selected."""
        return (self.names[0], self.names[1]) if self.kind is SubjectKind.EDGE else None

    @property
    def title(self) -> str:
        """What it is called in a heading."""
        match self.kind:
            case SubjectKind.NOTHING:
                return "Nothing is selected"
            case SubjectKind.EDGE:
                return " → ".join(self.names)
            case SubjectKind.WORKLOADS:
                return f"{count_of(len(self.names), 'workload')} selected"
            case SubjectKind.NAMESPACES if len(self.names) > 1:
                return count_of(len(self.names), "namespace")
        return self.name


def kind_of_end(name: str, workloads: Mapping[str, Workload], seen: Collection[str]) -> SubjectKind:
    """Return what an end is.

    Parameters
    ----------
    name : str
    workloads : mapping of str to Workload
        Those of the cluster, by all names that connectivity has for them.
    seen : collection of str
        What flows call ends.
    """
    if name in workloads:
        return SubjectKind.WORKLOAD
    if name == CONTROLLER:
        return SubjectKind.CONTROLLER
    if addresses_named(name) is not None:
        return SubjectKind.ADDRESS
    for ending, kind in ((NODE, SubjectKind.NODE), (SERVICE, SubjectKind.SERVICE)):
        if name.endswith(ending):
            return kind
    return SubjectKind.SEEN if name in seen else SubjectKind.UNKNOWN


def subject_of(selection: Selection, workloads: Mapping[str, Workload], seen: Collection[str]) -> Subject:
    """Return what is selected: of all that a selection holds, the most particular.

    Parameters
    ----------
    selection : Selection
    workloads, seen : mapping, collection
        As of `kind_of_end`.
    """
    if selection.edge is not None:
        return Subject(SubjectKind.EDGE, selection.edge)
    if selection.address:
        return Subject(SubjectKind.ADDRESS, (selection.address,))
    names = tuple(dict.fromkeys(selection.workloads))
    if len(names) == 1:
        return Subject(kind_of_end(names[0], workloads, seen), names)
    if names:
        return Subject(SubjectKind.WORKLOADS, names)
    if selection.namespaces:
        return Subject(SubjectKind.NAMESPACES, tuple(dict.fromkeys(selection.namespaces)))
    return Subject(SubjectKind.NOTHING)
