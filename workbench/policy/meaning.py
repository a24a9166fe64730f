"""What a policy says, wherever it was read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from workbench.manifests import Source
from workbench.policy.rules import LeftOut, Policy

__all__ = ["meaning_of"]

_NOWHERE: Final = Source()


def meaning_of(policy: Policy | LeftOut) -> object:
    """Return what a policy says: of two that say the same, this is equal.

    Parameters
    ----------
    policy : Policy or LeftOut
    """
    if isinstance(policy, LeftOut):
        return policy.why, policy.spec
    return replace(policy, source=_NOWHERE)
