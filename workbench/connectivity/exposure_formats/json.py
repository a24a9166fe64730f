"""The map and the exposure for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from workbench.connectivity.formats.rows import focus_title
from workbench.connectivity.registries import register_exposure_format
from workbench.ground import json_text
from workbench.manifests import field_path
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity.exposure.answer import Exposure, ExposureLine

__all__ = ["json_objects"]


@register_exposure_format("json")
def json_objects(exposure: Exposure) -> str:
    """Write ``connlist_results`` and ``exposure_results``; a direction without lines is null.

    Where the answer is about some ports only, the keys say so, and such a direction is an empty list
    (formats 3). An explained exposure has ``reasons`` in each line.
    """
    focus = "_conn_focus" if focus_title(exposure.connectivity) else ""
    nothing: list[Any] | None = [] if focus else None
    found = {
        f"connlist{focus}_results": json.loads(exposure.connectivity.render("json", exposure.ip_ranges)),
        f"exposure{focus}_results": {
            f"{direction.value}_exposure": [_line(exposure, line) for line in exposure.of(direction)] or nothing
            for direction in (Direction.EGRESS, Direction.INGRESS)
        },
    }
    return json_text(found)


def _line(exposure: Exposure, line: ExposureLine) -> dict[str, Any]:
    src, dst = line.ends
    found: dict[str, Any] = {"src": src, "dst": dst}
    if not focus_title(exposure.connectivity):
        found["conn"] = line.conn
    if exposure.explained:
        found["reasons"] = [
            {
                "conn": ports,
                "allowed": allowed,
                "reason": text,
                "policy": "" if decision is None or decision.policy is None else decision.policy.ref,
                "rule": "" if decision is None else field_path(decision.path),
            }
            for allowed, ports, text, decision in line.reasons()
        ]
    return found
