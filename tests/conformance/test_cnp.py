"""Every probe of the ClusterNetworkPolicy conformance suite gets through, or does not, as it should."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.pods import workload_of
from tests.conformance.table import CASE
from workbench.connectivity import evaluate
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not suite.folder().is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {suite.folder()}"),
]

CASES = [pytest.param(case, id=case.name) for case in suite.cases("cnp")]


@pytest.mark.parametrize("case", CASES)
def test_probes_get_through_as_they_should(case: suite.Case, record_property: Callable[[str, object], None]) -> None:
    record_property(CASE, (case.kind, case.name))
    probes = json.loads(case.expected("json"))
    cluster = load_manifests(case.manifests)
    assert cluster.problems_found == ()
    assert len(probes) == case.listed["n_checks"]
    found = evaluate(cluster)
    answers = [
        found.query(workload_of(cluster, one["src"]), workload_of(cluster, one["dst"]), one["port"], one["protocol"])
        for one in probes
    ]
    assert [answer.allowed for answer in answers] == [one["allowed"] for one in probes]


def test_every_case_is_in_the_suite() -> None:
    assert len(suite.cases("cnp")) == 47
