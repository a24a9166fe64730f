"""Which classes does a selector choose: sorted index arrays from label postings (engine 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce

import numpy as np

from workbench.connectivity.engine.classes import Classes, Indices
from workbench.connectivity.engine.runs import spread
from workbench.inventory import Labels
from workbench.policy import Operator, Pods, Requirement, Selector

__all__ = ["NO_PODS", "SelectorIndex"]

NO_PODS: Indices = np.empty(0, dtype=np.int64)
MAX_KEPT = 1_000
"""Answers with more classes are not kept: thousands of them would take too much room."""
_POSITIVE = frozenset({Operator.IN, Operator.EXISTS})


class SelectorIndex:
    """Answers which classes each `Pods` peer of a policy selects.

    Parameters
    ----------
    classes : Classes
    """

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._known: dict[Pods, Indices] = {}
        self._everywhere: dict[Selector, Indices] = {}
        self._namespaces: dict[Selector, Indices] = {}
        self._labels = _Postings(classes.labels)
        self._group_labels = _Postings([group.labels for group in classes.groups])
        self._firsts = np.array([group.first for group in classes.groups], dtype=np.int64)
        self._lasts = np.array([group.last for group in classes.groups], dtype=np.int64)

    def classes(self, peer: Pods) -> Indices:
        """Return the classes that `peer` selects, sorted."""
        found = self._known.get(peer)
        if found is None:
            if isinstance(peer.namespaces, str):
                found = self._in_namespace(peer.namespaces, peer.pods)
            else:
                found = self._in_namespaces(peer.namespaces, peer.pods)
            if len(found) <= MAX_KEPT:
                self._known[peer] = found
        return found

    def groups(self, selector: Selector) -> Indices:
        """Return the groups whose namespaces `selector` chooses, sorted."""
        found = self._namespaces.get(selector)
        if found is None:
            found = self._namespaces[selector] = self._group_labels.matching(selector, 0, len(self._classes.groups))
        return found

    def _in_namespace(self, namespace: str, selector: Selector) -> Indices:
        number = self._classes.group_of_namespace.get(namespace)
        if number is None:
            return NO_PODS
        group = self._classes.groups[number]
        return self._labels.matching(selector, group.first, group.last)

    def _in_namespaces(self, namespaces: Selector, selector: Selector) -> Indices:
        numbers = self.groups(namespaces)
        if len(numbers) == len(self._classes.groups):
            return self._anywhere(selector)
        firsts, lasts = self._firsts[numbers], self._lasts[numbers]
        if not selector.requirements:
            return spread(firsts, lasts - firsts)
        found = self._anywhere(selector)
        low, high = found.searchsorted(firsts), found.searchsorted(lasts)
        return found[spread(low, high - low)]

    def _anywhere(self, selector: Selector) -> Indices:
        found = self._everywhere.get(selector)
        if found is None:
            found = self._everywhere[selector] = self._labels.matching(selector, 0, len(self._classes))
        return found


class _Postings:
    """Which of many sets of labels hold each key, and each key with each value.

    Parameters
    ----------
    labels : sequence of mapping of str to str
    """

    def __init__(self, labels: Sequence[Labels]) -> None:
        having: defaultdict[str, list[int]] = defaultdict(list)
        equal: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for index, found in enumerate(labels):
            for key, value in found.items():
                having[key].append(index)
                equal[key, value].append(index)
        self._having = {key: np.array(found, dtype=np.int64) for key, found in having.items()}
        self._equal = {pair: np.array(found, dtype=np.int64) for pair, found in equal.items()}

    def matching(self, selector: Selector, first: int, last: int) -> Indices:
        """Return the numbers of ``first..last - 1`` whose labels meet all requirements, sorted."""
        positive = [r for r in selector.requirements if r.operator in _POSITIVE]
        if positive:
            found = reduce(_intersect, sorted((self._with(r, first, last) for r in positive), key=len))
        else:
            found = np.arange(first, last)
        for requirement in selector.requirements if len(positive) < len(selector.requirements) else ():
            if requirement.operator not in _POSITIVE:
                found = _without(found, self._with(requirement, first, last))
        return found

    def _with(self, requirement: Requirement, first: int, last: int) -> Indices:
        """Return the numbers in the run that have one of the values, or the key where none is named."""
        if not requirement.values:
            return _run(self._having.get(requirement.key, NO_PODS), first, last)
        runs = [_run(self._equal.get((requirement.key, value), NO_PODS), first, last) for value in requirement.values]
        return runs[0] if len(runs) == 1 else _sorted_union(runs)


def _run(found: Indices, first: int, last: int) -> Indices:
    if len(found) == 1:  # most labels that tell workloads apart
        return found if first <= found[0] < last else NO_PODS
    low, high = found.searchsorted((first, last))
    return found[low:high]


def _intersect(left: Indices, right: Indices) -> Indices:
    if len(left) == 0 or len(right) == 0:
        return NO_PODS
    places = np.minimum(right.searchsorted(left), len(right) - 1)
    common: Indices = left[right[places] == left]
    return common


def _without(found: Indices, unwanted: Indices) -> Indices:
    """Return what is left of `found` without `unwanted`, both sorted."""
    places = found.searchsorted(_intersect(unwanted, found))
    return np.delete(found, places) if len(places) else found


def _sorted_union(runs: Iterable[Indices]) -> Indices:
    # Values of one key exclude each other, so the runs are disjoint.
    found = np.concatenate(list(runs))
    found.sort(kind="stable")
    return found
