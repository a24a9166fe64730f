"""A proposal can be read, compared, and taken apart; it never changes (generate 1, 4, 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import which
from subprocess import run

import pytest
import yaml

from tests.generate.town import NOW, Seen, cluster_of, flows_of, policy, proposed, specs, workload
from workbench.generate import (
    OWNERS,
    Proposal,
    WhyLeftOut,
    deletion_commands,
    is_generated,
    side_by_side,
)
from workbench.ground import NotFoundError
from workbench.inventory import Cluster

A, B, C = "10.244.0.1", "10.244.0.2", "10.244.0.3"
OF_B = "NetworkPolicy n/b-statefulset"


def town(*more: object) -> Cluster:
    return cluster_of(workload("n/a", A), workload("n/b", B), workload("m/c", C), *more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Cluster], Proposal]:
    seen = (
        Seen("n/a", "n/b", 80),
        Seen("m/c", "n/b", 81),
        Seen("n/a", "203.0.113.7", 443),
        Seen("n/a", "n/b", 82, denied=True),
    )
    folder = tmp_path_factory.mktemp("flows")

    def found(cluster: Cluster) -> Proposal:
        return proposed(cluster, flows_of(folder, cluster, *seen), strategy="least-privilege", allow=(), namespaces="n")

    return found


@pytest.fixture(scope="module")
def proposal(flows: Callable[[Cluster], Proposal]) -> Proposal:
    return flows(town())


def test_its_facts_are_counted(proposal: Proposal) -> None:
    assert repr(proposal).startswith("Proposal(least-privilege, 3 policies, 4 rules")
    assert any(WhyLeftOut.DENIED.meaning in one for one in proposal.notes)


def test_yaml_has_one_document_for_each_policy_in_the_order_of_application(proposal: Proposal) -> None:
    names = [one["metadata"]["name"] for one in yaml.safe_load_all(proposal.to_yaml())]
    assert names == ["a-statefulset", "b-statefulset", "default-deny"]
    assert proposal.render("yaml") == proposal.to_yaml()


def test_files_sort_in_that_order_and_are_the_same_policies(proposal: Proposal) -> None:
    files = proposal.to_files()
    assert list(files) == sorted(files) == ["1-n-a-statefulset.yaml", "2-n-b-statefulset.yaml", "3-n-default-deny.yaml"]
    assert [yaml.safe_load(text) for text in files.values()] == list(yaml.safe_load_all(proposal.to_yaml()))


def test_files_of_many_policies_sort_too() -> None:
    many = cluster_of(*(workload(f"n{number}/w") for number in range(12)))
    files = list(proposed(many, strategy="recipe", name="default-deny").to_files())
    assert files == sorted(files)
    assert len(files) == 12


def test_every_rule_has_its_reasons(proposal: Proposal) -> None:
    text = proposal.explain(OF_B)
    assert text.splitlines()[0] == f"{OF_B} for n/b[StatefulSet]"
    assert "    n/a[StatefulSet] => n/b[StatefulSet] : TCP 80, observed (1 flow)" in text.splitlines()
    assert proposal.explain().startswith("NetworkPolicy n/a-statefulset")
    assert "all egress and ingress is denied" in proposal.explain("NetworkPolicy n/default-deny")


def test_frames_have_a_row_for_each_rule_and_each_reason(proposal: Proposal) -> None:
    frame, reasons = proposal.to_frame(), proposal.reasons()
    assert len(frame) == 5
    assert set(reasons["rule"]) == set(frame["rule"]) - {""}
    assert "denied" in set(proposal.left_out_frame()["why"])


def test_a_policy_that_is_not_proposed_is_said(proposal: Proposal) -> None:
    with pytest.raises(NotFoundError, match="no policy 'NetworkPolicy n/none' is proposed"):
        proposal.draft("NetworkPolicy n/none")


def rules_of_b(proposal: Proposal) -> list[tuple[str, str]]:
    frame = proposal.to_frame()
    of_b = frame[frame["policy"] == OF_B]
    return list(zip(of_b["rule"].astype(str), of_b["ports"].astype(str), strict=True))


def test_without_a_rule_its_needs_are_left_out_by_hand(proposal: Proposal) -> None:
    rule = next(rule for rule, ports in rules_of_b(proposal) if "81" in ports)
    less = proposal.without_rule(OF_B, rule)
    assert [one["ports"][0]["port"] for one in specs(less)["n/b-statefulset"]["ingress"]] == [80]
    assert [one.need.src for one in less.left_out if one.why is WhyLeftOut.BY_HAND and one.need] == ["m/c[StatefulSet]"]
    assert len(specs(proposal)["n/b-statefulset"]["ingress"]) == 2


def test_the_reasons_of_the_other_rules_stay_theirs(proposal: Proposal) -> None:
    for rule, _ in rules_of_b(proposal):
        less = proposal.without_rule(OF_B, rule)
        (kept,) = [row for row in less.to_frame().itertuples() if row.policy == OF_B]
        (reason,) = [row for row in less.reasons().itertuples() if row.policy == OF_B]
        assert (kept.rule, kept.ports) == (reason.rule, reason.ports)


def test_a_rule_that_is_not_there_is_said(proposal: Proposal) -> None:
    with pytest.raises(NotFoundError, match="has no rule"):
        proposal.without_rule(OF_B, "spec.ingress[9]")


def test_without_a_policy(proposal: Proposal) -> None:
    less = proposal.without_policy(OF_B)
    assert "n/b-statefulset" not in specs(less)
    assert less.left_out[-1].subject == OF_B


def test_the_changed_cluster_has_what_is_proposed(proposal: Proposal) -> None:
    assert {one.ref for one in proposal.changed_cluster.objects.policies} == {one.ref for one in proposal.policies}
    assert proposal.cluster.objects.policies == ()


# --- beside what is there ---------------------------------------------------------------------------------


def test_beside_what_is_there_each_policy_says_what_becomes_of_it(flows: Callable[[Cluster], Proposal]) -> None:
    labels = {"app.kubernetes.io/managed-by": "netpol-workbench"}
    earlier = policy("n/a-statefulset", {"app": "a"}, labels=labels)
    other = policy("n/other", {"app": "z"})
    found = flows(town(earlier, other)).diff()
    assert [(one.ref.partition(" ")[2], one.change) for one in found.policies] == [
        ("n/a-statefulset", "changed"),
        ("n/b-statefulset", "added"),
        ("n/default-deny", "added"),
    ]


def test_lines_that_correspond_are_beside_each_other(flows: Callable[[Cluster], Proposal]) -> None:
    once = flows(town())
    first = once.without_rule(OF_B, "spec.ingress[1]")
    both = side_by_side(first.policies, once.policies)
    (changed,) = [one for one in both.policies if one.change != "unchanged"]
    assert {line.change for line in changed.lines} == {"unchanged", "added"}
    assert [line.now for line in changed.lines if line.now] == changed.now.splitlines()
    assert [line.proposed for line in changed.lines if line.proposed] == changed.proposed.splitlines()
    assert len(both.to_frame()) == sum(len(one.lines) for one in both.policies)


def test_what_is_removed_is_beside_nothing() -> None:
    cluster = town(policy("n/old", {"app": "a"}))
    (one,) = side_by_side(cluster.objects.policies, (), ["NetworkPolicy n/old", "NetworkPolicy n/gone"]).policies
    assert (one.change, one.proposed) == ("removed", "")
    assert {line.change for line in one.lines} == {"removed"}


def test_a_later_proposal_can_be_compared_with_an_earlier_one(flows: Callable[[Cluster], Proposal]) -> None:
    once = flows(town())
    assert {one.change for one in once.diff(once.changed_cluster).policies} == {"unchanged"}


def test_the_patch_makes_the_proposed_files_of_the_present_ones(tmp_path: Path) -> None:
    program = which("patch")
    if program is None:
        pytest.skip("patch is not installed")
    labels = {"app.kubernetes.io/managed-by": "netpol-workbench"}
    cluster = town(policy("n/default-deny", {"app": "a"}, labels=labels), policy("n/old"))
    found = proposed(cluster, strategy="recipe", name="default-deny")
    both = replace(found, replaces=("NetworkPolicy n/old",)).diff()
    assert {one.change for one in both.policies} == {"added", "changed", "removed"}
    for one in both.policies:
        file = tmp_path / one.file
        file.parent.mkdir(parents=True, exist_ok=True)
        if one.now:
            file.write_text(one.now, encoding="utf-8")
    done = run([program, "-p1"], input=both.to_patch(), cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    for one in both.policies:
        file = tmp_path / one.file
        assert (file.read_text(encoding="utf-8") if file.exists() else "") == one.proposed


# --- what was generated is known by its label -------------------------------------------------------------


def test_policies_of_ours_carry_the_label_of_ours(proposal: Proposal) -> None:
    assert all(
        dict(one.metadata.labels) == {"app.kubernetes.io/managed-by": "netpol-workbench"} for one in proposal.policies
    )
    assert all(map(is_generated, proposal.policies))


@pytest.mark.parametrize("key,value", OWNERS)
def test_each_way_to_generate_is_known(key: str, value: str) -> None:
    (one,) = cluster_of(policy("n/p", labels={key: value})).objects.policies
    (other,) = cluster_of(policy("n/p", labels={key: f"{value}-not"})).objects.policies
    assert is_generated(one)
    assert not is_generated(other)


@pytest.mark.parametrize("client", ["kubectl", "oc"])
def test_all_that_was_generated_can_be_deleted(client: str) -> None:
    everywhere = deletion_commands(client=client)  # type: ignore[arg-type]
    assert everywhere[: len(OWNERS)] == tuple(
        f"{client} delete networkpolicies --all-namespaces --selector {key}={value}" for key, value in OWNERS
    )
    assert everywhere[len(OWNERS) :] == tuple(
        f"{client} delete {kind}.policy.networking.k8s.io --selector app.kubernetes.io/managed-by=netpol-workbench"
        for kind in ("clusternetworkpolicies", "adminnetworkpolicies")
    )
    assert len(deletion_commands(["b", "a", "a"])) == 2 * len(OWNERS)
    assert deletion_commands(["a"])[0].startswith("kubectl delete networkpolicies --namespace a --selector ")


def test_when_it_was_made_is_passed_in(proposal: Proposal) -> None:
    assert proposal.made_at == NOW
