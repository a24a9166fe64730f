"""What a rule's peer meant in network-policy-api 0.1, where ``namespaces`` held its selector one level deeper.

Then ``from: [{namespaces: {namespaceSelector: S}}]`` was what ``from: [{namespaces: S}]`` is today, and
``pods: {namespaces: {namespaceSelector: S}, podSelector: P}`` what ``pods: {namespaceSelector: S, podSelector: P}``
is. Read as today's shape, the selector would be an unknown field, and the peer every pod of the cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from workbench.ground import ProblemLog, Severity
from workbench.manifests import FieldPath, Manifest
from workbench.policy.rules import LeftOut, Policy

__all__ = ["read_as_meant"]

_SIDES: Final = (("ingress", "from"), ("egress", "to"))
_DEEPER: Final = "namespaceSelector"


def read_as_meant(
    manifest: Manifest, log: ProblemLog, read: Callable[[Manifest, ProblemLog], Policy | LeftOut]
) -> Policy | LeftOut:
    """Return what `read` makes of a v1alpha1 policy, with peers of the older shape as they were meant.

    Only where that is certain: beside the selector, the older shape had ``sameLabels`` and ``notSameLabels``,
    which nothing of today means.
    """
    spec = manifest.content.get("spec")
    places: list[FieldPath] = []
    if not isinstance(spec, Mapping) or (newer := _newer_spec(spec, places)) is spec:
        return read(manifest, log)
    for path in places:
        log.add(
            manifest.problem(
                Severity.WARNING,
                "older-shape",
                "this is the syntax of network-policy-api 0.1, which current API servers refuse; it is read as it was"
                " meant then",
                remedy=f"Write the selector itself under {path[-2]}."
                if "pods" not in path
                else "Write namespaceSelector beside podSelector.",
                path=path,
            )
        )
    found = read(Manifest({**manifest.content, "spec": newer}, manifest.source), log)
    pruned = read(manifest, ProblemLog())
    if isinstance(found, Policy) and isinstance(pruned, LeftOut) and pruned.prunable:
        return replace(found, pruned=pruned.policy)
    return found


def _newer_spec(spec: Mapping[str, Any], places: list[FieldPath]) -> Mapping[str, Any]:
    """Return `spec` in today's shape, and note the `places` that were of the older one; itself if there are none."""
    newer = dict(spec)
    for direction, side in _SIDES:
        rules = spec.get(direction)
        if not isinstance(rules, list):
            continue
        newer[direction] = list(rules)
        for number, rule in enumerate(rules):
            peers = rule.get(side) if isinstance(rule, Mapping) else None
            if isinstance(peers, list):
                path: FieldPath = ("spec", direction, number, side)
                changed = [_newer_peer(peer, (*path, place), places) for place, peer in enumerate(peers)]
                newer[direction][number] = {**rule, side: changed}
    return newer if places else spec


def _newer_peer(peer: object, path: FieldPath, places: list[FieldPath]) -> object:
    if not isinstance(peer, Mapping):
        return peer
    if (selector := _deeper(peer.get("namespaces"))) is not None:
        places.append((*path, "namespaces", _DEEPER))
        return {**peer, "namespaces": selector}
    pods = peer.get("pods")
    if isinstance(pods, Mapping) and _DEEPER not in pods and (selector := _deeper(pods.get("namespaces"))) is not None:
        places.append((*path, "pods", "namespaces", _DEEPER))
        rest = {key: value for key, value in pods.items() if key != "namespaces"}
        return {**peer, "pods": {**rest, _DEEPER: selector}}
    return peer


def _deeper(namespaces: object) -> Mapping[str, Any] | None:
    """Return the selector that stands one level deeper, where it is all that is there."""
    if isinstance(namespaces, Mapping) and set(namespaces) == {_DEEPER}:
        selector = namespaces[_DEEPER]
        return selector if isinstance(selector, Mapping) else None
    return None
