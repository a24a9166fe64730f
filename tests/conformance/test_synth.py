"""The policies and the connections of every `synth` case are the reference tool's, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance import suite
from tests.conformance.agree import MARKS
from tests.conformance.table import CASE
from tests.generate.schema import check_schema
from workbench import load_manifests
from workbench.generate import WhyLeftOut, propose
from workbench.generate.build_time.reference import (
    reference_connections,
    reference_json,
    reference_policies,
    reference_policy_list,
    reference_yaml,
)
from workbench.inventory import DEFAULT_NAMESPACE, Cluster
from workbench.policy import policy_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workbench.policy import Policy

pytestmark = MARKS

CASES = [pytest.param(case, name, id=case.name) for case in suite.cases("synth") for name in case.formats]
WRITERS: dict[str, Callable[[object], str]] = {"json": reference_json, "yaml": reference_yaml}
OUTPUTS: dict[str, Callable[[Cluster], Any]] = {
    "connections": reference_connections,
    "netpols": lambda cluster: reference_policy_list(reference_policies(cluster)),
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


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in suite.cases("synth")])
def test_all_of_it_is_what_the_kubernetes_api_takes(case: suite.Case) -> None:
    cluster = load_manifests(case.manifests)
    made = reference_policies(cluster, labelled=True)
    check_schema(
        made, reference_policy_list(made), *map(policy_manifest, propose(cluster, strategy="build-time").policies)
    )


def test_every_output_is_in_the_suite() -> None:
    assert {case.listed["output"] for case in suite.cases("synth")} == set(OUTPUTS)


def meaning(policies: Iterable[Policy]) -> dict[str, object]:
    """Return what policies say, by their names; the order of rules says nothing."""
    return {
        one.ref: (one.subject, one.isolates, {(rule.direction, rule.peers, rule.ports) for rule in one.rules})
        for one in policies
    }


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in suite.cases("synth")])
def test_the_strategy_proposes_the_same_but_for_what_is_about_others_too(case: suite.Case) -> None:
    cluster = load_manifests(case.manifests)
    found = propose(cluster, strategy="build-time", protected=())
    proposed = meaning(load_manifests(found.to_yaml()).objects.policies)
    made = reference_policies(cluster)
    theirs = meaning(Cluster().with_policies(made).objects.policies)
    unlabelled = {one.peer for one in cluster.objects.workloads if not all(shape.labels for shape in one.shapes)}
    named = {one.subject for one in found.left_out if one.why is WhyLeftOut.NO_LABELS and one.need is None}
    assert named == unlabelled
    differing = {ref for ref, one in theirs.items() if proposed.get(ref) != one}
    assert set(proposed) <= set(theirs)
    assert bool(differing) == bool(unlabelled)
    written = {f"NetworkPolicy {_namespace(one)}/{one['metadata']['name']}": one["spec"] for one in made}
    assert all(_is_about_all_pods(written[ref]) for ref in differing)


def _namespace(policy: dict[str, Any]) -> str:
    return str(policy["metadata"].get("namespace", DEFAULT_NAMESPACE))


def _is_about_all_pods(spec: dict[str, Any]) -> bool:
    """Tell whether a policy, or a peer of it, is all pods of a namespace for want of labels."""
    peers = [peer for rule in spec.get("ingress", ()) for peer in rule.get("from", ())]
    return {} in [spec["podSelector"], *(peer.get("podSelector") for peer in peers)]
