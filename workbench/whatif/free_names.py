"""What a policy is called that is added beside others: nothing that is there may be replaced by it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.generate import policy_name

if TYPE_CHECKING:
    from workbench.policy import Policy

__all__ = ["with_free_name"]


def with_free_name(policy: Policy, taken: Collection[str]) -> Policy:
    """Return a policy by its name, or by that and a number where another one has it.

    Parameters
    ----------
    policy : Policy
    taken : collection of str
        References of the policies that are there, as `Policy.ref` has them.
    """
    found, number = policy, 1
    while found.ref in taken:
        number += 1
        found = replace(policy, name=policy_name(f"{policy.name}-{number}"))
    return found
