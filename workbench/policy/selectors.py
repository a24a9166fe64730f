"""Label selectors in one canonical form (semantics 13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

__all__ = ["EVERYTHING", "NAMESPACE_NAME_LABEL", "Operator", "Requirement", "Selector"]

NAMESPACE_NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""The API server gives every namespace its name in this label (semantics 2)."""


class Operator(StrEnum):
    """How a requirement reads a label. ``NOT_IN`` and ``DOES_NOT_EXIST`` match objects that lack the key."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class Requirement(NamedTuple):
    """One condition on one label; `values` are sorted, and empty for the two existence operators."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    @classmethod
    def as_written(cls, key: str, operator: Operator, values: Iterable[str]) -> Requirement:
        """Return the requirement, which remembers in which order its values were written.

        Parameters
        ----------
        key : str
        operator : Operator
        values : iterable of str
        """
        written = tuple(values)
        ordered = tuple(sorted(set(written)))
        if written == ordered:
            return cls(key, operator, ordered)
        found = _WrittenRequirement(key, operator, ordered)
        found.written = written
        return found

    @property
    def written_values(self) -> tuple[str, ...]:
        """The values in the order in which they were written."""
        return self.values

    @property
    def is_label(self) -> bool:
        """Whether it asks for one value of the label, as ``matchLabels`` does."""
        return self.operator is Operator.IN and len(self.values) == 1

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether `labels` satisfy the requirement."""
        value = labels.get(self.key)
        match self.operator:
            case Operator.IN:
                return value is not None and value in self.values
            case Operator.NOT_IN:
                return value is None or value not in self.values
            case Operator.EXISTS:
                return value is not None
            case Operator.DOES_NOT_EXIST:
                return value is None

    def __str__(self) -> str:
        match self.operator:
            case Operator.IN if len(self.values) == 1:
                return f"{self.key}={self.values[0]}"
            case Operator.IN:
                return f"{self.key} in ({','.join(self.values)})"
            case Operator.NOT_IN:
                return f"{self.key} notin ({','.join(self.values)})"
            case Operator.EXISTS:
                return self.key
            case Operator.DOES_NOT_EXIST:
                return f"!{self.key}"


class _WrittenRequirement(Requirement):
    """A requirement whose values were not written in their order. It is equal to any other that says the same."""

    written: tuple[str, ...]

    @property
    def written_values(self) -> tuple[str, ...]:
        """The values in the order in which they were written."""
        return self.written


class Selector(NamedTuple):
    """All of `requirements`, sorted, each once; none means everything.

    ``matchLabels`` entries are ``In`` requirements with one value, so two selectors that say the
    same in different words of ``matchLabels`` and ``matchExpressions`` are equal.
    """

    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def of(cls, match_labels: Mapping[str, str] | None = None, expressions: Iterable[Requirement] = ()) -> Selector:
        """Return the selector of ``matchLabels`` and ``matchExpressions``.

        Parameters
        ----------
        match_labels : mapping of str to str, optional
        expressions : iterable of Requirement, optional
        """
        exact = [Requirement(key, Operator.IN, (value,)) for key, value in (match_labels or {}).items()]
        worded = frozenset(expressions)
        if not worded:
            return cls(tuple(sorted(exact) if len(exact) > 1 else exact))
        requirements = tuple(sorted({*exact, *worded}))
        worded = worded.difference(exact)
        if any(requirement.is_label for requirement in worded):
            return _WordedSelector(requirements, worded)
        return cls(requirements)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether `labels` satisfy every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    @property
    def labels(self) -> tuple[Requirement, ...]:
        """The requirements that were written as ``matchLabels``, sorted."""
        return tuple(requirement for requirement in self.requirements if requirement.is_label)

    @property
    def expressions(self) -> tuple[Requirement, ...]:
        """The requirements that were written as ``matchExpressions``, sorted."""
        return tuple(requirement for requirement in self.requirements if not requirement.is_label)

    def implies(self, other: Selector) -> bool:
        """Tell whether whatever this selector chooses, `other` chooses, too."""
        return all(self._assures(requirement) for requirement in other.requirements)

    def _assures(self, wanted: Requirement) -> bool:
        """Tell whether every label that this selector lets `wanted` be asked about meets it."""
        mine = [requirement for requirement in self.requirements if requirement.key == wanted.key]
        if all(requirement.matches({}) for requirement in mine) and not wanted.matches({}):
            return False
        lists = [set(requirement.values) for requirement in mine if requirement.operator is Operator.IN]
        if lists:
            possible = ({wanted.key: value} for value in set.intersection(*lists))
            return all(wanted.matches(labels) or not _all_match(mine, labels) for labels in possible)
        if any(requirement.operator is Operator.DOES_NOT_EXIST for requirement in mine):
            return True
        # Any value may be there, but for those that are excluded.
        if wanted.operator is Operator.NOT_IN:
            excluded = {value for requirement in mine for value in requirement.values}
            return excluded.issuperset(wanted.values)
        return wanted.operator is Operator.EXISTS

    def __str__(self) -> str:
        """Return the selector in kubectl's form: ``app=web,tier in (a,b),!debug``; ``*`` for everything."""
        return ",".join(map(str, self.requirements)) or "*"


class _WordedSelector(Selector):
    """A selector that remembers which requirements for one value were written as ``matchExpressions``.

    It is equal to any other that says the same; only those who print it as it was written look at it.
    """

    worded: frozenset[Requirement]

    def __new__(cls, requirements: tuple[Requirement, ...], worded: frozenset[Requirement]) -> _WordedSelector:  # noqa: PYI034
        """Return the selector."""
        found = super().__new__(cls, requirements)
        found.worded = worded
        return found

    @property
    def labels(self) -> tuple[Requirement, ...]:
        """The requirements that were written as ``matchLabels``, sorted."""
        return tuple(requirement for requirement in super().labels if requirement not in self.worded)

    @property
    def expressions(self) -> tuple[Requirement, ...]:
        """The requirements that were written as ``matchExpressions``, sorted."""
        labels = self.labels
        return tuple(requirement for requirement in self.requirements if requirement not in labels)


def _all_match(requirements: Iterable[Requirement], labels: Mapping[str, str]) -> bool:
    return all(requirement.matches(labels) for requirement in requirements)


EVERYTHING = Selector()
