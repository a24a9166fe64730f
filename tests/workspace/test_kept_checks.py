"""What checks need to know, kept in a workspace: declared facts, and who answers for which finding."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.samples import SHOP
from tests.cli.command import command
from workbench.checks import (
    ACCEPTED_KIND,
    DECLARED_KEY,
    DECLARED_KIND,
    Accepted,
    AcceptedFinding,
    DeclaredFacts,
    accepted_records,
    declared_record,
    kept_accepted,
    kept_declared,
)
from workbench.workspace import ConflictError, Workspace

ONE = AcceptedFinding("NP010", "NetworkPolicy shop/nobody", "ana", "in spring", date(2027, 6, 30))
(RECORD,) = accepted_records(Accepted((ONE,))).values()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(
    st.builds(
        DeclaredFacts,
        st.text(),
        st.sampled_from([None, True, False]),
        st.lists(st.sampled_from(["10.0.0.0/8", "fd00::/8"])).map(tuple),
        st.lists(st.sampled_from(["10.96.0.0/12"])).map(tuple),
        st.lists(st.text()).map(tuple),
        st.text(),
    )
)
def test_declared_facts_come_back_as_they_were(declared: DeclaredFacts) -> None:
    record = json.loads(json.dumps(declared_record(declared)))
    assert kept_declared({(DECLARED_KIND, DECLARED_KEY): record}) == declared


@given(st.lists(st.builds(AcceptedFinding, TEXTS, TEXTS, TEXTS, TEXTS, st.none() | st.dates(), st.text()), max_size=3))
@settings(max_examples=50)
def test_accepted_findings_come_back_as_they_were(listed: list[AcceptedFinding]) -> None:
    records = accepted_records(Accepted(tuple(listed)))
    written = json.loads(json.dumps([[*key, value] for key, value in records.items()]))
    again = accepted_records(kept_accepted({(kind, key): value for kind, key, value in written}))
    assert again == records


def test_a_workspace_keeps_both_and_can_take_them_back(tmp_path: Path) -> None:
    with Workspace(tmp_path, who="ana") as workspace:
        assert workspace.declared() == DeclaredFacts()
        workspace.keep_declared(DeclaredFacts("calico", tenant_label="tenant"))
        assert workspace.declared() == DeclaredFacts("calico", tenant_label="tenant")
        kept = workspace.keep_accepted(Accepted((ONE,)), Accepted())
        assert workspace.accepted().listed == (ONE,)
        assert workspace.keep_accepted(Accepted((ONE,)), Accepted((ONE,))).id == 0
        workspace.undo(kept.id, "")
        assert workspace.accepted().listed == ()
        workspace.keep_declared(DeclaredFacts())
        assert workspace.records(DECLARED_KIND) == {}


def test_two_who_answer_differently_for_one_finding_are_told(tmp_path: Path) -> None:
    with Workspace(tmp_path, who="ana") as workspace:
        workspace.keep_accepted(Accepted((ONE,)), Accepted())
        with pytest.raises(ConflictError):
            workspace.keep_accepted(Accepted((replace(ONE, owner="ben"),)), Accepted())
        other = AcceptedFinding("NP011", "*", "ben", "ours")
        workspace.keep_accepted(Accepted((other,)), Accepted())
        assert workspace.accepted().listed == (ONE, other)


@pytest.mark.parametrize(
    "key, record",
    [
        ((DECLARED_KIND, DECLARED_KEY), {"cni": 3}),
        ((DECLARED_KIND, DECLARED_KEY), {"unknown": "x"}),
        ((DECLARED_KIND, DECLARED_KEY), {"pod_cidrs": ["10/8"]}),
        ((DECLARED_KIND, DECLARED_KEY), ["calico"]),
        ((ACCEPTED_KIND, "x"), {"check": "NP010"}),
        ((ACCEPTED_KIND, "x"), {**RECORD, "owner": ""}),
    ],
)
def test_a_record_that_is_not_read_is_named_and_stops_nothing(
    tmp_path: Path, key: tuple[str, str], record: object
) -> None:
    with Workspace(tmp_path, who="ana") as workspace:
        workspace.decide({key: record})
        (problem,) = workspace.problems()
        assert key[0] in f"{problem.object} {problem.message} {problem.remedy}"
        assert workspace.declared() == DeclaredFacts()
        assert workspace.accepted().listed == ()


def test_the_command_line_declares_accepts_and_checks_by_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "shop.yaml").write_text(SHOP)
    place = tmp_path / "kept"
    assert command("workspace", "declare", "--cni", "flannel", "-w", place).exit_code == 0
    assert json.loads(command("workspace", "declare", "-w", place).stdout) == {"cni": "flannel"}
    assert "NP033" in command("check", tmp_path / "in", "-w", place, "--only", "NP033").stdout
    assert command("check", tmp_path / "in", "-w", place, "--only", "NP033", "--cni", "calico").stdout == "0 findings\n"
    asked = ("NP010", "NetworkPolicy shop/*", "--owner", "ana", "--reason", "in spring", "-w", place)
    assert command("workspace", "accept", *asked).exit_code == 0
    assert "in spring" in command("workspace", "accept", "-w", place).stdout
    found = command("check", tmp_path / "in", "-w", place, "--only", "NP010", "--fail-on", "info")
    assert (found.exit_code, "accepted by ana" in found.stdout) == (0, True)


@pytest.mark.parametrize(
    "given_, said",
    [
        (("NP999", "x", "--owner", "a", "--reason", "b"), "unknown check 'NP999'"),
        (("NP010", "x", "--owner", "a"), "give --owner and --reason"),
        (("NP010", "x", "--owner", "a", "--reason", "b", "--expires", "soon"), "soon is no day"),
    ],
)
def test_what_cannot_be_accepted_says_why(tmp_path: Path, given_: tuple[str, ...], said: str) -> None:
    result = command("workspace", "accept", *given_, "-w", tmp_path / "kept")
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "kept").exists()
