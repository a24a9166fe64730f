"""Which formats the answer to one query is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from workbench.connectivity.formats.registry import Formats

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity.query import Answer

__all__ = ["ANSWERS", "AnswerWriter", "register_answer_format", "render_answer"]

AnswerWriter: TypeAlias = "Callable[[Answer], str]"

ANSWERS: Formats[AnswerWriter] = Formats("netpol_workbench.answer_formats")
"""The formats of answers."""

register_answer_format = ANSWERS.register


def render_answer(answer: Answer, name: str) -> str:
    """Return an answer as text in the format called `name`, one of ``ANSWERS.names()``.

    Raises
    ------
    UnknownFormatError
        If there is no such format.
    """
    return ANSWERS.named(name).write(answer)
