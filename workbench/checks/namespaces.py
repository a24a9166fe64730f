"""Which namespaces selectors match, and what is wrong with one that matches none."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.checks.severity import CheckSeverity
from workbench.ground import listed, plural
from workbench.policy import NAMESPACE_NAME_LABEL, Operator, Selector

if TYPE_CHECKING:
    from workbench.checks.context import CheckContext
    from workbench.inventory import Namespace

__all__ = ["KnownNamespaces", "SelectorFault"]

_ABSENT: Final = frozenset({Operator.NOT_IN, Operator.DOES_NOT_EXIST})
_OF_ALL: Final = "kube-system"
"""A namespace that every cluster has: where it is declared, the cluster was read as a whole."""
_ALIKE: Final = 0.8


class SelectorFault(NamedTuple):
    """What is wrong with a selector over namespaces.

    Attributes
    ----------
    message : str
    evidence : tuple of str
    severity : CheckSeverity or None
        That of the check where it is None.
    """

    message: str
    evidence: tuple[str, ...]
    severity: CheckSeverity | None = None


class KnownNamespaces:
    """Answers which namespaces selectors match; each selector is looked at once.

    Parameters
    ----------
    context : CheckContext
    """

    def __init__(self, context: CheckContext) -> None:
        self._namespaces = tuple(context.namespaces.values())
        self._names = frozenset(context.namespaces)
        self._keys = frozenset(key for one in self._namespaces for key in one.labels)
        declared = [one for one in self._namespaces if one.declared]
        self._is_whole = any(one.name == _OF_ALL for one in declared)
        self.are_partly_unknown = not declared or any(
            not one.declared and one.name in context.workloads_of for one in self._namespaces
        )
        self._matched: dict[Selector, tuple[Namespace, ...]] = {}
        self._faults: dict[Selector, SelectorFault | None] = {}

    def matched(self, selector: Selector) -> tuple[Namespace, ...]:
        """Return the namespaces that a selector matches.

        Parameters
        ----------
        selector : Selector
        """
        found = self._matched.get(selector)
        if found is None:
            found = self._matched[selector] = tuple(one for one in self._namespaces if selector.matches(one.labels))
        return found

    def is_nowhere(self, selector: Selector | str) -> bool:
        """Tell whether a selector over namespaces matches none.

        Parameters
        ----------
        selector : Selector or str
        """
        return isinstance(selector, Selector) and not self.matched(selector)

    def fault(self, selector: Selector) -> SelectorFault | None:
        """Return what is wrong with a selector; None where nothing is.

        Parameters
        ----------
        selector : Selector
        """
        if selector not in self._faults:
            self._faults[selector] = self._fault(selector)
        return self._faults[selector]

    def _fault(self, selector: Selector) -> SelectorFault | None:
        matched = self.matched(selector)
        strange = [one for one in selector.requirements if one.key not in self._keys]
        if matched:
            lacking = [one for one in strange if one.operator in _ABSENT]
            if not lacking or len(lacking) < len(selector.requirements):
                return None
            keys = [one.key for one in lacking]
            message = f"asks for namespaces without {listed(keys)}, a label that no namespace carries, and selects all"
            return SelectorFault(message, self._carried(keys), self._unsure or CheckSeverity.LOW)
        names = {
            value
            for one in selector.requirements
            if (one.key, one.operator) == (NAMESPACE_NAME_LABEL, Operator.IN)
            for value in one.values
        }
        if names and not names & self._names:
            return self._missing(sorted(names))
        keys = [one.key for one in selector.requirements if one.key != NAMESPACE_NAME_LABEL]
        message = f"matches no namespace: none has {selector}"
        return SelectorFault(message, self._carried(keys), self._unsure)

    def _missing(self, names: list[str]) -> SelectorFault | None:
        near = {name: get_close_matches(name, self._names, 1, _ALIKE) for name in names}
        alike = tuple(f"there is namespace {found[0]}" for found in near.values() if found)
        if not alike and not self._is_whole:
            return None
        message = f"matches no namespace: there is no {plural('namespace', len(names))} {listed(names)}"
        return SelectorFault(message, alike or (f"the cluster has {listed(sorted(self._names))}",))

    @property
    def _unsure(self) -> CheckSeverity | None:
        return CheckSeverity.INFO if self.are_partly_unknown else None

    def _carried(self, keys: list[str]) -> tuple[str, ...]:
        found = []
        for key in dict.fromkeys(keys):
            values = sorted({one.labels[key] for one in self._namespaces if key in one.labels})
            found.append(
                f"namespaces carry {key}={listed(values)}" if values else f"no namespace carries the label {key}"
            )
        if self.are_partly_unknown:
            found.append("of some namespaces only the name is known: no manifest declares them")
        return tuple(found)
