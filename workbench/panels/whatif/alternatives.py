"""Drafts side by side: what each would do, in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workbench.panels.frames import DRAFTS
from workbench.whatif import FlowVerdict

if TYPE_CHECKING:
    import pandas as pd

    from workbench.panels.whatif.drafts import ChangeDraft
    from workbench.panels.whatif.simulating import Simulating
    from workbench.whatif import Simulation

__all__ = ["alternatives"]

_FLOWS: Final = (FlowVerdict.CUT, FlowVerdict.OPENED, FlowVerdict.UNCERTAIN, FlowVerdict.KEPT)


def alternatives(state: Simulating) -> pd.DataFrame:
    """Return the drafts that were tried with what each would do; columns as in `frames.DRAFTS`.

    Parameters
    ----------
    state : Simulating
    """
    return DRAFTS.from_rows(
        _row(answer.simulation, draft, is_current=state.is_current(draft))
        for draft in state.drafts
        if (answer := state.answer_of(draft)) is not None
    )


def _row(found: Simulation, draft: ChangeDraft, *, is_current: bool) -> tuple[object, ...]:
    return (
        draft.name,
        found.verdict,
        len(found.change.changed),
        *(found.count(one) for one in _FLOWS),
        found.difference.opened_count,
        found.difference.closed_count,
        len(found.losses_found),
        is_current,
    )
