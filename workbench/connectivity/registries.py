"""Which formats there are for each kind of answer: here writers register, and answers find them when they are asked.

Nothing here needs numpy: the command line lists the formats in its help.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from workbench.ground import Formats

__all__ = [
    "ANSWERS",
    "DIFFS",
    "EXPLANATIONS",
    "EXPOSURES",
    "MAPS",
    "NETWORK_MAPS",
    "register_answer_format",
    "register_diff_format",
    "register_explain_format",
    "register_exposure_format",
    "register_format",
    "register_network_format",
]

_Writers: TypeAlias = Formats[Callable[..., str]]

MAPS: _Writers = Formats("netpol_workbench.formats", home="workbench.connectivity.formats")
"""Of connectivity maps: ``write(connectivity, ip_ranges)``."""
NETWORK_MAPS: _Writers = Formats(
    "netpol_workbench.network_formats",
    home="workbench.connectivity.network_formats",
    kind="format for several networks",
)
"""Of the maps of several networks: ``write(networks, ip_ranges)``."""
ANSWERS: _Writers = Formats("netpol_workbench.answer_formats", home="workbench.connectivity.answer_formats")
"""Of answers to queries: ``write(answers)``, of one question each."""
EXPLANATIONS: _Writers = Formats("netpol_workbench.explain_formats", home="workbench.connectivity.explain_formats")
"""Of explanations: ``write(explanation)``."""
EXPOSURES: _Writers = Formats("netpol_workbench.exposure_formats", home="workbench.connectivity.exposure_formats")
"""Of exposures: ``write(exposure)``."""
DIFFS: _Writers = Formats("netpol_workbench.diff_formats", home="workbench.connectivity.diff_formats")
"""Of differences: ``write(diff, headings)``."""

register_format = MAPS.register
register_network_format = NETWORK_MAPS.register
register_answer_format = ANSWERS.register
register_explain_format = EXPLANATIONS.register
register_exposure_format = EXPOSURES.register
register_diff_format = DIFFS.register
