"""Which formats an exposure is written in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from workbench.connectivity.formats.registry import Formats

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity.exposure.answer import Exposure

__all__ = ["EXPOSURES", "ExposureWriter", "register_exposure_format", "render_exposure"]

ExposureWriter: TypeAlias = "Callable[[Exposure], str]"

EXPOSURES: Formats[ExposureWriter] = Formats("netpol_workbench.exposure_formats")
"""The formats of exposures."""

register_exposure_format = EXPOSURES.register


def render_exposure(exposure: Exposure, name: str) -> str:
    """Return an exposure as text in the format called `name`, one of ``EXPOSURES.names()``.

    Parameters
    ----------
    exposure : Exposure
    name : str
        One of ``EXPOSURES.names()``.

    Raises
    ------
    UnknownFormatError
        If there is no such format.
    """
    return EXPOSURES.named(name).write(exposure)
