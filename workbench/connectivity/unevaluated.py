"""Which policies a cluster may have that no answer takes into account, and whose answers depend on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from workbench.connectivity.engine import Engine
from workbench.ground import is_are, listed
from workbench.policy import LeftOut

__all__ = ["Unevaluated", "differing_note", "unevaluated"]


class Unevaluated(NamedTuple):
    """Policies that are not evaluated, with the classes that each may be about; never none."""

    policies: tuple[tuple[LeftOut, frozenset[int]], ...]

    def notes(self, rows: Iterable[int]) -> Iterator[str]:
        """Yield a sentence if any of the policies may be about pods of the classes `rows`."""
        queried = frozenset(rows)
        found = [left.ref for left, classes in self.policies if classes & queried]
        if found:
            yield f"{listed(found)} {is_are(found)} not evaluated: the cluster may allow or deny something else."

    @property
    def note(self) -> str:
        """A sentence about a whole map: empty if every policy is evaluated."""
        refs = [left.ref for left, _ in self.policies]
        return f"{listed(refs)} {is_are(refs)} not evaluated: the cluster may allow less or more." if refs else ""

    @property
    def written(self) -> dict[str, object]:
        """The policies by their ``ref``, each as its spec was written."""
        return {left.ref: left.spec for left, _ in self.policies}


def differing_note(before: Unevaluated, after: Unevaluated) -> str:
    """Return a sentence about the difference of two maps; empty if every policy of both is evaluated."""
    one, other = before.written, after.written
    refs = sorted({*one, *other})
    if not refs:
        return ""
    sides = {(True, True): "before and after", (True, False): "before", (False, True): "after"}
    texts = [f"{ref} ({sides[ref in one, ref in other]})" for ref in refs]
    return f"{listed(texts)} {is_are(refs)} not evaluated: the clusters may differ in less or in more."


def unevaluated(engine: Engine) -> Unevaluated:
    """Return the policies of a cluster that are not evaluated and are about pods that are here."""
    found = (
        (left, frozenset(engine.resolver.written_subject(left.policy.subject).tolist()))
        for left in engine.objects.left_out
        if left.in_force
    )
    return Unevaluated(tuple((left, classes) for left, classes in found if classes))
