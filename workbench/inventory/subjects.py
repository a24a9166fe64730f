"""Whom policies are about: the workloads of their namespaces, with the pods that policies can reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.inventory.model import Namespace, PodVariant, Workload
from workbench.policy import Pods, Selector

__all__ = ["Subjects"]


@dataclass(frozen=True)
class Subjects:
    """Says of the subjects of policies which pods they are.

    Policies are about living pods in networks of their own: pods of their node's network are out of reach, and those
    that have finished have no network any more.

    Attributes
    ----------
    workloads : sequence of Workload
    namespaces : sequence of Namespace
    """

    workloads: Sequence[Workload]
    namespaces: Sequence[Namespace]

    def of(self, subject: Pods) -> Iterator[tuple[Workload, list[PodVariant]]]:
        """Yield each workload of the namespaces of `subject`, with its shapes that the policy is about.

        Parameters
        ----------
        subject : Pods

        Yields
        ------
        workload : Workload
        shapes : list of PodVariant
            Empty where it is about none of them.
        """
        for workload in self._in_namespaces(subject.namespaces):
            shapes = (shape for shape in workload.shapes if not (shape.host_network or shape.finished))
            yield workload, [shape for shape in shapes if subject.pods.matches(shape.labels)]

    def chosen(self, subject: Pods) -> Iterator[tuple[Workload, list[PodVariant]]]:
        """Yield the workloads of which a subject is about some shapes, with these.

        Parameters
        ----------
        subject : Pods
        """
        label = next((one for one in subject.pods.requirements if one.is_label), None)
        if label is None:
            yield from ((workload, shapes) for workload, shapes in self.of(subject) if shapes)
            return
        names = [subject.namespaces] if isinstance(subject.namespaces, str) else self._workloads_of
        for name in names:
            if self.has(name, subject.namespaces):
                for workload in self._labelled.get((name, label.key, label.values[0]), ()):
                    shapes = (shape for shape in workload.shapes if not (shape.host_network or shape.finished))
                    if found := [shape for shape in shapes if subject.pods.matches(shape.labels)]:
                        yield workload, found

    def has(self, name: str, namespaces: Selector | str) -> bool:
        """Tell whether a namespace is one of those that a subject names or selects.

        Parameters
        ----------
        name : str
        namespaces : Selector or str
        """
        if isinstance(namespaces, str):
            return name == namespaces
        known = self._labels_of.get(name)
        return known is not None and namespaces.matches(known.labels)

    def _in_namespaces(self, namespaces: Selector | str) -> Iterable[Workload]:
        names = [namespaces] if isinstance(namespaces, str) else self._workloads_of
        for name in names:
            if self.has(name, namespaces):
                yield from self._workloads_of.get(name, ())

    @cached_property
    def _workloads_of(self) -> dict[str, list[Workload]]:
        found: defaultdict[str, list[Workload]] = defaultdict(list)
        for workload in self.workloads:
            found[workload.namespace].append(workload)
        return dict(found)

    @cached_property
    def _labelled(self) -> dict[tuple[str, str, str], list[Workload]]:
        """The workloads by namespace and by each label of some of their shapes."""
        found: defaultdict[tuple[str, str, str], list[Workload]] = defaultdict(list)
        for workload in self.workloads:
            for pair in dict.fromkeys(pair for shape in workload.shapes for pair in shape.labels.items()):
                found[workload.namespace, *pair].append(workload)
        return dict(found)

    @cached_property
    def _labels_of(self) -> dict[str, Namespace]:
        return {namespace.name: namespace for namespace in self.namespaces}
