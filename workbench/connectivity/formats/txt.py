"""The map as plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import focus_title, rows, with_notes
from workbench.connectivity.registries import register_format
from workbench.ground import visible

if TYPE_CHECKING:
    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges

__all__ = ["txt"]


@register_format("txt")
def txt(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write one line a connection, ``src => dst : conn`` (formats 1), then what no line says."""
    if title := focus_title(connectivity):
        lines = (f"{visible(src)} => {visible(dst)}\n" for src, dst, _ in rows(connectivity, ip_ranges))
        return with_notes("".join((f"Permitted connections on {title}:\n", *lines)), connectivity)
    plain = (f"{visible(src)} => {visible(dst)} : {conn}\n" for src, dst, conn in rows(connectivity, ip_ranges))
    return with_notes("".join(plain), connectivity)
