"""The answer for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from workbench.connectivity.answer_formats.registry import register_answer_format
from workbench.manifests.source import field_path

if TYPE_CHECKING:
    from workbench.connectivity.query import Answer

__all__ = ["json_object"]


@register_answer_format("json")
def json_object(answer: Answer) -> str:
    """Write an object with ``src``, ``dst``, ``asked``, ``allowed``, ``conn`` and ``verdicts``, one for each end."""
    found = {
        "src": answer.src,
        "dst": answer.dst,
        "asked": str(answer.asked),
        "allowed": answer.allowed,
        "conn": str(answer.connection),
        "verdicts": [
            {
                "direction": verdict.direction.value,
                "subject": verdict.subject,
                "conn": str(verdict.ports),
                "reasons": [
                    {
                        "policy": reason.ref,
                        "rule": field_path(reason.path),
                        "effect": reason.effect,
                        "conn": str(reason.ports),
                        "reason": str(reason),
                    }
                    for reason in verdict.reasons
                ],
            }
            for verdict in answer.verdicts
        ],
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
