"""Which findings are listed: by severity, check, namespace, status and a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from traitlets import Enum, TraitError, Unicode, validate

from workbench.checks import CheckSeverity, FindingStatus
from workbench.panels.checks.asking import Asking
from workbench.panels.frame import Names, in_folder
from workbench.panels.frames import LISTED_FINDINGS

if TYPE_CHECKING:
    from workbench.checks import CheckFinding

__all__ = ["SEVERITIES", "STATUSES", "Filtering"]

SEVERITIES: Final = tuple(one.value for one in CheckSeverity)
STATUSES: Final = {
    "open": "Open",
    "accepted": "Accepted",
    "ignored": "Ignored",
    "expired": "Expired",
    "all": "All",
}
"""What findings can be kept to by who answers for them, with the words for people; expired ones are open, too."""
_DEFAULTS: Final[dict[str, Any]] = {
    "severities": SEVERITIES,
    "check": "",
    "namespace": "",
    "status": "open",
    "text": "",
}


class Filtering(Asking):
    """Findings, and which of them are listed.

    As `Asking`, with its traits, it is made of a scope.

    Attributes
    ----------
    severities : tuple of str
        Those that are listed.
    check : str
        Id of the one whose findings are listed; of all, where it is empty.
    namespace : str
        The one whose findings are listed; all, where it is empty.
    status : str
        One of `STATUSES`.
    text : str
        What is in the object, the message, the evidence or the place, in upper or lower case.
    filters : tuple of str
        The names of these traits.
    """

    severities = Names(default_value=SEVERITIES)
    check = Unicode()
    namespace = Unicode()
    status = Enum(list(STATUSES), default_value="open")
    text = Unicode()
    filters: tuple[str, ...] = tuple(_DEFAULTS)
    remembered: tuple[str, ...] = (*Asking.remembered, *_DEFAULTS)

    @validate("severities")
    def _known(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        chosen: tuple[str, ...] = proposal["value"]
        if unknown := [one for one in chosen if one not in SEVERITIES]:
            message = f"{unknown[0]!r} is no severity; there are {', '.join(SEVERITIES)}"
            raise TraitError(message)
        return tuple(one for one in SEVERITIES if one in chosen)

    @property
    def is_filtered(self) -> bool:
        """Whether anything is filtered otherwise than at first."""
        return any(getattr(self, name) != value for name, value in _DEFAULTS.items())

    def reset(self) -> None:
        """Take all filters away, but that those are listed that nobody answers for."""
        with self.hold_trait_notifications():
            for name, value in _DEFAULTS.items():
                self.set_trait(name, value)

    # --- what they leave ------------------------------------------------------------------------------------

    @property
    def _items(self) -> tuple[CheckFinding, ...]:
        return () if self.findings is None else self.findings.items

    @property
    def shown(self) -> tuple[CheckFinding, ...]:
        """The findings that filters leave, the worst first."""
        return self._passing()

    def _passing(self, *ignoring: str) -> tuple[CheckFinding, ...]:
        """Return the findings that all filters leave but some."""
        return tuple(
            one for one in self._items if all(self._passes(name, one) for name in _DEFAULTS if name not in ignoring)
        )

    def _passes(self, name: str, one: CheckFinding) -> bool:
        match name:
            case "severities":
                return one.severity.value in self.severities
            case "check":
                return self.check in {"", one.check}
            case "namespace":
                return self.namespace in {"", one.namespace}
            case "status":
                return _has_status(one, self.status)
        wanted = self.text.strip().casefold()
        return not wanted or any(wanted in text.casefold() for text in _texts(one))

    def severity_counts(self) -> dict[str, int]:
        """Return how many findings of each severity there are that all other filters leave."""
        counts = Counter(one.severity.value for one in self._passing("severities"))
        return {name: counts[name] for name in SEVERITIES}

    def status_counts(self) -> dict[str, int]:
        """Return how many findings of each status there are that all other filters leave."""
        left = self._passing("status")
        return {name: sum(_has_status(one, name) for one in left) for name in STATUSES}

    @property
    def all_checks(self) -> dict[str, str]:
        """The checks that found something, by id, each with its title."""
        return {one.check: one.title for one in sorted(self._items, key=lambda one: one.check)}

    @property
    def all_namespaces(self) -> tuple[str, ...]:
        """The namespaces in which something was found."""
        return tuple(sorted({one.namespace for one in self._items if one.namespace}))

    def rows(self) -> pd.DataFrame:
        """Return the findings that filters leave, the worst first; columns as in `frames.LISTED_FINDINGS`."""
        return LISTED_FINDINGS.from_rows(map(_row, self.shown))


def _has_status(one: CheckFinding, status: str) -> bool:
    return status == "all" or (one.status.is_open if status == "open" else one.status is FindingStatus(status))


def _texts(one: CheckFinding) -> Iterable[str]:
    return (one.check, one.title, one.object, one.field, one.workload, one.message, one.place, *one.evidence)


def _row(one: CheckFinding) -> tuple[object, ...]:
    # The change that is ready is left out: it is not written before it is asked for.
    return (
        *(one.severity.value, one.check, one.title, one.object, one.namespace, one.workload, one.field),
        *(one.message, one.evidence, one.found.src, one.found.dst, one.found.ports, one.remedy),
        *(one.status.value, one.owner, one.reason, one.fingerprint, one.file, one.line, in_folder(one.place)),
    )
