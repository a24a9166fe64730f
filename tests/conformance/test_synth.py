"""The policies and the connections of every `synth` case are the reference tool's, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance import suite
from tests.conformance.agree import MARKS
from tests.conformance.table import CASE
from workbench import load_manifests
from workbench.generate.build_time.reference import (
    as_json,
    as_yaml,
    policy_list,
    reference_connections,
    reference_policies,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.inventory import Cluster

pytestmark = MARKS

CASES = [pytest.param(case, name, id=case.name) for case in suite.cases("synth") for name in case.formats]
WRITERS: dict[str, Callable[[object], str]] = {"json": as_json, "yaml": as_yaml}
OUTPUTS: dict[str, Callable[[Cluster], Any]] = {
    "connections": reference_connections,
    "netpols": lambda cluster: policy_list(reference_policies(cluster)),
    "netpols_array": reference_policies,
}


def compared(text: str) -> list[str]:
    """Return the lines that the tool's own tests compare: paths differ from machine to machine."""
    return ["filepath" if "filepath" in line else line for line in text.splitlines()]


@pytest.mark.parametrize("case,format_name", CASES)
def test_output_is_the_references(
    case: suite.Case, format_name: str, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    made = OUTPUTS[case.listed["output"]](load_manifests(case.manifests))
    assert compared(WRITERS[format_name](made)) == compared(case.expected(format_name))


def test_every_output_is_in_the_suite() -> None:
    assert {case.listed["output"] for case in suite.cases("synth")} == set(OUTPUTS)
