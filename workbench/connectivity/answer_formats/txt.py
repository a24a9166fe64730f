"""The answer as a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.registries import register_answer_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.connectivity.trace.answer import Answer

__all__ = ["txt"]


@register_answer_format("txt")
def txt(answers: Sequence[Answer]) -> str:
    """Write each answer, then for each end what it permits and which policies and rules decide that."""
    return "\n".join(f"{answer}\n" for answer in answers)
