"""Which formats the answer to one query is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from workbench.connectivity.formats.registry import Formats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.connectivity.trace.answer import Answer

__all__ = ["ANSWERS", "AnswerWriter", "register_answer_format", "render_answers"]

AnswerWriter: TypeAlias = "Callable[[Sequence[Answer]], str]"

ANSWERS: Formats[AnswerWriter] = Formats("netpol_workbench.answer_formats")
"""The formats of answers."""

register_answer_format = ANSWERS.register


def render_answers(answers: Sequence[Answer], name: str) -> str:
    """Return answers as text in the format called `name`, one of ``ANSWERS.names()``.

    Parameters
    ----------
    answers : sequence of Answer
        To one question each.
    name : str
        One of ``ANSWERS.names()``.

    Raises
    ------
    UnknownFormatError
        If there is no such format.
    """
    return ANSWERS.named(name).write(answers)
