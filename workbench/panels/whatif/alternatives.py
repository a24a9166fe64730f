"""Drafts side by side: what each would do, in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pandas as pd

from workbench.whatif import FlowVerdict

if TYPE_CHECKING:
    from workbench.panels.whatif.drafts import Draft
    from workbench.panels.whatif.simulating import Simulating

__all__ = ["alternatives"]

_COUNTED: Final = ("documents", "opened", "closed", "cut", "kept", "uncertain", "lost")
_FLOWS: Final = (FlowVerdict.CUT, FlowVerdict.KEPT, FlowVerdict.UNCERTAIN)


def alternatives(state: Simulating) -> pd.DataFrame:
    """Return all drafts with what each would do.

    Parameters
    ----------
    state : Simulating

    Returns
    -------
    DataFrame
        Columns ``draft``, ``documents`` (how many policies are others), ``opened``, ``closed`` (connections),
        ``cut``, ``kept``, ``uncertain`` (flows), ``lost`` (what platforms need), ``verdict`` and ``state``. Counts
        are missing of what was not tried.
    """
    rows = [tuple(_row(state, draft)) for draft in state.drafts]
    found = pd.DataFrame(rows, columns=["draft", *_COUNTED, "verdict", "state"])
    return found.astype(dict.fromkeys(_COUNTED, "Int64"))


def _row(state: Simulating, draft: Draft) -> Iterator[object]:
    yield draft.name
    answer = state.answer_of(draft)
    if answer is None:
        yield from (None for _ in _COUNTED)
        yield ""
        yield "empty" if draft.is_empty else "not tried"
        return
    found = answer.simulation
    yield len(found.change.changed)
    yield found.difference.opened_count
    yield found.difference.closed_count
    yield from (found.count(one) for one in _FLOWS)
    yield len(found.losses_found)
    yield found.verdict
    yield "" if state.is_current(draft) else "changed since"
