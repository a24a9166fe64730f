"""Label selectors in one canonical form (connectivity.md 13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

__all__ = ["EVERYTHING", "Operator", "Requirement", "Selector"]


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


class Selector(NamedTuple):
    """All of `requirements`, sorted, each once; none means everything.

    ``matchLabels`` entries are ``In`` requirements with one value, so two selectors that say the
    same in different words of ``matchLabels`` and ``matchExpressions`` are equal.
    """

    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def of(cls, match_labels: Mapping[str, str] | None = None, expressions: Iterable[Requirement] = ()) -> Selector:
        """Return the selector of ``matchLabels`` and ``matchExpressions``."""
        exact = [Requirement(key, Operator.IN, (value,)) for key, value in (match_labels or {}).items()]
        found = {*exact, *expressions}
        return cls(tuple(sorted(found) if len(found) > 1 else found))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether `labels` satisfy every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        """Return the selector in kubectl's form: ``app=web,tier in (a,b),!debug``; ``*`` for everything."""
        return ",".join(map(str, self.requirements)) or "*"


EVERYTHING = Selector()
