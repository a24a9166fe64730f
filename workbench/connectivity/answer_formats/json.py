"""The answer for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.registries import register_answer_format
from workbench.ground import json_text
from workbench.manifests import field_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.connectivity.trace.answer import Answer

__all__ = ["json_objects"]


@register_answer_format("json")
def json_objects(answers: Sequence[Answer]) -> str:
    """Write an object with ``src``, ``dst``, ``service``, ``asked``, ``verdict``, ``conn``, ``notes`` and others.

    ``verdicts`` has one for each end that is a workload, and ``parts`` an object for each of several workloads
    behind a Service. Of several answers, a list.
    """
    found = [_object(answer) for answer in answers]
    return json_text(found[0] if len(found) == 1 else found)


def _object(answer: Answer) -> dict[str, object]:
    return {
        "src": answer.src,
        "dst": answer.dst,
        "service": answer.service,
        "asked": str(answer.asked),
        "verdict": answer.verdict,
        "allowed": answer.allowed,
        "conn": str(answer.connection),
        "in_part": str(answer.in_part),
        "notes": list(answer.notes),
        "verdicts": [
            {
                "direction": verdict.direction.value,
                "subject": verdict.subject,
                "verdict": verdict.state(answer.asked),
                "conn": str(verdict.ports),
                "in_part": str(verdict.in_part),
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
        "parts": [_object(part) for part in answer.parts],
    }
