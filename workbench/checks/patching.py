"""Patches that remove what was found: policies written anew, with a rule or some peers changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from workbench.checks.found import NO_PATCH, Patch
from workbench.ground import ArgumentError
from workbench.policy import Direction, Policy, Rule, write_policies

__all__ = ["patch_to", "with_rule", "without_rule"]


def patch_to(*policies: Policy) -> Patch:
    """Return the patch that puts policies in the place of those of their names; none where one cannot be written.

    Parameters
    ----------
    *policies : Policy
    """
    if any(one.metadata.generated for one in policies):  # the API server would name them anew, and both would be there
        return NO_PATCH
    return Patch(partial(_written, policies))


def _written(policies: Sequence[Policy]) -> str:
    try:
        return write_policies(policies)
    except ArgumentError:
        return ""


def with_rule(policy: Policy, rule: Rule, changed: Rule) -> Patch:
    """Return the patch by which a policy has another rule in place of one.

    Parameters
    ----------
    policy : Policy
    rule : Rule
        One of its rules.
    changed : Rule
        What is to stand there.
    """
    return patch_to(replace(policy, rules=tuple(changed if one is rule else one for one in policy.rules)))


def without_rule(policy: Policy, rule: Rule) -> Patch:
    """Return the patch by which a policy has one rule less; it is deleted where it says nothing without.

    Parameters
    ----------
    policy : Policy
    rule : Rule
        One of its rules.
    """
    rules = tuple(_numbered(one for one in policy.rules if one is not rule))
    if not rules and not policy.isolates:
        return Patch(delete=(policy.ref,))
    return patch_to(replace(policy, rules=rules))


def _numbered(rules: Iterable[Rule]) -> Iterable[Rule]:
    counts = dict.fromkeys(Direction, 0)
    for rule in rules:
        yield replace(rule, index=counts[rule.direction])
        counts[rule.direction] += 1
