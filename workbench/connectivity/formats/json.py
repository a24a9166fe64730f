"""Answers for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.connectivity.formats.rows import DIRECTIONS, PortTexts, focus_title, map_table, network_table
from workbench.connectivity.frames import rule_cells
from workbench.ground import json_text, register_format
from workbench.manifests import field_path
from workbench.policy import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.connectivity.decisions import Decision, PairPart, Ruling
    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Headings
    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges
    from workbench.connectivity.exposure.answer import Exposure, ExposureLine
    from workbench.connectivity.networks import Networks
    from workbench.connectivity.trace.answer import Answer, Verdict
    from workbench.connectivity.trace.explanation import Explanation, PairExplanation

__all__ = ["write_answer", "write_diff", "write_explanation", "write_exposure", "write_map", "write_networks"]


@register_format("map", "json")
def write_map(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write a list of objects with ``src``, ``dst`` and ``conn``, indented by two (formats 1)."""
    return json_text(_map(connectivity, ip_ranges))


def _map(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> list[dict[str, str]]:
    names, rows = map_table(connectivity, ip_ranges)
    return [dict(zip(names, row, strict=True)) for row in rows]


@register_format("networks", "json")
def write_networks(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write a list of objects with ``src``, ``dst`` and ``conn``; as the reference tool does, without the network."""
    names, rows = network_table(networks, ip_ranges)
    return json_text([dict(zip(names[:-1], row[:-1], strict=True)) for row in rows])


@register_format("diff", "json")
def write_diff(diff: ConnectivityDiff, headings: Headings) -> str:
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


@register_format("explanation", "json")
def write_explanation(explanation: Explanation) -> str:
    """Write a list of pairs with ``src``, ``dst``, and ``allowed`` and ``denied``: lists of ports with their reasons.

    Ports are ``ports`` as text and ``intervals`` as lists of protocol, first and last. Of ``egress`` and ``ingress``
    there is the ``ruling``, and its ``decisions`` with the columns of the frame (formats 4).
    """
    return json_text([_pair(pair) for pair in explanation.pairs])


def _pair(pair: PairExplanation) -> dict[str, Any]:
    return {
        "src": pair.src.name,
        "dst": pair.dst.name,
        **({} if pair.network is None else {"network": pair.network.name}),
        "allowed": [_part(pair, part) for part in pair.parts if part.allowed],
        "denied": [_part(pair, part) for part in pair.parts if not part.allowed],
    }


def _part(pair: PairExplanation, part: PairPart) -> dict[str, Any]:
    return {
        "ports": str(part.ports),
        "intervals": part.ports.intervals,
        "egress": _ruling(pair, Direction.EGRESS, part.egress),
        "ingress": _ruling(pair, Direction.INGRESS, part.ingress),
    }


def _ruling(pair: PairExplanation, direction: Direction, ruling: Ruling) -> dict[str, Any]:
    return {
        "ruling": _word(allowed=ruling.allowed),
        "decisions": [_decision(decision, decision.text(direction, pair.src, pair.dst)) for decision in ruling.listed],
    }


def _word(*, allowed: bool) -> str:
    return "allowed" if allowed else "denied"


def _decision(decision: Decision, reason: str) -> dict[str, Any]:
    """Return a decision under the names that the columns of frames have, and the Service of an Ingress or a route."""
    rule_index, rule_name = rule_cells(decision.rule)
    found = {
        "effect": decision.effect.value,
        "policy": decision.ref,
        "rule": field_path(decision.path),
        "rule_index": rule_index,
        "rule_name": rule_name,
        "reason": reason,
        "file": decision.file,
        "line": decision.line,
    }
    return found if decision.target is None else {**found, "service": decision.target.backend.service}


@register_format("exposure", "json")
def write_exposure(exposure: Exposure) -> str:
    """Write ``connlist_results`` and ``exposure_results``; a direction without lines is null.

    Where the answer is about some ports only, the keys say so, and such a direction is an empty list
    (formats 3). An explained exposure has ``reasons`` in each line, with the names that columns of frames have.
    """
    focus = "_conn_focus" if focus_title(exposure.connectivity) else ""
    nothing: list[Any] | None = [] if focus else None
    found = {
        f"connlist{focus}_results": _map(exposure.connectivity, exposure.ip_ranges),
        f"exposure{focus}_results": {
            f"{direction.value}_exposure": [_opening(exposure, line) for line in exposure.of(direction)] or nothing
            for direction in DIRECTIONS
        },
    }
    return json_text(found)


def _opening(exposure: Exposure, line: ExposureLine) -> dict[str, Any]:
    src, dst = line.ends
    found: dict[str, Any] = {"src": src, "dst": dst}
    if not focus_title(exposure.connectivity):
        found["conn"] = line.conn
    if exposure.explained:
        found["reasons"] = [
            {
                "ports": ports,
                "ruling": _word(allowed=allowed),
                **_decision(decision, text),
            }
            for allowed, ports, text, decision in line.reasons()
        ]
    return found


@register_format("answer", "json")
def write_answer(answers: Sequence[Answer]) -> str:
    """Write an object with ``src``, ``dst``, ``service``, ``asked``, ``verdict``, ``ports``, ``notes`` and others.

    ``verdicts`` has one for each end that is a workload, with the names that the columns of the frame have, and
    ``parts`` an object for each of several workloads behind a Service. Of several answers, a list (formats 7).
    """
    found = [_answer(answer) for answer in answers]
    return json_text(found[0] if len(found) == 1 else found)


def _answer(answer: Answer) -> dict[str, object]:
    return {
        "src": answer.src,
        "dst": answer.dst,
        "service": answer.service,
        "asked": str(answer.asked),
        "verdict": answer.verdict,
        "allowed": answer.allowed,
        "ports": str(answer.connection),
        "in_part": str(answer.in_part),
        "obstacle": answer.obstacle,
        "notes": list(answer.notes),
        "verdicts": [_verdict(answer, verdict) for verdict in answer.verdicts],
        "parts": [_answer(part) for part in answer.parts],
    }


def _verdict(answer: Answer, verdict: Verdict) -> dict[str, object]:
    return {
        "direction": verdict.direction.value,
        "workload": verdict.workload,
        "peer": answer.dst if verdict.direction is Direction.EGRESS else answer.src,
        "ruling": verdict.state(answer.asked),
        "ports": str(verdict.ports),
        "in_part": str(verdict.in_part),
        "reasons": [
            {**_decision(decision, str(decision)), "ports": str(decision.ports)} for decision in verdict.reasons
        ],
    }
