"""Which formats an explanation is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from workbench.connectivity.formats.registry import Formats

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity.trace.explanation import Explanation

__all__ = ["EXPLANATIONS", "ExplanationWriter", "register_explain_format", "render_explanation"]

ExplanationWriter: TypeAlias = "Callable[[Explanation], str]"

EXPLANATIONS: Formats[ExplanationWriter] = Formats("netpol_workbench.explain_formats")
"""The formats of explanations."""

register_explain_format = EXPLANATIONS.register


def render_explanation(explanation: Explanation, name: str) -> str:
    """Return an explanation as text in the format called `name`, one of ``EXPLANATIONS.names()``.

    Parameters
    ----------
    explanation : Explanation
    name : str
        One of ``EXPLANATIONS.names()``.

    Raises
    ------
    UnknownFormatError
        If there is no such format.
    """
    return EXPLANATIONS.named(name).write(explanation)
