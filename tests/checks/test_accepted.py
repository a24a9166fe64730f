"""Who answers for a finding: files of accepted findings, and annotations."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.samples import SHOP
from workbench.checks import Accepted, AcceptedFinding, CheckFindings, FindingStatus, answered, check, read_accepted
from workbench.ground import MissingFileError
from workbench.inventory import load_manifests

CLUSTER = load_manifests(SHOP)
NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
ALL = AcceptedFinding("NP999", "*", "ben", "whatever it is")
FILE = """\
accepted:
- check: NP010
  object: NetworkPolicy shop/nobody
  owner: team-shop
  reason: its pods come in spring
  expires: 2026-12-31
"""


def found(text: str = FILE, manifests: str = SHOP, now: datetime | None = NOW) -> CheckFindings:
    return check(load_manifests(manifests), accepted=read_accepted(text), only=["NP010"], now=now)


def test_an_accepted_finding_names_its_owner_and_fails_nothing() -> None:
    (one,) = found()
    assert (one.status, one.owner, one.reason) == (FindingStatus.ACCEPTED, "team-shop", "its pods come in spring")
    assert not found().failing("info").items
    assert found().headline == "0 findings; 1 accepted or ignored"


@pytest.mark.parametrize(
    "day, status",
    [(date(2026, 12, 31), FindingStatus.ACCEPTED), (date(2027, 1, 1), FindingStatus.EXPIRED)],
)
def test_it_is_accepted_to_the_end_of_its_last_day(day: date, status: FindingStatus) -> None:
    (one,) = found(now=datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC))
    assert one.status is status
    assert bool(found(now=datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)).failing("medium")) == (
        status is FindingStatus.EXPIRED
    )


def test_stars_stand_for_anything_and_a_fingerprint_for_one_finding() -> None:
    assert [one.status for one in found(FILE.replace("shop/nobody", "*"))] == [FindingStatus.ACCEPTED]
    assert [one.status for one in found(FILE.replace("shop/nobody", "other/*"))] == [FindingStatus.NEW]
    (one,) = found("accepted: []\n")
    of_another = FILE.replace("  expires", f"  fingerprint: {'0' * 32}\n  expires")
    assert [one.status for one in found(of_another)] == [FindingStatus.NEW]
    of_this = FILE.replace("  expires", f"  fingerprint: {one.fingerprint}\n  expires")
    assert [one.status for one in found(of_this)] == [FindingStatus.ACCEPTED]


def test_what_is_not_found_any_more_is_told_with_its_line() -> None:
    (problem,) = found(FILE.replace("nobody", "somebody")).problems_found
    assert (problem.code, problem.line) == ("stale-accepted-finding", 2)
    assert problem.object == "NP010 NetworkPolicy shop/somebody"


def test_of_a_check_that_was_not_asked_or_not_of_the_whole_cluster_nothing_is_said() -> None:
    nobody = SHOP.replace("app: gone", "app: web")
    assert found(manifests=nobody).said
    for asked in ({"only": ["NP021"]}, {"skip": ["NP010"]}, {"namespaces": ["other"]}):
        assert not check(load_manifests(nobody), accepted=read_accepted(FILE), now=NOW, **asked).said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given, field, line",
    [
        (FILE.replace("  owner: team-shop\n", ""), "accepted[0].owner", 2),
        (FILE.replace("its pods come in spring", '" "'), "accepted[0].reason", 5),
        (FILE.replace("2026-12-31", "soon"), "accepted[0].expires", 6),
        (FILE.replace("expires:", "expiry:"), "accepted[0].expiry", 6),
        ("accepted: 3\n", "accepted", 1),
    ],
)
def test_a_wrong_entry_says_where_and_the_others_are_read(given: str, field: str, line: int) -> None:
    read = read_accepted(given)
    (problem,) = read.said
    assert (problem.field, problem.line, problem.code) == (field, line, "invalid-accepted-finding")


def test_an_unknown_check_is_a_problem() -> None:
    (problem,) = read_accepted(FILE.replace("NP010", "NP999")).said
    assert (problem.code, problem.line) == ("unknown-check", 2)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="there is no file"):
        read_accepted(tmp_path / "none.yaml")


def test_accepted_findings_are_written_as_they_are_read() -> None:
    (one,) = found("accepted: []\n")
    kept = Accepted().with_finding(one, owner="ana: #1", reason="it's\nso", expires=date(2027, 1, 1))
    read = read_accepted(kept.to_yaml())
    assert not read.said
    (entry,) = read
    assert (entry.owner, entry.reason, entry.expires) == ("ana: #1", "it's\nso", date(2027, 1, 1))
    assert entry.fingerprint == one.fingerprint
    assert [each.status for each in check(CLUSTER, accepted=read, only=["NP010"])] == [FindingStatus.ACCEPTED]


ANNOTATED = SHOP.replace(
    "  name: nobody\n", '  name: nobody\n  annotations: {ignore-check.netpol-workbench/NP010: "in spring"}\n'
)
NAMESPACE = """\
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {ignore-check.netpol-workbench/NP010: "all in spring"}}
"""


@pytest.mark.parametrize("manifests, reason", [(ANNOTATED, "in spring"), (SHOP + NAMESPACE, "all in spring")])
def test_an_annotation_of_the_object_or_its_namespace_ignores_a_check(manifests: str, reason: str) -> None:
    (one,) = found("accepted: []\n", manifests)
    assert (one.status, one.reason) == (FindingStatus.IGNORED, reason)


def test_an_annotation_without_a_reason_ignores_nothing_and_says_so() -> None:
    answer = found("accepted: []\n", ANNOTATED.replace('"in spring"', '""'))
    assert [one.status for one in answer] == [FindingStatus.NEW]
    (problem,) = answer.problems_found
    assert problem.code == "ignored-without-reason"
    assert problem.field.startswith("metadata.annotations")


def test_the_annotation_of_another_check_ignores_nothing() -> None:
    answer = found("accepted: []\n", ANNOTATED.replace("NP010:", "NP011:"))
    assert [one.status for one in answer] == [FindingStatus.NEW]


def test_a_default_namespace_is_that_of_an_object_without_one() -> None:
    without = ANNOTATED.replace("  namespace: shop\n", "")
    assert [one.status for one in found("accepted: []\n", without)] == [FindingStatus.IGNORED]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("NP001", "NP003", "NP010", "NP021")),
            st.sampled_from(("*", "NetworkPolicy *", "Namespace shop", "NetworkPolicy shop/nobody")),
            st.sampled_from((None, date(2026, 11, 30), date(2026, 12, 1))),
        ),
        max_size=4,
    )
)
def test_who_answers_is_known_without_asking_again(entries: list[tuple[str, str, date | None]]) -> None:
    accepted = Accepted(tuple(AcceptedFinding(*one[:2], "ann", "why", one[2]) for one in entries))
    asked = check(CLUSTER, now=NOW)
    expected = check(CLUSTER, accepted=accepted, now=NOW)
    by_now = answered(answered(asked, CLUSTER, Accepted((ALL,)), NOW), CLUSTER, accepted, NOW)
    assert by_now.items == expected.items
    stale = [one for one in by_now.said if one.object != f"{ALL.check} {ALL.object}"]
    assert stale == list(dict.fromkeys(expected.said))
