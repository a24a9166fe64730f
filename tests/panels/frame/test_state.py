"""The values that panels are made of refuse what they cannot take, and say what to write."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from traitlets import TraitError, Unicode

from workbench import Cluster, evaluate, load_manifests
from workbench.baseline import Baselines, Head
from workbench.panels.frame import Names, PanelState, Scope, Selection
from workbench.workspace import ConflictError, Workspace


def shop_cluster() -> Cluster:
    return load_manifests("data/samples/shop")


class _State(PanelState):
    search = Unicode()
    namespaces = Names()


@pytest.fixture
def scope() -> Scope:
    return Scope(shop_cluster())


def test_misspelt_keyword_is_refused_with_the_right_one(scope: Scope) -> None:
    with pytest.raises(TypeError, match=r"_State has no 'serach'; did you mean search\?"):
        _State(scope, serach="web")


def test_text_is_one_name_and_not_its_letters(scope: Scope) -> None:
    assert _State(scope, namespaces="shop").namespaces == ("shop",)


def test_value_that_is_no_name_is_refused(scope: Scope) -> None:
    with pytest.raises(TraitError, match="namespaces takes a name or several names, not 7"):
        _State(scope, namespaces=7)


@pytest.mark.parametrize("address", ["10.0.0.1", "10.0.0.0/8", "2001:db8::/32", " 10.0.0.1 ", ""])
def test_selection_takes_addresses_and_blocks(address: str) -> None:
    selection = Selection()
    selection.select_address(address)
    assert selection.address == address.strip()


@pytest.mark.parametrize("address", ["10.0.0", "shop/web", "10.0.0.0/33"])
def test_selection_refuses_what_is_no_address(address: str) -> None:
    with pytest.raises(TraitError, match="neither an address nor a block"):
        Selection().select_address(address)


def test_a_tab_that_there_is_not_is_refused() -> None:
    selection = Selection(tabs=("network", "flows"))
    selection.tab = "flows"
    with pytest.raises(TraitError, match="there is no tab 'third'; there are network, flows"):
        selection.tab = "third"
    with pytest.raises(TraitError, match="there are no tabs"):
        Selection().tab = "flows"


def test_time_window_is_in_order_and_in_utc() -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=2)))
    selection = Selection(window=(noon, None))
    assert selection.window == (datetime(2026, 11, 21, 10, tzinfo=UTC), None)
    with pytest.raises(TraitError, match="exchange the two"):
        selection.window = (noon, noon)


@pytest.mark.parametrize("edge", [("a",), ("a", "b", "c"), (1, 2)])
def test_edge_is_two_names(edge: tuple[object, ...]) -> None:
    with pytest.raises(TraitError, match="a source and a destination"):
        Selection(edge=edge)


def test_only_one_thing_is_looked_at() -> None:
    selection = Selection()
    seen = []
    selection.observe(lambda change: seen.append(change.name))
    selection.select_edge("a", "b")
    selection.select_workload("c")
    assert (selection.workloads, selection.edge, selection.address) == (("c",), None, "")
    selection.select_address("10.0.0.1")
    assert (selection.workloads, selection.edge, selection.address) == ((), None, "10.0.0.1")
    selection.clear()
    assert (selection.workloads, selection.edge, selection.address) == ((), None, "")
    assert set(seen) == {"edge", "workloads", "address"}


def test_scope_evaluates_once_and_takes_what_is_evaluated() -> None:
    cluster = shop_cluster()
    scope = Scope(cluster)
    assert scope.connectivity is scope.connectivity
    allowed = evaluate(cluster)
    taken = Scope(allowed)
    assert taken.connectivity is allowed
    assert taken.cluster == cluster


def test_scope_of_another_cluster_forgets_what_was_computed(scope: Scope) -> None:
    before = scope.connectivity
    scope.selection.select_workload("shop/web[Deployment]")
    scope.selection.namespaces = ("shop",)
    scope.replace(Cluster())
    assert scope.connectivity is not before
    assert not any([*scope.selection.workloads, *scope.selection.namespaces])


@pytest.mark.parametrize(
    "given, message",
    [("shop/", r"load_manifests\('shop/'\)"), (7, "not int")],
)
def test_scope_says_what_to_write_for_what_is_no_cluster(given: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Scope(given)  # type: ignore[arg-type]


def test_scope_says_what_to_write_for_what_are_no_flows() -> None:
    with pytest.raises(TypeError, match=r"load_flows\('flows\.jsonl'\)"):
        Scope(shop_cluster(), "flows.jsonl")  # type: ignore[arg-type]


def test_decisions_are_kept_undone_and_announced(scope: Scope) -> None:
    heard: list[int] = []
    scope.observe(lambda change: heard.append(change.new), "decided")
    assert scope.undo() is None
    scope.decide({("view", "mine"): {"namespaces": ["shop"]}}, why="a look")
    assert scope.workspace.is_temporary
    assert scope.workspace.records() == {("view", "mine"): {"namespaces": ["shop"]}}
    scope.undo()
    assert scope.workspace.records() == {}
    assert (heard, scope.undo()) == ([1, 2], None)
    scope.workspace.close()


def test_a_workspace_that_is_given_is_used(tmp_path: Path) -> None:
    with Workspace(tmp_path / "w") as workspace:
        Scope(shop_cluster(), workspace=workspace).decide({("view", "mine"): 1})
        assert workspace.records() == {("view", "mine"): 1}


# --- values that a workspace keeps --------------------------------------------------------------------

FIRST, LAST = datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 11, 18, tzinfo=UTC)
WEB, DB = "shop/web[Deployment]", "shop/db[StatefulSet]"


def baselines_of(*names: str) -> Baselines:
    return Baselines({name: Head(FIRST, LAST) for name in names})


def test_baselines_are_kept_announced_and_undone(scope: Scope) -> None:
    heard: list[str] = []
    scope.observe(lambda change: heard.append(change.name), ["baselines", "decided"])
    assert (scope.baselines, scope.has_workspace) == (Baselines(), False)
    kept = baselines_of(WEB)
    assert scope.keep(kept, why="the first day").why == "the first day"
    locked = scope.keep(kept.lock(WEB))
    assert scope.workspace.baselines() == scope.baselines == kept.lock(WEB)
    assert (locked.id, heard) == (2, ["baselines", "decided"] * 2)
    scope.undo()
    assert scope.workspace.baselines() == scope.baselines == kept
    scope.undo()
    assert scope.workspace.baselines() == scope.baselines == Baselines()
    assert (scope.decided, heard) == (4, ["baselines", "decided"] * 4)
    scope.workspace.close()


def test_what_is_so_already_is_no_decision(scope: Scope) -> None:
    kept = baselines_of(WEB)
    scope.keep(kept)
    assert (scope.keep(kept.lock(WEB).unlock(WEB)).id, scope.decided) == (0, 1)
    scope.workspace.close()


def test_what_others_decided_is_seen_with_the_next_decision_or_when_it_is_asked_for(tmp_path: Path) -> None:
    with Workspace(tmp_path / "w") as mine, Workspace(tmp_path / "w") as theirs:
        scope, other = Scope(shop_cluster(), workspace=mine), Scope(shop_cluster(), workspace=theirs)
        scope.keep(baselines_of(WEB, DB))
        assert other.baselines == baselines_of(WEB, DB)
        other.keep(other.baselines.lock(DB))
        assert not scope.baselines.heads[DB].locked
        scope.keep(scope.baselines.lock(WEB))
        assert scope.baselines == baselines_of(WEB, DB).lock([WEB, DB])
        other.reload()
        assert other.baselines == scope.baselines


def test_where_others_have_decided_otherwise_theirs_is_shown_and_nothing_kept(tmp_path: Path) -> None:
    with Workspace(tmp_path / "w") as mine, Workspace(tmp_path / "w") as theirs:
        scope, other = Scope(shop_cluster(), workspace=mine), Scope(shop_cluster(), workspace=theirs)
        scope.keep(baselines_of(WEB))
        other.keep(other.baselines.with_note(WEB, "theirs"))
        with pytest.raises(ConflictError, match="theirs"):
            scope.keep(scope.baselines.with_note(WEB, "mine"))
        assert scope.baselines == mine.baselines() == baselines_of(WEB).with_note(WEB, "theirs")


def test_records_that_are_decided_of_are_seen_in_the_values(scope: Scope) -> None:
    assert scope.baselines == Baselines()
    scope.decide(dict(baselines_of(WEB).to_records()))
    assert scope.baselines == baselines_of(WEB)
    scope.workspace.close()


def test_each_cluster_has_its_own(tmp_path: Path) -> None:
    with Workspace(tmp_path / "w") as workspace:
        scope = Scope(shop_cluster(), workspace=workspace, name="east")
        scope.keep(baselines_of(WEB))
        scope.replace(Cluster(), name="west")
        assert scope.baselines == Baselines()
        scope.keep(baselines_of(DB))
        scope.replace(shop_cluster(), name="east")
        assert scope.baselines == workspace.baselines("east") == baselines_of(WEB)
        assert workspace.baselines("west") == baselines_of(DB)


def test_what_no_workspace_keeps_is_refused(scope: Scope) -> None:
    with pytest.raises(TypeError, match=r"str is not kept in a workspace; there are address_book, baselines"):
        scope.keep("baselines")
