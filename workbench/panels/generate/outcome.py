"""What came of asking: a proposal, what a person took out of it, and what looser ones would open."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from workbench.generate import levels, loosened
from workbench.ground import Progress, no_progress

if TYPE_CHECKING:
    import pandas as pd

    from workbench.generate import Level, Proposal

__all__ = ["LEVELS", "Outcome", "outcome_of"]

LEVELS = {"exact": "Exact", "any-port": "Any port", "namespace": "Whole namespaces"}
"""How much more may be allowed for fewer rules, with the words for people."""


class Outcome(NamedTuple):
    """What came of asking.

    Attributes
    ----------
    made : Proposal
        As the strategy made it.
    dropped : tuple of str
        What rules said that a person dropped, at whatever level.
    kept : Proposal
        Without those.
    levels : DataFrame
        What looser proposals would open besides; columns as in `generate.frames.LEVELS`.
    question : tuple
        What was asked; empty where that is not known.
    """

    made: Proposal
    dropped: tuple[str, ...]
    kept: Proposal
    levels: pd.DataFrame
    question: tuple[object, ...] = ()

    def at(self, level: str) -> Proposal:
        """Return the proposal at a level.

        Parameters
        ----------
        level : str
            One of `LEVELS`.
        """
        return loosened(self.kept, cast("Level", level)).without_sayings(self.dropped)

    def places_dropped(self, level: str) -> dict[str, tuple[Proposal, tuple[str, str]]]:
        """Return the rules that a person dropped and that would be there at a level, with the proposal that has them.

        Parameters
        ----------
        level : str
            One of `LEVELS`.
        """
        found: dict[str, tuple[Proposal, tuple[str, str]]] = {}
        for one in (self.made, loosened(self.kept, cast("Level", level))):
            sayings = one.rule_sayings()
            found |= {said: (one, sayings[said]) for said in self.dropped if said in sayings}
        return found


def outcome_of(
    made: Proposal,
    dropped: tuple[str, ...] = (),
    question: tuple[object, ...] = (),
    progress: Progress = no_progress,
) -> Outcome:
    """Return what comes of a proposal, of which a person drops some rules.

    Parameters
    ----------
    made : Proposal
    dropped : tuple of str
        What the rules say (`Proposal.rule_sayings`).
    question : tuple
    progress : Progress, optional
    """
    kept = made.without_sayings(dropped)
    return Outcome(made, dropped, kept, levels(kept, progress), question)
