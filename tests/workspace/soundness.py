"""Is what a workspace keeps whole: each decision, and the chain of values from the first to those that hold now."""

from __future__ import annotations

import json

from workbench.workspace import Workspace
from workbench.workspace.decisions import Key

__all__ = ["assert_sound"]


def assert_sound(workspace: Workspace) -> int:
    """Follow all decisions from the first, and return how many there are."""
    decisions = workspace.decisions()
    assert [one.id for one in decisions] == list(range(1, len(decisions) + 1))
    now: dict[tuple[str, Key], str] = {}
    for decision in decisions:
        assert decision.changes, f"half of decision {decision.id} is there"
        for change in decision.changes:
            place = (decision.cluster, (change.kind, change.key))
            assert now.pop(place, None) == change.before, f"decision {decision.id} saw what was not there"
            if change.after is not None:
                now[place] = change.after
    for cluster in {"", *workspace.clusters()}:
        held = {named: json.loads(value) for (of, named), value in now.items() if of == cluster}
        assert workspace.records(cluster=cluster) == held
    return len(decisions)
