"""The workbench holds its panels together: one scope, one selection, a tab for each panel that registers itself."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from ipywidgets.widgets.widget import _instances
from traitlets import TraitError, Unicode

from workbench import load_manifests
from workbench.ground import ArgumentError, MissingFileError, sample_names, sample_path
from workbench.inventory import Cluster
from workbench.panels.app import Source, Workbench, WorkbenchState, open_sample, open_source
from workbench.panels.app.sources import open_upload
from workbench.panels.frame import PANELS, Panel, PanelState, Upload, as_before, register_panel

POD = b"""\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: front}
spec: {containers: [{name: web}]}
"""


class _Word(PanelState):
    word = Unicode()
    remembered = ("word",)


class _Count(Panel[_Word]):
    title = "How many"
    made = 0

    def build(self) -> Sequence[widgets.Widget]:
        type(self).made += 1
        return (widgets.HTML(f"{len(self.state.scope.cluster.objects.workloads)} workloads"),)

    def static_html(self) -> str:
        return f"<p>{len(self.state.scope.cluster.objects.workloads)} workloads</p>"


@pytest.fixture(autouse=True)
def _own_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    PANELS.names()  # ours are imported once
    monkeypatch.setattr(PANELS, "_known", {})
    monkeypatch.setattr(_Count, "made", 0)
    for name in ("first", "second"):
        register_panel(name, title=name.title(), order=1)(lambda scope: _Count(_Word(scope)))


@pytest.fixture
def shop() -> Cluster:
    return load_manifests(sample_path("shop"))


@pytest.fixture
def pod() -> Cluster:
    return load_manifests(POD.decode())


@pytest.fixture
def both(shop: Cluster, pod: Cluster) -> Iterator[Workbench]:
    made = Workbench({"shop": shop, "pod": pod})
    yield made
    made.close()


def _text(workbench: Workbench, name: str) -> str:
    return str(workbench.panels[name].view.children[2].value)


def test_a_panel_is_made_when_its_tab_is_first_shown(both: Workbench) -> None:
    assert list(both.panels) == ["first"]
    both.state.tab = "second"
    both._tab.selected_index = 0
    assert both.state.tab == "first"
    assert list(both.panels) == ["first", "second"]
    assert _Count.made == 2


def test_a_panel_goes_to_the_tab_of_another(both: Workbench) -> None:
    selection = both.panels["first"].state.selection
    assert (selection.tabs, selection.tab) == (("first", "second"), "first")
    selection.tab = "second"
    assert both.state.tab == "second"
    assert both._tab.selected_index == 1
    both.state.tab = "first"
    assert selection.tab == "first"


def test_another_cluster_makes_the_panels_anew_and_frees_those_of_the_old_one(both: Workbench) -> None:
    assert _text(both, "first") == "17 workloads"
    old = both.panels["first"]
    both._choice.value = "pod"
    assert _text(both, "first") == "1 workloads"
    assert old.view.comm is None
    assert both.state.scope.cluster is both.state.sources["pod"].cluster


def test_what_is_selected_is_said_and_can_be_cleared(both: Workbench) -> None:
    both.state.selection.select_edge("a<b", "c")
    assert "Selected: a&lt;b → c." in both._says.value
    both._clear.click()
    assert both.state.selection.edge is None
    assert "Selected" not in both._says.value


def test_flows_that_were_imported_are_there_again_when_their_cluster_is(both: Workbench) -> None:
    flows = open_sample().flows
    assert flows is not None
    both.state.scope.flows = flows
    seen = []
    for name in ("pod", "shop"):
        both.state.chosen = name
        seen.append(both.state.scope.flows is not None)
    assert seen == [False, True]


def test_the_choice_of_clusters_is_there_for_several_only(both: Workbench, shop: Cluster) -> None:
    assert both._choice.layout.display == ""
    single = Workbench(shop)
    assert single._choice.layout.display == "none"
    single.close()


def test_without_a_cluster_it_offers_to_open_one_and_opens_the_sample() -> None:
    workbench = Workbench()
    assert workbench._form.view.layout.display == ""
    assert "No cluster is open" in workbench.static_html()
    workbench._form._sample.click()
    assert workbench.state.chosen == "shop (sample)"
    assert workbench._form.view.layout.display == "none"
    assert workbench.state.scope.flows is not None
    assert _text(workbench, "first") == "18 workloads"
    workbench.close()


def test_a_path_that_is_not_there_is_an_error_in_the_form_and_changes_nothing(both: Workbench) -> None:
    both._form._path.value = "nowhere/"
    both._form._open.click()
    assert 'role="alert"' in both._form._message.value
    assert "nowhere" in both._form._message.value
    assert both.state.chosen == "shop"


def test_a_folder_is_opened_from_inside(both: Workbench, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_bytes(POD)
    both._form._path.value = str(tmp_path)
    both._form._open.click()
    assert both.state.chosen == tmp_path.name
    assert _text(both, "first") == "1 workloads"


def test_a_panel_of_another_package_that_cannot_be_loaded_is_said_and_stops_no_other(
    shop: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = EntryPoint("third", "no_such_package.third", PANELS.group)
    monkeypatch.setitem(PANELS._offered, "third", (broken,))
    monkeypatch.setattr(PANELS, "_failed", {})
    workbench = Workbench(shop)
    assert "cannot be loaded from no_such_package.third" in workbench._message.value
    assert _text(workbench, "first") == "17 workloads"
    workbench.close()


def test_closed_workbench_leaves_no_widget(shop: Cluster) -> None:
    before = set(_instances)
    Workbench(shop).close()
    assert set(_instances) == before


def test_a_workbench_that_takes_over_opens_and_chooses_what_was_chosen(both: Workbench, pod: Cluster) -> None:
    both.state.open(Source("own", pod))
    both.state.tab, both.state.shows_details = "second", False
    both.state.selection.select_workload("front/web[Pod]")
    both.panels["second"].state.set_trait("word", "db")
    again = WorkbenchState(Source("shop", both.state.sources["shop"].cluster), Source("pod", pod))
    again.take_over(both.state)
    assert (again.chosen, again.tab, again.shows_details) == ("own", "second", False)
    assert again.scope.cluster is pod
    assert again.selection.workloads == ("front/web[Pod]",)
    made = Workbench(pod)
    made.state.take_over(both.state)
    with as_before(again.panels["second"]):
        assert made._tabs[1].make(again.scope).state.word == "db"
    made.close()


def test_what_the_cell_asks_for_counts_more_than_what_was_chosen(both: Workbench, shop: Cluster, pod: Cluster) -> None:
    both.state.tab = "first"
    again = WorkbenchState(Source("pod", pod), Source("shop", shop), tab="second")
    again.take_over(both.state)
    assert (again.tab, again.chosen) == ("second", "shop")


def test_a_cell_that_asks_for_another_cluster_now_shows_it(both: Workbench, shop: Cluster, pod: Cluster) -> None:
    both.state.open(Source("own", pod))
    both.state.selection.select_workload("front/web[Pod]")
    again = WorkbenchState(Source("staging", shop))
    again.take_over(both.state)
    assert again.chosen == "staging"
    assert list(again.sources) == ["staging", "own"]
    assert again.selection.workloads == ()
    assert again.scope.cluster is shop


def test_flows_that_were_read_from_inside_are_still_there(shop: Cluster) -> None:
    first = WorkbenchState(Source("shop", shop))
    first.scope.flows = open_sample().flows
    first.keep_flows()
    again = WorkbenchState(Source("shop", load_manifests(sample_path("shop"))))
    again.take_over(first)
    assert again.scope.flows is not None


def test_saved_notebook_shows_every_tab_that_was_looked_at(both: Workbench) -> None:
    both.state.tab = "second"
    assert both.static_html().count("<p>17 workloads</p>") == 2


@pytest.mark.parametrize(
    "trait, value, message", [("chosen", "nowhere", "there are shop, pod"), ("tab", "third", "there are first, second")]
)
def test_unknown_names_are_refused_with_those_that_are_there(
    both: Workbench, trait: str, value: str, message: str
) -> None:
    with pytest.raises(TraitError, match=message):
        both.state.set_trait(trait, value)


@pytest.mark.parametrize(
    "cluster, flows, message",
    [
        ("shop/", None, r"load_manifests\('shop/'\)"),
        (None, object(), "flows belong to a cluster"),
        ({"a": Cluster(), "b": Cluster()}, object(), "say which cluster"),
        ({"a": Cluster()}, {"b": object()}, "no such cluster; there are a"),
    ],
)
def test_arguments_that_are_not_clear_say_what_to_write(
    cluster: Any,  # noqa: ANN401  (that is the point)
    flows: Any,  # noqa: ANN401  (likewise)
    message: str,
) -> None:
    with pytest.raises(TypeError, match=message):
        Workbench(cluster, flows)


# --- sources ------------------------------------------------------------------------------------------------


def test_source_is_called_as_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "prod"
    folder.mkdir()
    (folder / "web.yaml").write_bytes(POD)
    source = open_source(str(folder))
    assert (source.name, source.sentence) == ("prod", "1 workload, 1 namespace, 0 policies")


def test_uploaded_files_and_archives_are_manifests() -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        entry = tarfile.TarInfo("app/web.yaml")
        entry.size = len(POD)
        tar.addfile(entry, io.BytesIO(POD))
    other = Upload("../../web.yaml", POD.replace(b"name: web,", b"name: db,"))
    source = open_upload([Upload("app.tgz", archive.getvalue()), other])
    assert [each.name for each in source.cluster.objects.workloads] == ["db", "web"]


@pytest.mark.parametrize("opened", [lambda: open_source([]), lambda: open_upload([])])
def test_nothing_to_open_is_an_error_that_says_what_to_do(opened: Callable[[], Source]) -> None:
    with pytest.raises(ArgumentError, match="archive"):
        opened()


def test_every_sample_has_a_path_and_nothing_else_has_one() -> None:
    assert {"shop", "flows/hubble.jsonl.gz"} <= set(sample_names())
    assert all(sample_path(name).exists() for name in sample_names())
    for name in ("", "nothing", "..", "/etc/passwd", "../../README.md"):
        with pytest.raises(MissingFileError, match="there are shop"):
            sample_path(name)


def test_state_opens_a_source_of_the_same_name_in_place_of_the_old_one(shop: Cluster, pod: Cluster) -> None:
    state = WorkbenchState(Source("a", shop))
    state.open(Source("a", pod))
    assert state.scope.cluster == pod
    assert list(state.sources) == ["a"]
