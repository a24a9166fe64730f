"""The difference for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import PortTexts
from workbench.connectivity.registries import register_diff_format
from workbench.ground import json_text

if TYPE_CHECKING:
    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Headings

__all__ = ["json_objects"]


@register_diff_format("json")
def json_objects(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write a list of objects, one a change, indented by two.

    Keys are the same whatever the two inputs are called: ``change``, ``src``, ``dst``, ``before``,
    ``after``, ``opened`` and ``closed`` as in the frame, and ``workloads``, a list of the ends that
    came or went with the connection.
    """
    del headings  # a program looks for keys that it knows
    texts = PortTexts()
    objects = [
        {
            "change": change.kind.value,
            "src": change.src.name,
            "dst": change.dst.name,
            "before": texts[change.before],
            "after": texts[change.after],
            "opened": texts[change.opened],
            "closed": texts[change.closed],
            "workloads": [peer.name for peer in change.workloads],
        }
        for change in diff
    ]
    return json_text(objects)
