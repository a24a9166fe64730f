"""What becomes of a policy whose unknown fields are dropped, and which fields were probably meant.

The API server refuses a policy with a field that its kind does not have, as kubectl asks it to. Older clients,
and tools that read manifests, drop such a field silently: a slip in a selector then makes it choose
everything (Kubernetes, "API Concepts", field validation).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, get_args

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from workbench.manifests import FieldPath
from workbench.policy.rules import Action, Direction, Policy, Tier
from workbench.policy.selectors import EVERYTHING, Selector

__all__ = ["Known", "closest", "drop_effect", "field_hint", "fields_of", "known_at"]

_SELECTORS: Final = frozenset({"podSelector", "namespaceSelector", "namespaces", "nodes"})
_DOMAINS: Final = ("dns", "fqdn", "domain", "hostname")
_VERBS: Final[Mapping[Action, str]] = {Action.ALLOW: "allow", Action.DENY: "deny", Action.PASS: "pass"}
_EVERYONE: Final = {"ingress": "every source", "egress": "every destination"}


class Known(NamedTuple):
    """What there is in the place of an unknown field.

    Attributes
    ----------
    fields : tuple of str
        The fields of the object that it stands in.
    belongs : str
        Where a field of its name would be right: ``under podSelector`` or ``one level higher``; empty if nowhere near.
    """

    fields: tuple[str, ...]
    belongs: str = ""


def known_at(model: type[BaseModel], path: FieldPath) -> Known:
    """Return what there is in the place of the unknown field at `path` within a `model`."""
    name, levels = path[-1], [model]
    for step in path[:-1]:
        if isinstance(step, str):
            levels.append(fields_of(levels[-1]).get(step) or levels[-1])
    fields = fields_of(levels[-1])
    under = [field for field, inner in fields.items() if inner is not None and name in fields_of(inner)]
    higher = [level for level in levels[:-1] if name in fields_of(level)]
    belongs = f"under {' or '.join(under)}" if under else "at another indentation" if higher else ""
    return Known(tuple(fields), belongs)


def fields_of(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    """Return the fields of a model as they are written, with the models that they hold."""
    return {info.alias or to_camel(name): _model_of(info.annotation) for name, info in model.model_fields.items()}


def closest(written: str, known: Iterable[str]) -> str | None:
    """Return the one of the words `known` that `written` looks most like; None if none looks like it."""
    folded = {str(word).casefold(): str(word) for word in known}
    close = get_close_matches(written.casefold(), folded, n=1, cutoff=0.75)
    return folded[close[0]] if close else None


def field_hint(path: FieldPath, known: Known, kind: str) -> str:
    """Return what to do about the unknown field at `path`."""
    written = str(path[-1])
    close = closest(written, known.fields)
    if close:
        return f"Is {close} meant?"
    if known.belongs:
        return f"A field of this name stands {known.belongs}."
    if written in {"sameLabels", "notSameLabels"}:
        return f"{kind} has had no {written} since network-policy-api 0.1: write a policy for each value of the label."
    if any(part in written.casefold() for part in _DOMAINS) and "ipBlock" in known.fields:
        return (
            f"{kind} has no domain names: allow the addresses with ipBlock, or write the rule as a policy of a"
            " kind with domain names, such as ClusterNetworkPolicy."
        )
    return f"Look for a slip or a wrong indentation; the fields here are {', '.join(known.fields)}."


def drop_effect(path: FieldPath, content: Mapping[str, Any], unknown: Collection[FieldPath], policy: Policy) -> str:
    """Return what a client does to `policy` that drops the field at `path` of `content`; empty if it hardly matters.

    `policy` is what was read without its `unknown` fields.
    """
    parent = path[:-1]
    rest = _rest(content, parent, unknown)
    match parent:
        case () | ("spec",):
            matters = bool(parent) or "spec" not in content
            return f"makes the policy select {_pods(policy)}{_directions(policy)}" if matters else ""
        case ("spec", "podSelector", *_) | ("spec", "subject", *_):
            nothing = parent == ("spec", "subject") and not rest
            refused = "is left without a subject, which the API server refuses as well"
            return refused if nothing else f"makes the policy select {_pods(policy)}"
        case ("spec", ("ingress" | "egress") as direction, int(index)):
            return _on_rule(rest, str(direction), f"makes the rule {_verb(policy, str(direction), index)}", policy)
        case ("spec", ("ingress" | "egress") as direction, int(index), ("from" | "to") as side, int(place), *inner):
            verb = f"makes the rule {_verb(policy, str(direction), index)}"
            peer = _rest(content, ("spec", direction, index, side, place), unknown)
            return _on_peer(peer, verb, policy) if not inner else _within_peer(peer, inner, rest, verb, policy)
        case ("spec", ("ingress" | "egress"), int(), ("ports" | "protocols"), int()):
            return _on_port(rest, policy)
    return ""


def _on_rule(rest: Mapping[str, Any], direction: str, makes: str, policy: Policy) -> str:
    lacking = []
    if not (rest.get("from") or rest.get("to")):
        if policy.tier is not Tier.NETWORK_POLICY:
            return ""
        lacking.append(_EVERYONE[direction])
    if not (rest.get("ports") or rest.get("protocols")):
        lacking.append("all ports")
    return f"{makes} {' on '.join(lacking)}" if lacking else ""


def _on_peer(rest: Mapping[str, Any], makes: str, policy: Policy) -> str:
    if not rest:
        return _empty_peer(policy)
    if set(rest) == {"podSelector"}:
        return f"{makes} pods of namespace {policy.namespace} only" if policy.namespace else ""
    if set(rest) == {"namespaceSelector"}:
        return f"{makes} all pods of these namespaces"
    return ""


def _empty_peer(policy: Policy) -> str:
    if policy.tier is Tier.NETWORK_POLICY:
        return "is left with an empty peer, which the API server refuses as well"
    if policy.kind == "ClusterNetworkPolicy":
        return "has a peer without a known field: it matches nothing in a rule that accepts, and everything in another"
    return ""


def _within_peer(peer: Mapping[str, Any], inner: list[Any], rest: Mapping[str, Any], makes: str, policy: Policy) -> str:
    if inner[0] == "ipBlock":
        return f"{makes} all of {rest['cidr']}" if rest.get("cidr") and not rest.get("except") else ""
    slips = [step for step in inner if step in _SELECTORS]
    if not slips or inner[-1] not in _SELECTORS:
        return ""
    if rest:
        return f"{makes} more, by fewer conditions"
    if slips[-1] == "podSelector":
        own = policy.namespace and "namespaceSelector" not in peer
        return f"{makes} all pods of {f'namespace {policy.namespace}' if own else 'these namespaces'}"
    return f"{makes} {'all nodes' if slips[-1] == 'nodes' else 'pods of all namespaces'}"


def _on_port(rest: Mapping[str, Any], policy: Policy) -> str:
    if policy.tier is not Tier.NETWORK_POLICY:
        return ""
    protocol, port = rest.get("protocol") or "TCP", rest.get("port")
    return f"reads {protocol} {port}" if port is not None else f"reads all {protocol} ports"


def _verb(policy: Policy, direction: str, index: int) -> str:
    action = next((r.action for r in policy.rules if (r.direction, r.index) == (direction, index)), Action.ALLOW)
    return _VERBS[action]


def _pods(policy: Policy) -> str:
    """Return the pods that a policy selects, in words."""
    namespaces, pods = policy.subject
    if isinstance(namespaces, Selector):
        where = "all namespaces" if namespaces == EVERYTHING else f"namespaces with {namespaces}"
    else:
        where = f"namespace {namespaces}"
    return f"all pods of {where}" if pods == EVERYTHING else f"pods with {pods} of {where}"


def _directions(policy: Policy) -> str:
    named = [direction.value for direction in Direction if direction in policy.isolates]
    return f", for {' and '.join(named)}" if named else ""


def _rest(content: Any, path: FieldPath, unknown: Collection[FieldPath]) -> Mapping[str, Any]:  # noqa: ANN401  (JSON)
    """Return the object at `path` without its unknown fields."""
    found = content
    for step in path:
        found = found[step]
    if not isinstance(found, Mapping):
        return {}
    return {key: value for key, value in found.items() if (*path, key) not in unknown and value is not None}


def _model_of(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401  (a type form)
    """Return the model that a field's annotation is about."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_of(part)) is not None), None)
