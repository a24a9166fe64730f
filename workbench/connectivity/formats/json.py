"""The map for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import columns, rows
from workbench.connectivity.registries import register_format
from workbench.ground import json_text

if TYPE_CHECKING:
    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges

__all__ = ["json_objects"]


@register_format("json")
def json_objects(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write a list of objects with ``src``, ``dst`` and ``conn``, indented by two (formats 1)."""
    names = columns(connectivity)
    objects = [dict(zip(names, row, strict=False)) for row in rows(connectivity, ip_ranges)]
    return json_text(objects)
