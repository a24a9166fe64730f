"""The shortest strategy: what was seen and what baselines know is admitted, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.generate.registry import strategy

if TYPE_CHECKING:
    from workbench.generate.context import Context
    from workbench.generate.draft import Drafts

__all__ = ["observed"]


@strategy("observed")
def observed(context: Context) -> Drafts:
    """Admit what was seen and what baselines know, in both directions, and nothing else."""
    return context.admitting(context.needs, name="{workload}-observed")
