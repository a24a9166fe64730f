"""The answer as a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.answer_formats.registry import register_answer_format
from workbench.connectivity.formats.rows import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.connectivity.answer import Answer

__all__ = ["txt"]


@register_answer_format("txt")
def txt(answers: Sequence[Answer]) -> str:
    """Write each answer, then for each end what it permits and which policies and rules decide that."""
    return "\n".join("".join(f"{printable(line)}\n" for line in str(answer).splitlines()) for answer in answers)
