"""Which policies there are, what each says, and whom it is about."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from workbench.ground import count_of
from workbench.inventory import RULES
from workbench.report.frames import POLICIES_LISTED
from workbench.report.model import Prose, ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    import pandas as pd

    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["policies"]

_SAID: Final = ("rule_name", "direction", "action", "subject", "peers", "ports", "priority")
"""What of a rule is in the digest of its policy."""


_POLICY_SHOWN: Final = (
    *("policy", "tier", "subject", "workload_count", "isolates", "rule_count", "findings", "file", "line"),
)
_RULE_SHOWN: Final = ("policy", "rule", "direction", "action", "peers", "ports")


@register_section("policies", title="Policy inventory", order=650)
def policies(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    kinds = Counter(one.kind for one in context.policies)
    words = ", ".join(f"{number:,} {kind}" for kind, number in sorted(kinds.items()))
    yield f"In force: {count_of(len(context.policies), 'policy')}{words and ', '}{words}."
    left = [one for one in context.cluster.objects.left_out if context.holds(one.policy.namespace)]
    if left:
        yield Prose.warning(
            f"No answer takes {count_of(len(left), 'policy')} into account: their kinds are not evaluated, or they "
            "have errors."
        )
    rules = context.within(context.cluster.rules, "namespace")
    yield ReportTable("policies", "Policies", POLICIES_LISTED, _policies(context), ("policy",), _POLICY_SHOWN)
    yield ReportTable("rules", "Rules", RULES, rules, ("policy", "rule"), _RULE_SHOWN)


def _policies(context: AuditContext) -> pd.DataFrame:
    counts = Counter(one.object for one in context.findings.open)
    said: defaultdict[str, list[Any]] = defaultdict(list)
    for row in context.cluster.rules.to_dict("records"):
        said[row["policy"]].append([row[name] for name in _SAID])
    rows: list[tuple[Any, ...]] = []
    for row in context.cluster.policies.to_dict("records"):
        if row["policy"] not in context.selected:
            continue
        isolates = tuple(way for way in ("ingress", "egress") if row[f"isolates_{way}"])
        told = json.dumps([row["subject"], row["tier"], row["priority"], isolates, said[row["policy"]]], default=str)
        number = row["ingress_rules"] + row["egress_rules"]
        of = (
            len(context.selected[row["policy"]]),
            isolates,
            number,
            counts[row["policy"]],
            _digest(told),
        )
        place = (row["file"], row["line"], row["tier"])
        rows.append((row["policy"], row["kind"], row["namespace"], row["subject"], *of, *place))
    for left in context.cluster.objects.left_out:
        one = left.policy
        if context.holds(one.namespace):
            of = (0, (), 0, counts[one.ref], _digest(repr(left.spec)))
            place = (one.source.file, one.source.line, "left-out")
            rows.append((one.ref, one.kind, one.namespace, "", *of, *place))
    return POLICIES_LISTED.from_rows(rows)


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
