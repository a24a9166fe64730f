"""What is kept and refused by this version: it stays, all else is read, and a command takes it away (workspace 15)."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.baseline.seen import API, DB, WEB, Seen, flows, shop
from tests.cli.command import command
from workbench.baseline import BASELINE_KINDS, Baselines, Side
from workbench.external import ADDRESS_BOOK_KINDS, AddressBook, ExternalFiles, NamedBlock
from workbench.ground import ArgumentError, NotFoundError, Severity
from workbench.panels import AddressBookPanel, BaselinePanel
from workbench.panels.frame import Scope
from workbench.workspace import Workspace

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEAD: Final = {
    "begun": "2026-11-20T12:00:00+00:00",
    "period_end": "2026-11-20T13:00:00+00:00",
    "locked": True,
    "note": "",
}
KNOWN: Final = {"status": "baseline", "first_seen": None, "last_seen": None, "flows": 1}
GOOD: Final[dict[tuple[str, str], Any]] = {
    ("block", "203.0.113.0/24"): {"name": "payments"},
    ("known-server", '["198.51.100.7", "server", "partner"]'): {},
    ("baseline", "shop/web[Deployment]"): HEAD,
    ("baseline", "shop/db[StatefulSet]"): HEAD,
    ("baseline-flow", '["shop/web[Deployment]", "egress", "internet", "", 443, "TCP"]'): KNOWN,
}
SIDE = '["shop/web[Deployment]", "egress", "external", "partner", 443, "TCP"]'
REFUSED: Final[dict[str, tuple[tuple[str, str], Any]]] = {
    "a block that is called internet": (("block", "192.0.2.0/24"), {"name": "Internet"}),
    "a block with a name of a workload": (("block", "192.0.2.0/24"), {"name": "shop/web[Deployment]"}),
    "a block that holds loopback addresses": (("block", "126.0.0.0/7"), {"name": "odd"}),
    "all addresses": (("block", "0.0.0.0/0"), {"name": "all"}),
    "no block": (("block", "-one two"), {"name": "odd"}),
    "a block with host bits": (("block", "192.0.2.9/24"), {"name": "odd"}),
    "a block of a later version": (("block", "192.0.2.0/24"), {"name": "odd", "color": "red"}),
    "a block without a name": (("block", "192.0.2.0/24"), ["odd"]),
    "a known server that is no block": (("known-server", '["here", "server", "partner"]'), {}),
    "a known server that is no list": (("known-server", "partner"), {}),
    "ranges of an earlier version": (("ranges", "Fastly"), {"sha256": "ab"}),
    "a setting that there is not": (("external-setting", "colors"), True),
    "a setting with a text": (("external-setting", "hide-providers"), "yes"),
    "a baseline without a lock": (("baseline", "shop/api[Deployment]"), {"begun": HEAD["begun"]}),
    "a baseline of no time": (("baseline", "shop/api[Deployment]"), {**HEAD, "begun": "2026-11-20T12:00"}),
    "a baseline that is locked with a number": (("baseline", "shop/api[Deployment]"), {**HEAD, "locked": 1}),
    "a flow with a port that there is not": (("baseline-flow", SIDE.replace("443", "70000")), KNOWN),
    "a flow of no direction": (("baseline-flow", SIDE.replace("egress", "up")), KNOWN),
    "a flow with a key of other spaces": (("baseline-flow", SIDE.replace(", ", ",")), KNOWN),
    "a flow with another status": (("baseline-flow", SIDE), {**KNOWN, "status": "odd"}),
    "a suppression without an end": (("suppression", SIDE), {"reason": "r", "until": "some day"}),
    "a period without an end": (("setting", "baseline-period"), 1e300),
    "a view that is a list": (("view", "last week"), ["odd"]),
    "a view with spaces around its name": (("view", " last week "), {}),
    "a proposal of a later version": (("proposal", "payments"), {"version": 99}),
    "a proposal that is a text": (("proposal", "payments"), "odd"),
}


def kept(folder: Path, *records: tuple[tuple[str, str], Any], cluster: str = "") -> Workspace:
    workspace = Workspace(folder, who="ana")
    workspace.decide({**GOOD, **dict(records)}, cluster=cluster)
    return workspace


@pytest.mark.parametrize("case", REFUSED)
def test_all_else_is_read_and_the_problem_names_a_command_that_removes_it(tmp_path: Path, case: str) -> None:
    (kind, key), value = REFUSED[case]
    cluster = "east coast"
    with kept(tmp_path / "w", ((kind, key), value), cluster=cluster) as workspace:
        book, baselines = workspace.address_book(cluster), workspace.baselines(cluster)
        assert [one.name for one in book.blocks] == ["payments"]
        assert len(book.known_servers) == 1
        assert len(baselines.heads) == 2
        assert len(baselines.known) == 1
        (problem,) = workspace.problems()
    assert kind in problem.message
    assert repr(key) in problem.message
    line = problem.remedy.rpartition("`")[0].rpartition("`")[2]
    program, *words = shlex.split(line)
    assert program == "netpol-workbench"
    result = command(*words[:2], "-w", tmp_path / "w", *words[2:])
    assert result.exit_code == 0, result.stderr
    with Workspace(tmp_path / "w") as workspace:
        assert workspace.problems() == ()
        assert workspace.records(cluster=cluster) == dict(sorted(GOOD.items()))
        workspace.undo(2)
        assert workspace.records(cluster=cluster)[kind, key] == value


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_read_stays_as_it_is_when_something_else_is_decided(tmp_path: Path, case: str) -> None:
    place, value = REFUSED[case]
    with kept(tmp_path / "w", (place, value)) as workspace:
        book, baselines = workspace.address_book(), workspace.baselines()
        workspace.keep_address_book(book.add("bank", "198.51.100.0/25"), book)
        workspace.keep_baselines(baselines.unlock("shop"), baselines)
        assert workspace.records()[place] == value
        workspace.export_decisions(tmp_path / "decisions.yaml")
        with Workspace(tmp_path / "other") as other:
            other.import_decisions(tmp_path / "decisions.yaml")
            assert other.records() == workspace.records()
            assert other.decisions_yaml() == workspace.decisions_yaml()


def test_a_block_with_a_refused_name_is_given_another_one(tmp_path: Path) -> None:
    place, value = REFUSED["a block that is called internet"]
    with kept(tmp_path / "w", (place, value)) as workspace:
        (problem,) = workspace.problems()
    assert (
        "`netpol-workbench external rename 192.0.2.0/24 NAME`, or `netpol-workbench external remove" in problem.remedy
    )
    result = command("external", "rename", "192.0.2.0/24", "partners", "-w", tmp_path / "w")
    assert (result.exit_code, result.stderr) == (0, "")
    with Workspace(tmp_path / "w") as workspace:
        assert [one.name for one in workspace.address_book().blocks] == ["partners", "payments"]
        assert workspace.problems() == ()


def test_a_block_that_cannot_be_is_only_removed(tmp_path: Path) -> None:
    with kept(tmp_path / "w", REFUSED["a block that holds loopback addresses"]) as workspace:
        (problem,) = workspace.problems()
        assert "rename" not in problem.remedy
        with pytest.raises(ArgumentError, match="loopback"):
            workspace.address_book().rename("126.0.0.0/7", "partners")


def test_a_block_that_is_kept_and_not_read_is_not_named_beside_it(tmp_path: Path) -> None:
    with kept(tmp_path / "w", REFUSED["a block that is called internet"]) as workspace:
        book = workspace.address_book()
    with pytest.raises(ArgumentError, match="is kept already"):
        book.add("partners", "192.0.2.7/24")
    assert book.with_imported(ExternalFiles(blocks=(NamedBlock("192.0.2.0/24", "partners"),))) == book
    assert not book.remove("192.0.2.7/24").unread


def test_a_block_in_two_spellings_is_removed_by_the_one_that_is_meant() -> None:
    records = {("block", "192.0.2.0/24"): {"name": "good"}, ("block", "192.0.2.9/24"): {"name": "odd"}}
    book = AddressBook.from_records(records)
    assert book.remove("192.0.2.9/24").to_records() == {("block", "192.0.2.0/24"): {"name": "good"}}
    assert book.remove("192.0.2.0/24").to_records() == {("block", "192.0.2.9/24"): {"name": "odd"}}
    with pytest.raises(ArgumentError, match="has a name already"):
        book.rename("192.0.2.9/24", "other")


def test_learning_leaves_what_it_cannot_read_alone_and_a_decision_takes_its_place(tmp_path: Path) -> None:
    records = {
        ("baseline", "shop/web[StatefulSet]"): {**HEAD, "locked": "yes"},
        (
            "baseline-flow",
            '["shop/api[StatefulSet]", "egress", "workload", "shop/db[StatefulSet]", 5432, "TCP"]',
        ): "odd",
    }
    before = Baselines.from_records(records)
    seen = flows(tmp_path, Seen("web", "api", 80), Seen("api", "db", 5432))
    after = before.learn(shop(), seen, whole=True)
    assert WEB not in after.heads
    assert after.unread == before.unread
    assert {place: value for place, value in after.to_records().items() if place in records} == records
    decided = after.add(Side(API, "egress", "workload", DB, 5432, "TCP"))
    assert [one.kind for one in decided.unread] == ["baseline"]


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
).filter(lambda value: value is not None)
FIELDS: Final = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["", " bank ", "bank", "internet", 7]),
        "widened": st.sampled_from([True, False, 1]),
        "begun": st.sampled_from([HEAD["begun"], "2026-11-20T12:00:00Z", "2026-11-20", 3]),
        "period_end": st.just(HEAD["begun"]),
        "locked": st.sampled_from([True, 0]),
        "note": st.sampled_from(["", None]),
        "status": st.sampled_from(["baseline", "anomalous", "odd", None, []]),
        "first_seen": st.sampled_from([None, "", HEAD["begun"], "2026-11-20 12:00:00+00:00"]),
        "last_seen": st.just(None),
        "flows": st.sampled_from([1, 1.0, True, -3]),
        "reason": st.sampled_from(["r", "", 1]),
        "until": st.sampled_from([HEAD["begun"], "soon"]),
        "sha256": st.sampled_from(["ab", "../../x", 7]),
        "provider": st.sampled_from(["Fastly", "", 1]),
        "part": st.sampled_from(["", "x"]),
        "published": st.sampled_from([None, "2026-11-20", "soon"]),
        "source": st.sampled_from(["f", None]),
    },
)
KEYS: Final = st.text(min_size=1) | st.sampled_from(
    ["192.0.2.0/24", "192.0.2.1/24", "::1", "hide-providers", "default-ranges", "baseline-period", "Fastly", "[]", SIDE]
)


@given(
    st.dictionaries(
        st.tuples(st.sampled_from([*ADDRESS_BOOK_KINDS, *BASELINE_KINDS]), KEYS), JSON | FIELDS | st.booleans()
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_kept_is_read_without_an_error_and_written_back_as_it_is(
    records: dict[tuple[str, str], Any],
) -> None:
    def said(found: dict[tuple[str, str], Any]) -> dict[tuple[str, str], str]:
        return {place: json.dumps(value, sort_keys=True) for place, value in found.items()}

    of_book = {place: value for place, value in records.items() if place[0] in ADDRESS_BOOK_KINDS}
    of_baselines = {
        place: value
        for place, value in records.items()
        if place[0] in BASELINE_KINDS and (place[0] != "setting" or place[1] == "baseline-period")
    }
    assert said(AddressBook.from_records(records).to_records()) == said(of_book)
    assert said(Baselines.from_records(records).to_records()) == said(of_baselines)


def test_what_makes_answers_wrong_is_an_error_and_all_else_a_warning(tmp_path: Path) -> None:
    with kept(tmp_path / "w", *(REFUSED[case] for case in REFUSED if "ranges" not in case)) as workspace:
        grave = {one.message.split()[2] for one in workspace.problems() if one.severity is Severity.ERROR}
    assert grave == {"baseline", "baseline-flow"}


def test_every_command_answers_and_says_what_it_did_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    block, head = REFUSED["a block that is called internet"], REFUSED["a baseline without a lock"]
    with kept(folder, block, head) as workspace:
        seen = flows(tmp_path, Seen("web", "db", 5432))
        assert workspace.baselines().violations(seen)
    for words, status, said in (
        (("external", "list"), 0, "192.0.2.0/24"),
        (("external", "lookup", "192.0.2.1"), 0, "192.0.2.0/24"),
        (("external", "export"), 0, "192.0.2.0/24"),
        (("external", "add", "bank", "198.51.100.0/25"), 0, "192.0.2.0/24"),
        (("baseline", "status"), 1, "shop/api[Deployment]"),
        (("baseline", "lock", "shop"), 0, "shop/api[Deployment]"),
        (("baseline", "export"), 0, "shop/api[Deployment]"),
        (("workspace", "info"), 1, "192.0.2.0/24"),
    ):
        result = command(*words, "-w", folder)
        assert result.exit_code == status, (words, result.stderr)
        assert said in result.stderr
        assert "netpol-workbench" in result.stderr


def test_where_no_baseline_is_read_the_command_says_why(tmp_path: Path) -> None:
    place, value = REFUSED["a baseline without a lock"]
    with Workspace(tmp_path / "w") as workspace:
        workspace.decide({place: value})
    result = command("baseline", "status", "-w", tmp_path / "w")
    assert result.exit_code == 1
    assert "shop/api[Deployment]" in result.stderr


def test_a_record_that_is_not_there_cannot_be_removed(tmp_path: Path) -> None:
    with kept(tmp_path / "w") as workspace, pytest.raises(NotFoundError):
        workspace.address_book().remove("192.0.2.0/24")
    result = command("workspace", "remove", "view", "odd", "-w", tmp_path / "w")
    assert result.exit_code == 2
    assert "there is no record view 'odd'" in result.stderr


def test_panels_open_and_say_what_they_did_not_read(tmp_path: Path) -> None:
    block, head = REFUSED["a block that is called internet"], REFUSED["a baseline without a lock"]
    with kept(tmp_path / "w", block, head) as workspace:
        seen = flows(tmp_path, Seen("web", "db", 5432))
        scope = Scope(shop(), seen, workspace=workspace)
        panels = BaselinePanel(scope), AddressBookPanel(scope, view="providers")
        said = [panel.static_html() for panel in panels]
        assert "The record baseline &#x27;shop/api[Deployment]&#x27;" in said[0]
        assert "record block &#x27;192.0.2.0/24&#x27;" in panels[1]._warns.value
        assert "1 record of the address book not read" in scope.why_unnamed
        kept_now = panels[1].state.add("bank", "198.51.100.0/25")
        assert kept_now is not None
        assert workspace.records()[block[0]] == block[1]
        for panel in panels:
            panel.close()


def test_suppressions_in_time_are_read(tmp_path: Path) -> None:
    with kept(tmp_path / "w") as workspace:
        before = workspace.baselines()
        (side,) = before.known
        workspace.keep_baselines(before.suppress([side], reason="r", until=NOON + timedelta(days=1)), before)
        assert len(workspace.baselines().suppressions) == 1
        assert workspace.problems() == ()
