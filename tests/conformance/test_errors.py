"""What the reference tool refuses is a problem of ours: of the same object, and for the same cause.

Our messages are our own; the table says which of our codes, at which field, stands for which of its errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.conformance import suite
from tests.conformance.table import CASE
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.ground import Problem

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not suite.folder().is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {suite.folder()}"),
]


class Cause(NamedTuple):
    """One of our codes, and a pattern of the field that it names."""

    code: str
    field: str
    severity: str = "error"


RULE = r"spec\.(ingress|egress)\[[0-9]+\]"
PEER = rf"{RULE}\.(from|to)\[[0-9]+\]"
CAUSES = {
    "alerts.SelectorErrTitle": Cause("invalid-value", r".*(Selector|namespaces)\.(matchLabels|matchExpressions).*"),
    "alerts.CombinedRulePeerErrStr": Cause("invalid-value", PEER),
    "alerts.IllegalPortRangeError": Cause("invalid-value", rf"{RULE}\.ports\[[0-9]+\]\.endPort"),
    "alerts.PriorityErrExplain": Cause("equal-priority", r"spec\.priority"),
    "alerts.PriorityValueErr": Cause("invalid-value", r"spec\.priority"),
    "alerts.OneFieldSetSubjectErr": Cause("exactly-one-of", r"spec\.subject"),
    "alerts.OneFieldSetRulePeerErr": Cause("exactly-one-of", PEER),
    "alerts.ANPIngressRulePeersErr": Cause("missing-field", r"spec\.ingress\[[0-9]+\]\.from"),
    "alerts.ANPEgressRulePeersErr": Cause("missing-field", r"spec\.egress\[[0-9]+\]\.to"),
    "alerts.ANPPortsError": Cause("exactly-one-of", rf"{RULE}\.ports\[[0-9]+\]"),
    "alerts.UnknownRuleActionErr": Cause("(invalid-value|missing-field)", rf"{RULE}\.action"),
    "alerts.InvalidCIDRAddr": Cause("invalid-value", rf"{PEER}\.networks\[[0-9]+\]"),
    "alerts.BANPAlreadyExists": Cause("duplicate-policy", ""),
    "alerts.BANPNameAssertion": Cause("invalid-value", r"metadata\.name"),
    "alerts.InvalidKeyValue": Cause("invalid-network", r"spec\..*"),
    "alerts.UDNNamespaceAssertion": Cause("invalid-network", r"metadata\.namespace"),
    "alerts.OnePrimaryUDNAssertion": Cause("second-primary-network", ""),
    # The reference refuses pods of one owner that differ; we tell them apart, and say so (semantics 5).
    "alerts.NotSupportedPodResourcesErrorStr": Cause("pods-differ", "", "warning"),
}

CASES = [pytest.param(case, id=case.name) for case in suite.cases("errors")]


@pytest.mark.parametrize("case", CASES)
def test_what_the_reference_refuses_is_a_problem(
    case: suite.Case, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    symbol, subjects = _expected(case)
    problems = load_manifests(case.manifests).problems_as_read("ignore")
    cause = CAUSES[symbol]
    found = [problem for problem in problems if problem.severity == cause.severity and _is(problem, cause)]
    assert found, [str(problem) for problem in problems]
    errors = [problem for problem in problems if problem.severity == "error"]
    assert [problem for problem in errors if not _is(problem, cause)] == []
    for subject in subjects:
        assert any(subject in f"{problem.object} {problem.field} {problem.message}" for problem in found), subject
    assert all(problem.file and problem.line for problem in found)


def _is(problem: Problem, cause: Cause) -> bool:
    return bool(re.fullmatch(cause.code, problem.code) and re.fullmatch(cause.field, problem.field))


def _expected(case: suite.Case) -> tuple[str, list[str]]:
    """Return the name of the reference's error, and what it says about: names, numbers."""
    written = case.listed["expected_error_symbol"]
    if isinstance(written, str):
        return written, []
    arguments = [str(argument) for argument in written["args"]]
    if written["call"].endswith("ConcatErrors"):
        return arguments[-1], []
    return written["call"], arguments


def test_every_case_is_in_the_suite() -> None:
    assert len(suite.cases("errors")) == 33
