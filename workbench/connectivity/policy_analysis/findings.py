"""Policies and rules that a question has found, each with the reason and what shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workbench.connectivity.engine import Engine
from workbench.connectivity.frames import FINDINGS, rule_cells
from workbench.connectivity.inputs import compiled
from workbench.connectivity.policy_analysis.statements import Witness
from workbench.connectivity.result import Connectivity
from workbench.ground import FEW_ROWS, FirstRows, Result, Severity, count_of, first_rows, one_line, visible
from workbench.inventory import Cluster
from workbench.manifests import field_line, field_path
from workbench.policy import Policy, Rule

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Finding", "Findings", "findings_of"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A policy or a rule, and what is wrong with it.

    Attributes
    ----------
    code : str
        The question that found it: ``conflicting``, ``empty``, ``overlapping``, ``redundant``, ``shadowed`` or
        ``service-port``; ``elsewhere`` for what is empty because it leads out of the manifests.
    policy : Policy
    rule : Rule or None
        None where the whole policy is meant.
    message : str
        What is wrong, in words.
    others : tuple of str
        Policies and rules that are the reason: those that cover it, claim before it, or contradict it.
    witness : Witness or None
        A connection that shows it, where one can.
    remedy : str
        What to do about it.
    severity : Severity
        ``INFO`` for what need not be a fault.
    places : tuple of int
        The peers of the rule that are at fault, by their places; empty where the rule is as a whole.
    """

    code: str
    policy: Policy
    rule: Rule | None
    message: str
    others: tuple[str, ...] = ()
    witness: Witness | None = None
    remedy: str = ""
    severity: Severity = Severity.WARNING
    places: tuple[int, ...] = ()

    @property
    def path(self) -> tuple[str | int, ...]:
        """Path of the rule in its policy, such as ``("spec", "ingress", 0)``; empty for a whole policy."""
        return () if self.rule is None else self.rule.path

    @property
    def line(self) -> int | None:
        """Line of the rule, or of the policy, in the policy's file, counted from 1; None if it is not known."""
        return field_line(self.policy.source, self.path)

    def __repr__(self) -> str:
        """Return the finding in words."""
        return one_line(f"Finding({self})")

    def __str__(self) -> str:
        subject = " ".join(part for part in (self.policy.ref, field_path(self.path)) if part)
        others = f": {', '.join(self.others)}" if self.others else ""
        level = "info: " if self.severity is Severity.INFO else ""
        return visible(f"{level}{self.code}: {subject} {self.message}{others}")


def findings_of(conn: Cluster | Connectivity, search: Callable[[Engine], Iterable[Finding]]) -> Findings:
    """Return what `search` finds in all of a cluster's policies."""
    connectivity, engine = compiled(conn)
    return Findings(tuple(search(engine)), (connectivity,))


@dataclass(frozen=True, slots=True, repr=False)
class Findings(Result):
    """The findings of a question about policies, in the order of policies and rules; false if there are none."""

    _columns = ("severity", "code", "policy", "rule", "message", "others", "remedy")
    items: tuple[Finding, ...]
    origins: tuple[Result, ...] = field(default=(), compare=False)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self), "finding")
        yield from (f"{count:,} {code}" for code, count in Counter(one.code for one in self.items).items())

    def _first_rows(self) -> FirstRows:
        few = replace(self, items=self.items[:FEW_ROWS])
        return first_rows(few.to_frame(), self._columns, noun="finding", counted=(len(few), len(self)))

    def __str__(self) -> str:
        return "\n".join(map(str, self.items)) or "nothing found"

    @property
    def faults(self) -> Findings:
        """The findings with severity ``warning``."""
        return replace(self, items=tuple(one for one in self.items if one.severity is not Severity.INFO))

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies about which there is a finding as a whole."""
        return tuple(finding.policy for finding in self.items if finding.rule is None)

    @property
    def rules(self) -> tuple[tuple[Policy, Rule], ...]:
        """The single rules about which there is a finding, each with its policy."""
        return tuple((finding.policy, finding.rule) for finding in self.items if finding.rule is not None)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per finding; columns as in `frames.FINDINGS`."""
        return FINDINGS.from_rows(
            (
                finding.severity.value,
                finding.code,
                finding.policy.ref,
                field_path(finding.path),
                *rule_cells(finding.rule),
                finding.message,
                finding.others,
                finding.remedy,
                finding.witness.src if finding.witness else "",
                finding.witness.dst if finding.witness else "",
                str(finding.witness.ports) if finding.witness else "",
                finding.policy.source.file,
                finding.line,
            )
            for finding in self.items
        )
