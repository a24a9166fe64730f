"""What of that which is needed is cut all the same where a proposal is applied, and by which policies (generate 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity import evaluate
from workbench.generate.frames import STILL_CUT

if TYPE_CHECKING:
    import pandas as pd

    from workbench.generate.needs import Need
    from workbench.generate.proposal import Proposal

__all__ = ["still_cut"]


def still_cut(proposal: Proposal) -> pd.DataFrame:
    """Return what a proposal was made of and is cut all the same, mostly by policies that are there and stay.

    What was left out is not among it, nor an end that is no workload, address or block.

    Parameters
    ----------
    proposal : Proposal

    Returns
    -------
    DataFrame
        Columns as in `frames.STILL_CUT`.
    """
    left_out = {one.need.key for one in proposal.left_out if one.need is not None}
    asked = [
        (need, end, protocol, port)
        for need in proposal.needs
        if need.key not in left_out
        for end in need.blocks or ("",)
        for protocol, port, _ in need.ports.intervals
    ]
    if not asked:
        return STILL_CUT.from_rows(())
    workloads = {one.peer for one in proposal.cluster.objects.workloads}
    verdicts = evaluate(proposal.changed_cluster).verdicts(
        (*_ends(need, end, workloads), port, protocol) for need, end, protocol, port in asked
    )
    found = {
        (need.src, need.dst, str(need.ports), one.verdict, tuple(sorted(one.decided_by)), one.reason): None
        for (need, *_), one in zip(asked, verdicts, strict=True)
        if one.verdict in {"denied", "partly"}
    }
    return STILL_CUT.from_rows(found)


def _ends(need: Need, block: str, workloads: set[str]) -> tuple[str, str]:
    """Return the ends as questions take them: in place of a name outside, a block of it."""
    if not block:
        return need.src, need.dst
    return (need.src, block) if need.src in workloads else (block, need.dst)
