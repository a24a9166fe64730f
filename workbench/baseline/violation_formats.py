"""How violations are written for other tools: lines of JSON, CSV, SARIF, and what is sent to a webhook.

The command line imports this to list the formats in its help: pandas is imported within.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from workbench.baseline.model import SIDE
from workbench.ground import (
    FoundAt,
    SarifResult,
    SarifRule,
    csv_table,
    json_text,
    register_format,
    sarif_document,
    text_table,
    visible,
)

if TYPE_CHECKING:
    from workbench.baseline.violations import Violations

__all__ = ["violations_csv", "violations_jsonl", "violations_sarif", "violations_txt", "violations_webhook"]

RULE: Final = "unexpected-network-flow"
RULE_TEXT: Final = "A workload whose baseline is locked was part of a flow that is in no baseline."


def _cells(row: dict[Any, Any]) -> dict[str, Any]:
    """Return a row as JSON has it: times as text, no port as null."""
    return {str(name): _plain(cell) for name, cell in row.items()}


def _plain(cell: Any) -> Any:  # noqa: ANN401  (a cell of any column)
    import pandas as pd  # noqa: PLC0415  (not to list the formats)

    if isinstance(cell, tuple):
        return list(cell)
    if cell is pd.NaT or cell is pd.NA:
        return None
    if isinstance(cell, pd.Timestamp):
        return cell.isoformat().replace("+00:00", "Z")
    return None if pd.isna(cell) else cell.item() if hasattr(cell, "item") else cell


def _fingerprint(row: dict[str, Any]) -> str:
    """Return what tells a violation from others, in every run; clusters with names are told apart."""
    told = [row[name] for name in (*SIDE, "src", "dst")] + ([row["cluster"]] if row["cluster"] else [])
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _rows(violations: Violations) -> list[dict[str, Any]]:
    found = map(_cells, violations.to_frame().to_dict("records"))
    return [{"fingerprint": _fingerprint(row), **row} for row in found]


@register_format("violations", "txt")
def violations_txt(violations: Violations) -> str:
    """Write a line for each violation."""
    names = ("severity", "workload", "message", "flows", "suppressed")
    rows = ([visible(str(row[name])) for name in names] for row in _rows(violations))
    return text_table(names, rows)


@register_format("violations", "jsonl")
def violations_jsonl(violations: Violations) -> str:
    """Write a JSON object on a line for each violation, with a fingerprint that stays the same from run to run."""
    return "".join(f"{json.dumps(row)}\n" for row in _rows(violations))


@register_format("violations", "csv")
def violations_csv(violations: Violations) -> str:
    """Write a table for spreadsheets, which none of its cells can take for a formula."""
    names = violations.to_frame().columns
    rows = (
        [
            ", ".join(cell) if isinstance(cell := row[name], list) else "" if cell is None else str(cell)
            for name in names
        ]
        for row in _rows(violations)
    )
    return csv_table([list(names), *rows])


@register_format("violations", "webhook")
def violations_webhook(violations: Violations) -> str:
    """Write one JSON object with the violations that are raised, as a chat or an alert manager is sent it."""
    raised = [row for row in _rows(violations) if not row["suppressed"]]
    suppressed = len(violations) - len(raised)
    noun = "violation" if len(raised) == 1 else "violations"
    text = f"{len(raised)} {noun} of locked network baselines"
    return json_text({"text": text, "suppressed": suppressed, "violations": raised})


@register_format("violations", "sarif")
def violations_sarif(violations: Violations) -> str:
    """Write SARIF 2.1.0, in which each workload is a logical location, and what is suppressed says why."""
    results = (
        SarifResult(
            RULE,
            row["severity"],
            row["message"],
            (FoundAt(logical=row["workload"]),),
            ("flow/v1", row["fingerprint"]),
            properties={name: cell for name, cell in row.items() if name not in {"severity", "message", "fingerprint"}},
            suppressed=row["suppressed"],
        )
        for row in _rows(violations)
    )
    return sarif_document("violations", (SarifRule(RULE, RULE_TEXT),), results)
