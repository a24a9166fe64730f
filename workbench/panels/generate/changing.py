"""What is proposed, and which rules and connections a person drops or accepts, without widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from traitlets import Any as AnyValue
from traitlets import Enum, Unicode, observe

from workbench.generate import WhyLeftOut, propose
from workbench.ground import ArgumentError, Progress, no_progress
from workbench.panels.generate.asking import Asking
from workbench.panels.generate.outcome import LEVELS, Outcome, outcome_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.generate import NeedKey, Proposal

__all__ = ["Changing", "Task"]

Task: TypeAlias = Callable[[Progress], Outcome]
"""What may take long: it changes nothing itself, so that it may be done in a thread, and stopped."""


class Changing(Asking):
    """What is proposed, and what a person makes of it.

    Attributes
    ----------
    level : str
        How much more may be allowed for fewer rules; one of `LEVELS`.
    outcome : Outcome or None
        What came of asking.
    rule : str
        What the rule says that is looked at; empty for none.
    """

    level = Enum(list(LEVELS), default_value="exact")
    outcome = AnyValue(None, allow_none=True)
    rule = Unicode()
    remembered: tuple[str, ...] = (*Asking.remembered, "level")

    def __init__(self, scope: Any, **traits: Any) -> None:  # noqa: ANN401  (as of PanelState)
        self._shown: tuple[Outcome, str, Proposal] | None = None
        super().__init__(scope, **traits)

    # --- proposing ------------------------------------------------------------------------------------------

    def proposed(self, progress: Progress = no_progress) -> Outcome:
        """Return what the strategy proposes; what a person took out or admitted stays so.

        Parameters
        ----------
        progress : Progress, optional

        Raises
        ------
        WorkbenchError
            If it needs something that is not there; the message says what.
        """
        return self._asked_again(self.taken_out, self.admitted, self.dropped, progress)

    def _asked_again(
        self,
        without: frozenset[NeedKey],
        admit: frozenset[NeedKey],
        dropped: tuple[str, ...],
        progress: Progress,
    ) -> Outcome:
        question, (namespaces, workloads) = self.question, self.subject
        made = propose(
            self.scope.cluster,
            self.flows,
            strategy=self.strategy,
            baselines=self.baselines,
            book=self.book,
            without=without,
            admit=admit,
            progress=progress,
            namespaces=namespaces,
            workloads=workloads,
            **self.options,
        )
        return outcome_of(made, dropped, question, progress)

    def put(self, outcome: Outcome) -> None:
        """Look at what came of asking.

        Parameters
        ----------
        outcome : Outcome
        """
        with self.hold_trait_notifications():
            self.outcome = outcome
            if self.rule not in {*outcome.at(self.level).rule_sayings(), *outcome.dropped}:
                self.rule = ""

    def put_nothing(self) -> None:
        """Forget what was proposed, and what was taken out: it was about another cluster, or other flows."""
        with self.hold_trait_notifications():
            self.rule = ""
            self.outcome = None

    @observe("level")
    def _looks_elsewhere(self, _change: object) -> None:
        self.rule = ""

    @property
    def shown(self) -> Proposal | None:
        """The proposal at the level that is chosen, without what a person dropped."""
        if self.outcome is None:
            return None
        if self._shown is None or self._shown[0] is not self.outcome or self._shown[1] != self.level:
            self._shown = self.outcome, self.level, self.outcome.at(self.level)
        return self._shown[2]

    def wanted(self) -> Proposal:
        """Return the proposal that is shown.

        Raises
        ------
        ArgumentError
            If nothing is proposed yet.
        """
        shown = self.shown
        if shown is None:
            message = "nothing is proposed yet"
            raise ArgumentError(message, "press Propose")
        return shown

    @property
    def is_current(self) -> bool:
        """Whether what is shown is the answer to what is asked now."""
        return self.outcome is None or not self.outcome.question or self.outcome.question == self.question

    # --- changing what is proposed --------------------------------------------------------------------------

    @property
    def dropped(self) -> tuple[str, ...]:
        """What the rules say that a person dropped."""
        return () if self.outcome is None else self.outcome.dropped

    @property
    def taken_out(self) -> frozenset[NeedKey]:
        """The connections that a person took out."""
        return frozenset() if self.outcome is None else self.outcome.made.asked.without

    @property
    def admitted(self) -> frozenset[NeedKey]:
        """The connections that a person wants though they were left out by judgement."""
        return frozenset() if self.outcome is None else self.outcome.made.asked.admit

    @property
    def changes(self) -> int:
        """How much a person changed of what the strategy proposes."""
        return len(self.dropped) + len(self.taken_out) + len(self.admitted)

    def dropping_rule(self) -> Task:
        """Return what drops the rule that is looked at: it is proposed no longer, and stays in the table.

        Raises
        ------
        ArgumentError
            If none is looked at, or if it is dropped already.
        """
        outcome, said = self._looked_at()
        if said in outcome.dropped:
            message = "the rule is dropped already"
            raise ArgumentError(message, "accept it, to have it again")
        return partial(outcome_of, outcome.made, (*outcome.dropped, said), outcome.question)

    def accepting_rule(self) -> Task:
        """Return what accepts the rule that is looked at again.

        Raises
        ------
        ArgumentError
            If none is looked at, or if it is proposed anyway.
        """
        outcome, said = self._looked_at()
        if said not in outcome.dropped:
            message = "the rule is proposed"
            raise ArgumentError(message, "drop it, to have it no longer")
        rest = tuple(one for one in outcome.dropped if one != said)
        return partial(outcome_of, outcome.made, rest, outcome.question)

    def dropping(self, key: NeedKey) -> Task:
        """Return what drops a connection: what the rules are without it is worked out anew, at both of its ends.

        Parameters
        ----------
        key : (str, str, PortSet)
            As `Need.key`.
        """
        return partial(self._asked_again, self.taken_out | {key}, self.admitted - {key}, self.dropped)

    def accepting(self, key: NeedKey) -> Task:
        """Return what accepts a connection that was taken out, or that the strategy leaves out by judgement.

        Parameters
        ----------
        key : (str, str, PortSet)

        Raises
        ------
        ArgumentError
            If no rule can be made of it.
        """
        if key in self.taken_out:
            return partial(self._asked_again, self.taken_out - {key}, self.admitted, self.dropped)
        left_out = () if self.shown is None else self.shown.left_out
        reasons = [one for one in left_out if one.need is not None and one.need.key == key]
        if not any(one.can_be_admitted for one in reasons):
            why = next((one.why.meaning for one in reasons), "it is proposed")
            message = f"nothing can be accepted here: {why}"
            by_rule = any(one.why is WhyLeftOut.BY_HAND for one in reasons)
            raise ArgumentError(message, "its rule was dropped: accept that among the rules" if by_rule else "")
        return partial(self._asked_again, self.taken_out, self.admitted | {key}, self.dropped)

    def as_made(self) -> Task:
        """Return what takes back all that a person changed."""
        return partial(self._asked_again, frozenset(), frozenset(), ())

    def _looked_at(self) -> tuple[Outcome, str]:
        if self.outcome is None or not self.rule:
            message = "no rule is chosen"
            raise ArgumentError(message, "choose one in the table")
        return self.outcome, self.rule

    def select_row(self, row: Mapping[Any, Any] | pd.Series[Any]) -> None:
        """Look at the rule of a row of `rules`.

        Parameters
        ----------
        row : mapping
        """
        self.rule = str(row["says"])
