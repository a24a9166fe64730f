"""What came of expectations: each is held against a cluster, and keeps the evidence where it fails (policy-tests 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from workbench.connectivity import Semantics
from workbench.ground import Problem, Progress, Result, count_of, is_are, no_progress
from workbench.whatif.expectations import Expectation, Held
from workbench.whatif.failures import Checked, Place, failure_lines
from workbench.whatif.frames import EXPECTATIONS
from workbench.whatif.verdicts import ExpectationStatus

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity import Connectivity
    from workbench.flows import Flows
    from workbench.inventory import Cluster

__all__ = ["Outcome", "Outcomes", "outcomes"]


class Outcome(NamedTuple):
    """What came of an expectation.

    Attributes
    ----------
    expectation : Expectation
    checked : Checked
    """

    expectation: Expectation
    checked: Checked

    @property
    def status(self) -> ExpectationStatus:
        """Whether it holds; without an answer it does not, and does not fail either."""
        failures = self.checked.failures
        if not failures:
            return ExpectationStatus.HOLDS
        answered = any(one.answered for one in failures)
        return ExpectationStatus.FAILS if answered else ExpectationStatus.UNANSWERED

    @property
    def evidence(self) -> tuple[str, ...]:
        """Lines that say why it does not hold; empty where it does."""
        return tuple(failure_lines(self.checked.failures))

    @property
    def places(self) -> tuple[Place, ...]:
        """The policies and rules that decide, each once."""
        return tuple(dict.fromkeys(place for one in self.checked.failures for place in one.places))


@dataclass(frozen=True, eq=False, repr=False)
class Outcomes(Result):
    """What came of expectations. Made by `outcomes`.

    Attributes
    ----------
    listed : tuple of Outcome
        In the order of the expectations.
    allowed : Connectivity
        What they were held against.
    """

    _written_as: ClassVar[str] = "outcomes"
    _columns: ClassVar[tuple[str, ...]] = ("status", "expectation", "name", "asked", "failed", "decided_by")

    listed: tuple[Outcome, ...]
    allowed: Connectivity

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the manifests."""
        return self.allowed.problems_found

    @property
    def hold(self) -> bool:
        """Whether all of them hold."""
        return all(one.status is ExpectationStatus.HOLDS for one in self.listed)

    def count(self, status: ExpectationStatus | str) -> int:
        """Return how many have a status.

        Parameters
        ----------
        status : ExpectationStatus or str
        """
        return sum(one.status == status for one in self.listed)

    @property
    def headline(self) -> str:
        """How many hold, in one line."""
        hold, fail, open_ = map(self.count, ExpectationStatus)
        parts = [f"{hold:,} of {count_of(len(self), 'expectation')} hold{'s' if hold == 1 else ''}"]
        if fail:
            parts.append(f"{fail:,} fail{'s' if fail == 1 else ''}")
        if open_:
            parts.append(f"{open_:,} {is_are(open_)} without an answer")
        return ", ".join(parts)

    def _facts(self) -> Iterator[str]:
        yield self.headline

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each expectation; columns as in `frames.EXPECTATIONS`."""
        return EXPECTATIONS.from_rows(
            (
                one.status.value,
                one.expectation.kind,
                one.expectation.text,
                one.expectation.name,
                one.expectation.why,
                one.expectation.file,
                one.expectation.line,
                one.checked.asked,
                len(one.checked.failures),
                one.evidence,
                tuple(dict.fromkeys(place.policy for place in one.places)),
                tuple(dict.fromkeys(str(place) for place in one.places if place.file)),
            )
            for one in self.listed
        )


def outcomes(
    cluster: Cluster,
    expectations: Iterable[Expectation],
    flows: Flows | None = None,
    *,
    semantics: Semantics = Semantics(),
    progress: Progress = no_progress,
) -> Outcomes:
    """Return what comes of expectations in a cluster.

    Parameters
    ----------
    cluster : Cluster
    expectations : iterable of Expectation
        Such as those of `read_expectations`.
    flows : Flows, optional
        What was recorded, for expectations that name no recording of their own.
    semantics : Semantics, optional
    progress : Progress, optional
    """
    held = Held(cluster, flows, semantics=semantics, progress=progress)
    listed = list(expectations)
    found: list[Outcome] = []
    for number, one in enumerate(listed):
        progress("expectations", number, len(listed))
        found.append(Outcome(one, one.checked(held)))
    return Outcomes(tuple(found), held.allowed)
