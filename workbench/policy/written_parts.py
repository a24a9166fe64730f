"""How the parts are written that policy kinds share, and what is said of a part that a kind has no words for."""

from __future__ import annotations

from typing import Any

from workbench.ground import ArgumentError, visible
from workbench.manifests import FieldPath, field_path
from workbench.policy.rules import Policy, Rule
from workbench.policy.selectors import Selector

__all__ = ["check_rule", "unwritable", "written_selector"]


def unwritable(policy: Policy, path: FieldPath | str, message: str, remedy: str = "") -> ArgumentError:
    """Return the error with this `message` and `remedy`: the kind of `policy` cannot express the field at `path`."""
    where = path if isinstance(path, str) else field_path(path)
    return ArgumentError(f"{visible(policy.ref)} cannot be written: {where}: {message}", remedy)


def written_selector(selector: Selector) -> dict[str, Any]:
    """Return a label selector as Kubernetes writes it: ``matchLabels`` where they say the same, all of it sorted."""
    labels: dict[str, str] = {}
    expressions: list[dict[str, Any]] = []
    for requirement in selector.requirements:
        if requirement.is_label and requirement.key not in labels:
            labels[requirement.key] = requirement.values[0]
            continue
        expression: dict[str, Any] = {"key": requirement.key, "operator": requirement.operator.value}
        if requirement.values:
            expression["values"] = list(requirement.values)
        expressions.append(expression)
    return {
        **({"matchLabels": labels} if labels else {}),
        **({"matchExpressions": expressions} if expressions else {}),
    }


def check_rule(policy: Policy, rule: Rule, path: FieldPath, side: str, ports: str) -> None:
    """Raise what no kind can express: a rule without peers or without ports, or one out of its order.

    An empty list would mean all to some kinds, and be refused by others.

    Parameters
    ----------
    side, ports : str
        Names of the fields of the rule at `path` that hold its peers and its ports.
    """
    if rule.index != path[-1]:
        message = f"the rule's index is {rule.index}"
        raise unwritable(policy, path, message, "Number the rules of each direction from 0, in their order.")
    remedy = "Leave the rule out: it matches nothing."
    if not rule.peers:
        raise unwritable(
            policy,
            (*path, side),
            "the rule has no peers and matches nothing, but an empty list matches everything",
            remedy,
        )
    if not rule.ports.numbers and not rule.ports.named:
        raise unwritable(
            policy,
            (*path, ports),
            "the rule has no ports and matches nothing, but an empty list matches all ports",
            remedy,
        )
