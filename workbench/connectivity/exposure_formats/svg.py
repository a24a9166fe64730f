"""The map and the exposure as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.exposure_formats.dot import dot
from workbench.connectivity.exposure_formats.registry import register_exposure_format
from workbench.connectivity.formats.graphviz import draw

if TYPE_CHECKING:
    from workbench.connectivity.exposure import Exposure

__all__ = ["svg"]


@register_exposure_format("svg")
def svg(exposure: Exposure) -> str:
    """Draw the graph that the format ``dot`` describes."""
    text = draw(dot(exposure))
    # Graphviz's XML and DOCTYPE lines would be in the way where the picture stands inside a page.
    return text[text.index("<svg") :]
