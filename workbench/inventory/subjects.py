"""Whom policies are about: the workloads of their namespaces, with the pods that policies can reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.inventory.model import Namespace, PodVariant, Workload
from workbench.policy import Operator, Pods, Selector

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
        """Yield the workloads of which `subject` is about some pods, with the shapes of these, as `of` does.

        Of many workloads, only those that have one of the labels are looked at.

        Parameters
        ----------
        subject : Pods
        """
        wanted = next((one for one in subject.pods.requirements if one.operator is Operator.IN), None)
        if wanted is None:
            yield from ((workload, shapes) for workload, shapes in self.of(subject) if shapes)
            return
        names = subject.namespaces
        within = [names] if isinstance(names, str) else self._workloads_of
        for name in within:
            if not self.has(name, names):
                continue
            labelled = self._labelled(name)
            places = {place for value in wanted.values for place in labelled.get((wanted.key, value), ())}
            workloads = self._workloads_of[name] if places else ()
            for place in sorted(places):
                workload = workloads[place]
                shapes = [
                    shape
                    for shape in workload.shapes
                    if not (shape.host_network or shape.finished) and subject.pods.matches(shape.labels)
                ]
                if shapes:
                    yield workload, shapes

    def _labelled(self, namespace: str) -> Mapping[tuple[str, str], list[int]]:
        """Return the places of the workloads of a namespace that have a label, by its key and value."""
        if namespace not in self._places:
            found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
            for place, workload in enumerate(self._workloads_of.get(namespace, ())):
                for shape in workload.shapes:
                    for label in shape.labels.items():
                        found[label].append(place)
            self._places[namespace] = found
        return self._places[namespace]

    @cached_property
    def _places(self) -> dict[str, Mapping[tuple[str, str], list[int]]]:
        return {}

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
    def _labels_of(self) -> dict[str, Namespace]:
        return {namespace.name: namespace for namespace in self.namespaces}
