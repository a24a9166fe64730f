"""The policy that denies what no other allows in a namespace: what patches add, written once for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from workbench.checks.found import Patch
from workbench.checks.patching import patch_to
from workbench.generate import network_policy
from workbench.policy import EVERYTHING, Direction, Metadata, Policy
from workbench.whatif import with_free_name

if TYPE_CHECKING:
    from workbench.checks.resolver import Resolver

__all__ = ["TRY_FIRST", "DefaultDenies"]

TRY_FIRST: Final = "Try it in what-if first: it cuts what no other policy allows."


class DefaultDenies:
    """Writes policies that deny by default, names still being asked for.

    Parameters
    ----------
    resolver : Resolver
    taken : frozenset of str
        References of the policies that are there.
    """

    def __init__(self, resolver: Resolver, taken: frozenset[str]) -> None:
        self._resolver, self._taken = resolver, taken
        self._written: dict[tuple[str, frozenset[Direction]], Patch] = {}

    def patch(self, namespace: str, directions: Iterable[Direction]) -> Patch:
        """Return the patch by which all pods of a namespace are denied what no policy allows.

        Parameters
        ----------
        namespace : str
        directions : iterable of Direction
        """
        key = namespace, frozenset(directions)
        if key not in self._written:
            self._written[key] = patch_to(self.policy(*key))
        return self._written[key]

    def policy(self, namespace: str, directions: frozenset[Direction]) -> Policy:
        """Return that policy.

        Parameters
        ----------
        namespace : str
        directions : frozenset of Direction
        """
        side = next(iter(directions)).value if len(directions) == 1 else "all"
        rules = self._resolver.rules() if Direction.EGRESS in directions else ()
        policy = network_policy(namespace, f"default-deny-{side}", EVERYTHING, directions, rules, metadata=Metadata())
        return with_free_name(policy, self._taken)
