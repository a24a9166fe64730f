"""Findings are accepted with a reason, taken from a file, declared about, and all of that is undone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.panels.checks.conftest import NOW
from workbench.checks import Accepted, CheckFinding, DeclaredFacts, FindingStatus, check, read_accepted
from workbench.ground import ArgumentError, NotFoundError
from workbench.panels.checks import ChecksState
from workbench.panels.frame import Scope, Upload
from workbench.workspace import ConflictError, Workspace

FILE = b"""accepted:
- {check: NP021, object: 'NetworkPolicy orders/*', owner: team-orders, reason: TCP is meant}
- {check: NP004, object: NetworkPolicy orders/checkout, owner: ann, reason: for now, expires: 2026-11-30}
"""


@pytest.fixture
def finding(state: ChecksState) -> CheckFinding:
    """Return the finding that is looked at."""
    assert state.findings is not None
    state.choose(state.findings.of("NP014").items[0].fingerprint)
    assert state.finding is not None
    return state.finding


def kept(state: ChecksState) -> Accepted:
    return state.scope.workspace.accepted("prod")


def test_what_is_accepted_is_kept_by_whoever_decides_and_counts_no_longer(
    state: ChecksState, finding: CheckFinding
) -> None:
    seen: list[int] = []
    state.scope.observe(lambda change: seen.append(change.new), "decided")
    state.accept(" it asks for no names ")
    assert seen == [1]
    (one,) = kept(state)
    assert (one.check, one.object, one.fingerprint) == ("NP014", "Deployment orders/checkout", finding.fingerprint)
    assert (one.owner, one.reason, one.expires) == ("ann", "it asks for no names", None)
    assert state.findings is not None
    assert finding.fingerprint not in {each.fingerprint for each in state.findings.open}
    assert state.finding is not None
    assert (state.finding.status, state.finding.owner) == ("accepted", "ann")
    assert finding.fingerprint not in set(state.rows()["fingerprint"])
    state.status = "accepted"
    assert list(state.rows()["fingerprint"]) == [finding.fingerprint]


def test_an_accepted_finding_has_a_reason_and_an_end_to_come(state: ChecksState, finding: CheckFinding) -> None:
    with pytest.raises(ArgumentError, match="not accepted without a reason"):
        state.accept("  ")
    with pytest.raises(ArgumentError, match="2026-11-30 is over already"):
        state.accept("why", expires=date(2026, 11, 30))
    assert len(kept(state)) == 0
    state.accept("why", owner="team", expires=NOW.date())
    assert [(one.owner, one.expires) for one in kept(state)] == [("team", NOW.date())]
    assert finding.fingerprint


def test_what_is_accepted_expires(state: ChecksState, finding: CheckFinding) -> None:
    state.accept("until tomorrow", expires=date(2026, 12, 2))
    later = ChecksState(state.scope, now=lambda: datetime(2026, 12, 3, tzinfo=UTC))
    later.take_over(state)
    assert later.finding is not None
    assert later.finding.status == "expired"
    assert finding.fingerprint in set(later.rows()["fingerprint"])
    later.status = "expired"
    assert list(later.rows()["fingerprint"]) == [finding.fingerprint]
    later.accept("once more")
    assert [one.reason for one in kept(state)] == ["once more"]


def test_accepting_withdrawing_and_declaring_are_undone_and_nothing_else_is(
    state: ChecksState, finding: CheckFinding
) -> None:
    with pytest.raises(NotFoundError, match="no decision about checks"):
        state.kept.undo()
    state.accept("why")
    assert state.withdraw() == 1
    assert len(kept(state)) == 0
    with pytest.raises(NotFoundError, match="nobody answers for NP014 of Deployment orders/checkout"):
        state.withdraw()
    state.declare(cni="calico")
    state.scope.decide({("view", "mine"): {}})
    assert state.kept.undo() == "what is declared: cni calico"
    assert state.kept.declared == DeclaredFacts()
    assert "accepted no longer" in state.kept.undo()
    assert [one.fingerprint for one in kept(state)] == [finding.fingerprint]
    assert state.kept.undo() == "accepted findings: why"
    assert len(kept(state)) == 0
    assert state.kept.undoable is None
    assert state.scope.workspace.records("view", cluster="prod")


def test_a_file_of_accepted_findings_is_kept_beside_those_that_are(state: ChecksState, finding: CheckFinding) -> None:
    state.accept("why")
    assert state.kept.take_file(Upload("accepted.yaml", FILE)) == 2
    assert state.kept.take_file(Upload("accepted.yaml", FILE)) == 2
    assert len(kept(state)) == 3
    assert state.findings is not None
    told = {one.fingerprint: one.status for one in state.findings}
    expected = check(
        state.scope.cluster,
        state.scope.flows,
        accepted=Accepted((*read_accepted(FILE.decode()), *kept(state))),
        now=NOW,
    )
    assert told == {one.fingerprint: one.status for one in expected}
    assert told[finding.fingerprint] == "accepted"
    assert list(told.values()).count(FindingStatus.EXPIRED) == 1
    again = read_accepted(str(state.accepted_file().content))
    assert [one.reason for one in again] == [one.reason for one in kept(state)]


@pytest.mark.parametrize(
    "content, message",
    [
        (FILE.replace(b"NP021", b"NP999"), "accepted.yaml, line 2: there is no check NP999"),
        (FILE.replace(b"TCP is meant", b"''"), "accepted.yaml, line 2: .*reason"),
        (b"accepted: []", "accepted.yaml lists nothing"),
        (b"\xff", "accepted.yaml is no text in UTF-8"),
    ],
)
def test_a_file_with_an_error_is_not_taken(state: ChecksState, content: bytes, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        state.kept.take_file(Upload("accepted.yaml", content))
    assert len(kept(state)) == 0


def test_what_is_not_declared_stays_as_it_was(state: ChecksState) -> None:
    state.declare(cni="calico", pod_cidrs=("10.0.0.0/8",))
    state.declare(tenant_label="team")
    assert state.scope.workspace.declared("prod") == DeclaredFacts(
        cni="calico", pod_cidrs=("10.0.0.0/8",), tenant_label="team"
    )
    with pytest.raises(ArgumentError, match="'10' is no block"):
        state.declare(pod_cidrs=("10",))
    assert state.kept.declared.pod_cidrs == ("10.0.0.0/8",)


def test_what_others_decided_meanwhile_is_not_written_over(state: ChecksState, finding: CheckFinding) -> None:
    _ = state.kept.accepted
    with Workspace(state.scope.workspace.path, who="ben") as other:
        theirs = Accepted().with_finding(finding, owner="ben", reason="mine")
        other.keep_accepted(theirs, Accepted(), cluster="prod")
    with pytest.raises(ConflictError):
        state.accept("why")
    assert [one.owner for one in state.kept.accepted] == ["ben"]
    state.accept("why")
    assert [one.owner for one in kept(state)] == ["ann"]


def test_asking_for_what_is_kept_makes_no_workspace(asked: ChecksState) -> None:
    state = ChecksState(Scope(asked.scope.cluster))
    assert len(state.kept.accepted) == 0
    assert state.kept.who == ""
    assert state.kept.undoable is None
    assert not state.scope.has_workspace
