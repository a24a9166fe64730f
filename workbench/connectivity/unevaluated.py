"""Which policies a cluster may have that no answer takes into account, and whose answers depend on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from workbench.connectivity.compile import Compiled
from workbench.inventory.left_out import listed
from workbench.policy.rules import LeftOut

__all__ = ["Unevaluated", "unevaluated"]


class Unevaluated(NamedTuple):
    """Policies that are not evaluated, with the classes that each may be about; never none."""

    policies: tuple[tuple[LeftOut, frozenset[int]], ...]

    def notes(self, rows: Iterable[int]) -> Iterator[str]:
        """Yield a sentence if any of the policies may be about pods of the classes `rows`."""
        asked = frozenset(rows)
        found = [left.ref for left, classes in self.policies if classes & asked]
        if found:
            verb = "is" if len(found) == 1 else "are"
            yield f"{listed(found)} {verb} not evaluated: the cluster may allow or deny something else."


def unevaluated(compiled: Compiled) -> Unevaluated:
    """Return the policies of a cluster that are not evaluated and are about pods that are here."""
    found = (
        (left, frozenset(compiled.resolver.written_subject(left.policy.subject).tolist()))
        for left in compiled.objects.left_out
        if left.in_force
    )
    return Unevaluated(tuple((left, classes) for left, classes in found if classes))
