"""An explanation for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.connectivity.registries import register_explain_format
from workbench.ground import json_text
from workbench.manifests import field_path
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity.decisions import Decision, PairPart, Ruling
    from workbench.connectivity.trace.explanation import Explanation, PairExplanation

__all__ = ["json_objects"]


@register_explain_format("json")
def json_objects(explanation: Explanation) -> str:
    """Write a list of pairs with ``src``, ``dst``, and ``allowed`` and ``denied``: lists of ports with their reasons.

    Ports are given as text (``conn``) and as lists of ``[first, last]`` by protocol (``ports``). An
    end's ``decisions`` are empty where only the system default permits.
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
        "conn": str(part.ports),
        "ports": part.ports.by_protocol(),
        "egress": _ruling(pair, Direction.EGRESS, part.egress),
        "ingress": _ruling(pair, Direction.INGRESS, part.ingress),
    }


def _ruling(pair: PairExplanation, direction: Direction, ruling: Ruling) -> dict[str, Any]:
    return {
        "allowed": ruling.allowed,
        "decisions": [_decision(pair, direction, decision) for decision in ruling.decisions],
    }


def _decision(pair: PairExplanation, direction: Direction, decision: Decision) -> dict[str, Any]:
    found: dict[str, Any] = {
        "effect": decision.effect.value,
        "reason": decision.text(direction, pair.src, pair.dst),
    }
    owner = decision.policy if decision.target is None else decision.target.ingress
    if owner is not None:
        policy = {"kind": owner.kind, "namespace": owner.namespace, "name": owner.name, "file": owner.source.file}
        found["policy"] = {key: value for key, value in policy.items() if value}
    if decision.target is not None:
        found["service"] = decision.target.backend.service
    if decision.rule is not None:
        found["rule"] = {
            "path": field_path(decision.path),
            "number": decision.rule.index + 1,
            "name": decision.rule.name,
            "action": decision.rule.action.value,
        }
    return found
