"""What a person takes out, and what one admits though it was left out: asked again, it stays so (generate 1, 12)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.generate.town import NOW, Seen, cluster_of, flows_of, proposed, specs, whys, workload
from workbench.flows import Flows
from workbench.generate import Proposal, proposal_of, proposed_again, record_of
from workbench.ground import ArgumentError, PortSet
from workbench.inventory import Cluster

A, B = "n/a[StatefulSet]", "n/b[StatefulSet]"


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return cluster_of(workload("n/a", "10.244.0.1"), workload("n/b", "10.244.0.2"), workload("m/c", "10.244.0.3"))


@pytest.fixture
def flows(cluster: Cluster, tmp_path: Path) -> Flows:
    return flows_of(
        tmp_path,
        cluster,
        *(Seen("n/a", "n/b", port, at=hour) for port in (80, 81) for hour in range(2)),
        Seen("n/a", "n/b", 90, denied=True),
        Seen("m/c", "n/b", 99),
    )


def least(cluster: Cluster, flows: Flows, **options: object) -> Proposal:
    return proposed(cluster, flows, strategy="least-privilege", allow=(), namespaces="n", **options)


def ports(proposal: Proposal) -> set[tuple[str, str]]:
    found = proposal.reasons()
    found = found[found["policy"].str.contains("n/b-|n/stackrox-generated-b") & (found["dst"] == B)]
    return set(zip(found["src"], found["ports"], strict=True))


BOTH = {(A, "TCP 80"), (A, "TCP 81"), ("m/c[StatefulSet]", "TCP 99")}


@pytest.mark.parametrize("strategy", ["least-privilege", "observed", "rhacs"])
def test_what_was_denied_is_admitted_where_a_person_wants_it(cluster: Cluster, flows: Flows, strategy: str) -> None:
    asked = {"strategy": strategy, "namespaces": "n"}
    before = proposed(cluster, flows, **asked)
    (denied,) = [one for one in before.left_out if one.can_be_admitted]
    assert denied.need is not None
    after = proposed(cluster, flows, admit=[denied.need.key], **asked)
    assert (A, "TCP 90") in ports(after)
    assert "denied" not in {why for why, _ in whys(after)}
    assert "denied" in {why for why, _ in whys(before)}


def test_what_was_seen_once_is_admitted_by_itself(cluster: Cluster, flows: Flows) -> None:
    strict = least(cluster, flows, seen_once="leave-out")
    assert ports(strict) == BOTH - {("m/c[StatefulSet]", "TCP 99")}
    (once,) = [one for one in strict.left_out if one.why.value == "seen-once"]
    assert once.need is not None
    assert ports(least(cluster, flows, seen_once="leave-out", admit=[once.need.key])) == BOTH


def test_of_what_no_rule_can_be_made_nothing_is_admitted(tmp_path: Path) -> None:
    cluster = cluster_of(workload("n/a", "10.244.0.1"), workload("n/b", "10.0.0.9", hostNetwork=True))
    flows = flows_of(tmp_path, cluster, Seen("n/a", "n/b", 80))
    found = proposed(cluster, flows, strategy="least-privilege")
    assert {one.why.value for one in found.left_out} >= {"host-network"}
    assert not [one for one in found.left_out if one.can_be_admitted]


def test_a_rule_is_told_by_what_it_says(cluster: Cluster, flows: Flows) -> None:
    found = least(cluster, flows)
    (said,) = [one for one in found.rule_sayings() if "Allow ingress" in one and "app=c" in one]
    less = found.without_sayings([said, "NetworkPolicy n/x: nothing says so"])
    assert less.dropped == (said,)
    assert ports(less) == BOTH - {("m/c[StatefulSet]", "TCP 99")}
    denial = "NetworkPolicy n/default-deny: no rule"
    assert "n/default-deny" not in specs(found.without_sayings([denial]))


def test_asked_again_on_newer_flows_the_same_stays_taken_out_and_admitted(
    cluster: Cluster, flows: Flows, tmp_path: Path
) -> None:
    first = least(cluster, flows)
    (denied,) = [one.need for one in first.left_out if one.can_be_admitted and one.need is not None]
    (said,) = [one for one in first.rule_sayings() if "Allow ingress" in one and "app=c" in one]
    changed = least(cluster, flows, without=[(A, B, PortSet.of("TCP", 80))], admit=[denied.key]).without_sayings([said])
    kept = proposal_of(json.loads(json.dumps(record_of(changed))), cluster)
    assert (kept.asked, kept.dropped) == (changed.asked, (said,))
    (tmp_path / "later").mkdir()
    later = flows_of(
        tmp_path / "later", cluster, *(Seen("n/a", "n/b", port, denied=port == 90) for port in (80, 82, 90)),
        Seen("m/c", "n/b", 99),
    )  # fmt: skip
    again = proposed_again(kept, cluster, later, now=NOW + timedelta(days=1))
    assert ports(again) == {(A, "TCP 82"), (A, "TCP 90")}
    assert (again.asked, again.dropped) == (kept.asked, kept.dropped)
    assert NOW in set(again.since.values()), "what was proposed before is known since then"


def test_what_is_gone_is_not_asked_about_any_more(cluster: Cluster, flows: Flows) -> None:
    first = proposed(cluster, flows, strategy="least-privilege", namespaces=("n", "m"))
    small = cluster_of(workload("n/a"), workload("n/b"))
    assert proposed_again(first, small, flows).asked.namespaces == ("n",)
    with pytest.raises(ArgumentError, match="what the proposal was about is gone: m"):
        proposed_again(proposed(cluster, flows, strategy="observed", namespaces="m"), small, flows)


def test_work_reports_how_far_it_has_come_and_can_be_stopped(cluster: Cluster, flows: Flows) -> None:
    stages: list[str] = []
    least(cluster, flows, progress=lambda stage, _done, _total: stages.append(stage))
    assert list(dict.fromkeys(stages)) == [
        "what is asked is looked up",
        "flows are counted",
        "policies are made",
        "policies are checked",
    ]

    class StopError(Exception):
        pass

    def stop(stage: str, _done: int, _total: int | None) -> None:
        if stage == "policies are made":
            raise StopError

    with pytest.raises(StopError):
        least(cluster, flows, progress=stop)
