"""The address book's panel: its state can be driven without a browser, and whatever was done can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeAlias

import ipywidgets as widgets
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.external.outside import WEB, flows_to, line
from workbench.external import AddressBook, KnownServer
from workbench.flows import Flows
from workbench.ground import NotFoundError
from workbench.panels import AddressBookPanel, AddressBookState
from workbench.panels.frame import Scope, Upload
from workbench.workspace import Workspace

EMPTY = AddressBook(default_ranges=False)
TODAY = datetime(2026, 11, 30, tzinfo=UTC)
GOOGLE = Upload(
    "cloud.json",
    json.dumps(
        {
            "syncToken": "1",
            "creationTime": "2026-11-01T00:00:00.0",
            "prefixes": [{"ipv4Prefix": "203.0.113.0/25", "service": "Google Cloud", "scope": "europe-west3"}],
        }
    ).encode(),
)
SERVER = KnownServer("198.51.100.7", "server", "partner")
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Flows:
    lines = [
        line("203.0.113.8", names=["api.pay.example"]),
        line("203.0.113.9", names=["www.pay.example"], minute=1),
        line("198.51.100.7", minute=2),
        line("192.0.2.1", minute=3),
        line("192.0.2.9", port=80, minute=4),
    ]
    return flows_to(tmp_path_factory.mktemp("flows"), *lines)


@pytest.fixture
def state(seen: Flows, tmp_path: Path) -> Iterator[AddressBookState]:
    with Workspace(tmp_path, who="ana") as workspace:
        workspace.keep_address_book(EMPTY, AddressBook())
        yield AddressBookState(Scope(seen.cluster, seen, workspace=workspace), now=lambda: TODAY)  # type: ignore[arg-type]


@pytest.fixture
def panel(state: AddressBookState) -> Iterator[AddressBookPanel]:
    made = AddressBookPanel(state)
    yield made
    made.close()


def button(panel: AddressBookPanel, label: str) -> widgets.Button:
    """Return the button that is in sight."""
    (found,) = (one for one in parts(panel.view) if isinstance(one, widgets.Button) and one.description == label)
    return found


def field(panel: AddressBookPanel, label: str) -> widgets.Text:
    (found,) = (one for one in parts(panel.view) if isinstance(one, widgets.Text) and one.description == label)
    return found


def parts(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for one in getattr(widget, "children", ()):
        yield from parts(one)


# --- blocks ---------------------------------------------------------------------------------------------------


def test_a_block_is_added_renamed_and_removed_each_as_a_decision(state: AddressBookState) -> None:
    state.why = "their contract"
    state.add("payments", "203.0.113.9/24")
    state.block = "203.0.113.0/24"
    assert (state.own_name, state.may_remove) == ("payments", True)
    state.rename("bank")
    assert [one.name for one in state.book.blocks] == ["bank"]
    state.block = "203.0.113.0/24"
    state.remove()
    assert (state.book, state.block) == (EMPTY, "")
    history = state.scope.workspace.history("block")
    assert history["why"].tolist() == ["their contract"] * 3


@pytest.mark.parametrize(
    "name,cidr,wrong,message",
    [
        ("x", "203.0.113.0", "", ""),
        ("x", "everywhere", "cidr", "is not a valid CIDR"),
        ("x", "", "cidr", "is not a valid CIDR"),
        ("x", "0.0.0.0/0", "cidr", "begins at the unspecified address"),
        ("x", "127.0.0.0/8", "cidr", "loopback"),
        ("", "203.0.113.0/24", "", ""),
        ("outside", "203.0.113.0/24", "name", "cannot be the name"),
        ("8.8.8.8", "203.0.113.0/24", "name", "cannot be the name"),
        ("x", "192.0.2.0/24", "cidr", "has a name already: kept"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(
    state: AddressBookState, name: str, cidr: str, wrong: str, message: str
) -> None:
    state.add("kept", "192.0.2.0/24")
    before = state.book
    decision = state.add(name, cidr)
    assert list(state.faults) == ([wrong] if wrong else [])
    assert message in state.faults.get(wrong, "")
    assert (decision is None, state.book == before) == (bool(wrong), bool(wrong))


def test_a_fault_goes_with_the_next_choice_and_the_next_decision(state: AddressBookState) -> None:
    state.add("x", "everywhere")
    state.block = "203.0.113.0/24"
    assert state.faults == {}
    state.rename("new")
    assert "name" in state.faults
    state.add("x", "203.0.113.0/24")
    assert state.faults == {}


def test_a_known_server_is_removed_and_keeps_its_name(state: AddressBookState) -> None:
    state.scope.keep(state.book.with_known_servers([SERVER]))
    state.block = SERVER.cidr
    assert (state.own_name, state.may_remove) == ("", True)
    assert state.behind()["dst"].tolist() == [SERVER.cidr]
    state.remove()
    assert state.book == EMPTY


def test_flows_behind_a_block_are_edges_by_address_whatever_they_are_called(state: AddressBookState) -> None:
    state.add("payments", "203.0.113.0/24")
    state.block = "203.0.113.0/24"
    assert list(zip(state.behind()["src"], state.behind()["dst"], strict=True)) == [
        (WEB, "203.0.113.8"),
        (WEB, "203.0.113.9"),
    ]


# --- suggestions ------------------------------------------------------------------------------------------------


def test_a_suggestion_is_accepted_with_the_name_that_it_brings(state: AddressBookState) -> None:
    state.view, state.suggestion = "suggestions", "pay.example"
    assert state.proposed_name == "pay.example"
    assert state.behind()["dst"].tolist() == ["203.0.113.8", "203.0.113.9"]
    state.accept()
    assert [tuple(one) for one in state.book.blocks] == [("203.0.113.8/31", "pay.example", False)]
    assert "pay.example" not in state.suggestions["name"].tolist()
    assert "pay.example" in state.scope.windowed_flows.edges()["dst"].tolist()  # type: ignore[union-attr]


def test_a_suggestion_without_a_name_needs_one_and_is_widened_only_if_asked(state: AddressBookState) -> None:
    state.view, state.suggestion = "suggestions", "192.0.2.0/24"
    state.accept()
    assert "give it a name" in state.faults["suggested"]
    state.accept("mine", wider=True)
    assert [one.cidr for one in state.book.blocks] == ["192.0.2.0/28"]


def test_without_a_choice_or_without_flows_there_is_nothing_to_accept(state: AddressBookState) -> None:
    state.accept("x")
    assert state.faults == {"suggested": "select a suggestion first"}
    alone = AddressBookState(Scope(state.scope.cluster))
    assert (alone.suggestions.empty, alone.suggested, alone.behind().empty) == (True, None, True)


# --- providers --------------------------------------------------------------------------------------------------


def test_a_file_of_a_provider_is_imported_hidden_and_forgotten(state: AddressBookState) -> None:
    state.take(state.read_upload([GOOGLE]))
    assert state.scope.windowed_flows.edges()["dst"].tolist().count("Google/europe-west3") == 1  # type: ignore[union-attr]
    state.view = "providers"
    assert state.rows()[["provider", "age_days", "hidden"]].to_numpy().tolist() == [["Google", 29, False]]
    said = "the ranges of Google cloud are 29 days old: blocks change hands: import the provider's file of today"
    assert list(state.warnings) == [said]
    state.hide_providers(hide=True)
    assert not state.warnings
    assert "Google/europe-west3" not in state.scope.windowed_flows.edges()["dst"].tolist()  # type: ignore[union-attr]
    state.forget("Google")
    assert state.book == EMPTY.hiding_providers()


def test_files_that_say_nothing_are_refused_and_named(state: AddressBookState) -> None:
    refused = state.take(state.read_upload([Upload("list.txt", b"203.0.113.0/24\n")]))
    assert refused is None
    assert "list.txt: it lists blocks and does not say whose" in state.faults["provider"]
    assert state.problems["severity"].tolist() == ["error"]
    state.take(state.read_upload([Upload("list.txt", b"203.0.113.0/24\n")], provider=" Ours "))
    assert [one.provider for one in state.book.imported_ranges] == ["Ours"]


# --- looking up, handing over -----------------------------------------------------------------------------------


def test_addresses_are_looked_up_and_what_is_none_is_said(state: AddressBookState) -> None:
    state.add("payments", "203.0.113.0/24")
    state.view, state.addresses = "lookup", "203.0.113.9, 10.0.0.1 2001:db8::1"
    assert state.rows()["name"].tolist() == ["payments", "Internal Entities", "External Entities"]
    state.addresses = "nowhere"
    assert state.rows().empty
    assert "'nowhere' is not a valid address" in state.faults["addresses"]


def test_the_book_is_handed_over_as_kubescape_and_red_hat_acs_take_it(state: AddressBookState) -> None:
    state.add("payments", "203.0.113.0/24")
    assert yaml.safe_load(state.known_servers_yaml())["spec"][0]["name"] == "payments"
    assert json.loads(state.rhacs_json())["entities"][0]["info"]["externalSource"]["cidr"] == "203.0.113.0/24"


# --- taking back ------------------------------------------------------------------------------------------------

Action: TypeAlias = Callable[[AddressBookState], object]


def _choosing(cidr: str, action: Action) -> Action:
    def act(state: AddressBookState) -> None:
        state.block = cidr
        action(state)

    return act


def _suggested(name: str, *, wider: bool) -> Action:
    def act(state: AddressBookState) -> None:
        state.suggestion = name
        state.accept("accepted", wider=wider)

    return act


ACTIONS: dict[str, Action] = {
    "add": lambda state: state.add("payments", "203.0.113.0/24"),
    "add another": lambda state: state.add("payments", "192.0.2.0/24"),
    "rename": _choosing("203.0.113.0/24", lambda state: state.rename("bank")),
    "remove": _choosing("203.0.113.0/24", lambda state: state.remove()),
    "accept": _suggested("pay.example", wider=False),
    "widen": _suggested("192.0.2.0/24", wider=True),
    "import": lambda state: state.take(state.read_upload([GOOGLE])),
    "hide": lambda state: state.hide_providers(hide=True),
    "show": lambda state: state.hide_providers(hide=False),
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(ACTIONS)), max_size=6))
def test_any_sequence_of_actions_then_undo_restores(seen: Flows, names: list[str]) -> None:
    with Workspace.temporary() as workspace:
        workspace.keep_address_book(EMPTY, AddressBook())
        first = workspace.last_undoable()
        state = AddressBookState(Scope(seen.cluster, seen, workspace=workspace))  # type: ignore[arg-type]
        books = [state.book]
        for name in names:
            ACTIONS[name](state)
            if state.book != books[-1]:
                books.append(state.book)
        for book in reversed(books[:-1]):
            state.undo()
            assert state.book == book == workspace.address_book()
        assert state.undoable == first


def test_only_decisions_about_this_address_book_are_taken_back(state: AddressBookState) -> None:
    state.add("payments", "203.0.113.0/24")
    state.scope.decide({("note", "x"): 1})
    state.scope.workspace.decide({("block", "10.0.0.0/8"): {"name": "other"}}, cluster="another")
    state.undo()
    assert state.book == EMPTY
    assert state.scope.workspace.records("note") == {("note", "x"): 1}
    state.undo()  # that no ranges of a package count
    with pytest.raises(NotFoundError, match="no decision about the address book is left"):
        state.undo()


# --- the view ---------------------------------------------------------------------------------------------------


def test_a_person_adds_selects_renames_and_takes_back(panel: AddressBookPanel) -> None:
    field(panel, "Name").value, field(panel, "Block").value = "payments", "203.0.113.0/24"
    button(panel, "Add").click()
    assert [one.name for one in panel.state.book.blocks] == ["payments"]
    panel._tables["blocks"].select([0])
    assert (field(panel, "Name").value, button(panel, "Rename").disabled) == ("payments", False)
    assert "203.0.113.8" in panel.static_html()
    field(panel, "Name").value = "bank"
    button(panel, "Rename").click()
    assert "bank" in panel.static_html()
    assert "block 203.0.113.0/24" in str(button(panel, "Undo").tooltip)
    button(panel, "Undo").click()
    button(panel, "Undo").click()
    assert panel.state.book == EMPTY


def test_an_error_stands_beside_its_field(panel: AddressBookPanel) -> None:
    field(panel, "Block").value = EVIL
    button(panel, "Add").click()
    (said,) = (one for one in parts(panel.view) if isinstance(one, widgets.HTML) and 'role="alert"' in one.value)
    assert "is not a valid CIDR" in said.value
    assert "<img" not in said.value


def test_a_suggestion_is_named_with_one_click(panel: AddressBookPanel) -> None:
    panel.state.view = "suggestions"
    table = panel._tables["suggestions"]
    table.select([table.frame["name"].tolist().index("pay.example")])
    button(panel, "Name 1 block").click()
    assert [one.name for one in panel.state.book.blocks] == ["pay.example"]


def test_ranges_are_of_a_day_without_an_hour(panel: AddressBookPanel) -> None:
    panel.state.take(panel.state.read_upload([GOOGLE]))
    panel.state.view = "providers"
    assert "2026-11-01</td>" in panel.static_html()


def test_providers_are_hidden_by_a_box_that_follows_others(panel: AddressBookPanel) -> None:
    panel.state.view = "providers"
    (box,) = (one for one in parts(panel.view) if isinstance(one, widgets.Checkbox))
    box.value = True
    assert panel.state.book.hide_providers
    panel.state.undo()
    assert box.value is False


@pytest.mark.parametrize("view", ["blocks", "suggestions", "providers", "lookup"])
def test_names_from_files_are_never_markup(state: AddressBookState, view: str) -> None:
    state.add(f"a{EVIL}", "203.0.113.0/24")
    state.take(state.read_upload([Upload(f"{EVIL}.txt", b"198.51.100.0/24\n")], provider=EVIL))
    state.addresses = "203.0.113.9"
    panel = AddressBookPanel(state)
    state.view = view
    assert "<img" not in panel.static_html()
    assert not [one for one in parts(panel.view) if isinstance(one, widgets.HTML) and "<img" in one.value]
    panel.close()


def test_the_days_of_ranges_are_those_of_the_file(state: AddressBookState) -> None:
    state.take(state.read_upload([GOOGLE]))
    assert [one.published for one in state.book.imported_ranges] == [date(2026, 11, 1)]
