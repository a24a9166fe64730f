"""The canvas of a picture in a real page: with a mouse, a wheel, a keyboard, in any theme and at any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.graph import GraphOnPage
from tests.browser.lab import DARK, HIGH_CONTRAST, LAPTOP, LIGHT, Lab, Notebook

pytestmark = pytest.mark.browser

MADE = """
from dataclasses import replace
from ipywidgets import Output, Tab, VBox
from tests.drawing.maps import *
from workbench.drawing import Badges, Choice, Isolation, compose
from workbench.panels.canvas import GraphCanvas

EVIL = "<img src=x onerror=\\"document.title='broken into'\\">"
evil = workload(f"back/{EVIL}")
chosen, opened = [], []

links = link(CLIENTS, WEB, HTTPS), link(WEB, DB, POSTGRES), link(evil, DB)
graph = HandMade((WEB, DB, LONELY, CLIENTS, evil), links).graph
marked = replace(graph, nodes={
    key: replace(node, badges=Badges(Isolation.INGRESS, exposed=True, problems=1)) if node.group.framed else node
    for key, node in graph.nodes.items()
})
small = compose(marked, shares_boxes=False)
summed = compose(many(20, 10).graph)

canvas = GraphCanvas("500px")
canvas.on_select(chosen.append)
canvas.on_open(opened.append)
def show(picture, selected=""):
    chosen.clear(); opened.clear()
    canvas.show(picture, selected)
show(small)
canvas.widget
"""
TALL = "print('a line\\n' * 80)"
NODE, SUMMED = 'node[label = "db"]', 'node[label ^= "ns03"]'
KEY_OF = "next(box.key for box in small.boxes if box.nodes[0].label == ({name!r},))"


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Notebook:
    """Return a notebook that shows a canvas, with more below it than fits the page."""
    return lab.open(MADE, TALL)


@pytest.fixture
def canvas(notebook: Notebook, theme: str) -> Iterator[GraphOnPage]:
    """Return the canvas with the small picture on it, nothing selected, without the focus."""
    notebook.lab.theme(theme)
    notebook.resize(LAPTOP)
    shown = notebook.graph()
    show(notebook, shown, "small")
    shown.host.scroll_into_view_if_needed()
    notebook.page.mouse.move(5, 300)
    yield shown
    shown.host.evaluate("host => host.blur()")


def show(notebook: Notebook, canvas: GraphOnPage, picture: str) -> None:
    """Put another picture on the canvas and wait for it."""
    assert notebook.python(f"show({picture})") == ""
    size = notebook.python(f"print(len({picture}.nodes))")
    canvas.wait(f"cy.nodes().length === {size}")
    canvas.settle()


def heard(notebook: Notebook, what: str) -> str:
    return notebook.python(f"print({what})")


# --- what is shown -----------------------------------------------------------------------------------


def test_namespaces_are_frames_around_their_workloads(canvas: GraphOnPage) -> None:
    names = "each => [each.data('label'), each.parent().map(frame => frame.data('label'))[0] ?? null]"
    drawn = dict(canvas.ask(f"cy.nodes('.workload, .outside').map({names})"))
    assert {name: drawn[name] for name in ("web", "db", "lonely")} == {"web": "front", "db": "back", "lonely": "back"}
    assert drawn["203.0.113.0/24"] is None
    assert canvas.ask("cy.edges().length") == 3


def test_frames_do_not_overlap(canvas: GraphOnPage) -> None:
    one, two = canvas.ask("cy.nodes('.frame').map(frame => frame.boundingBox({includeLabels: false}))")
    beside = one["x2"] < two["x1"] or two["x2"] < one["x1"]
    above = one["y2"] < two["y1"] or two["y2"] < one["y1"]
    assert beside or above


EVERYTHING_IN_SIGHT = """(() => {
    const place = cy.container().getBoundingClientRect();
    return cy.nodes().every(node => {
        const box = node.renderedBoundingBox();
        return box.x1 >= 0 && box.y1 >= 0 && box.x2 <= place.width && box.y2 <= place.height;
    });
})()"""


def test_everything_is_in_sight(canvas: GraphOnPage) -> None:
    assert canvas.ask(EVERYTHING_IN_SIGHT)


def test_no_label_of_a_node_is_wider_than_the_node(canvas: GraphOnPage, notebook: Notebook) -> None:
    show(notebook, canvas, "summed")
    assert canvas.ask(
        "cy.nodes('.summary').every(node => node.boundingBox({includeLabels: true}).w <= node.outerWidth() + 3)"
    )


def test_the_legend_explains_what_is_drawn_and_can_be_folded(canvas: GraphOnPage) -> None:
    legend = canvas.root.locator(".nw-canvas-legend")
    assert "between namespaces" in canvas.root.locator(".nw-canvas-arrows").inner_text()
    expect(legend.locator("li").first).to_be_hidden()
    legend.locator("summary").click()
    expect(legend).to_contain_text("StatefulSet")
    expect(legend).to_contain_text("policies restrict ingress only")
    legend.locator("summary").click()
    expect(legend.locator("li").first).to_be_hidden()


def test_nothing_to_draw_says_so(canvas: GraphOnPage, notebook: Notebook) -> None:
    notebook.python("show(compose(HandMade().graph))")
    empty = canvas.root.get_by_text("Nothing to draw")
    empty.wait_for()
    notebook.python("show(small)")
    empty.wait_for(state="hidden")


# --- the mouse ---------------------------------------------------------------------------------------


def test_a_click_selects_and_a_second_takes_it_back(canvas: GraphOnPage, notebook: Notebook) -> None:
    canvas.click(NODE)
    canvas.wait("cy.nodes('.chosen').length === 1")
    canvas.wait("cy.edges('.faded').length === 1")
    assert heard(notebook, f"chosen == [{KEY_OF.format(name='db')}]") == "True"
    canvas.page.wait_for_timeout(600)  # not a double click any more
    canvas.click(NODE)
    canvas.wait("cy.elements('.chosen, .faded').length === 0")
    assert heard(notebook, "chosen[-1] == '' == canvas.selected") == "True"


def test_a_click_beside_everything_selects_nothing(canvas: GraphOnPage, notebook: Notebook) -> None:
    notebook.python(f"canvas.select({KEY_OF.format(name='db')})")
    canvas.wait("cy.nodes('.chosen').length === 1")
    canvas.host.click(position={"x": 6, "y": 490})
    canvas.wait("cy.nodes('.chosen').length === 0")
    assert heard(notebook, "chosen") == "['']"


def test_a_double_click_opens(canvas: GraphOnPage, notebook: Notebook) -> None:
    show(notebook, canvas, "summed")
    canvas.click(SUMMED, times=2)
    canvas.wait("cy.nodes('.chosen').length === 1")
    assert heard(notebook, "[summed.elements[key].group.name for key in opened]") == "['ns03']"


def test_the_pointer_is_told_names_kinds_peers_and_ports(canvas: GraphOnPage) -> None:
    canvas.hover(NODE)
    canvas.tip.wait_for()
    text = canvas.tip.inner_text()
    assert all(part in text for part in ("back/db", "StatefulSet", "from front/web: TCP 5432"))
    canvas.page.mouse.move(5, 300)
    canvas.tip.wait_for(state="hidden")


def test_an_arrow_under_the_pointer_is_told_with_its_ends(canvas: GraphOnPage) -> None:
    canvas.hover('edge[text = "TCP 5432"]')
    canvas.tip.wait_for()
    assert canvas.tip.inner_text() == "front/web → back/db\nTCP 5432"


def test_names_from_a_cluster_are_text_and_never_markup(canvas: GraphOnPage) -> None:
    canvas.hover("node[label ^= '<img']")
    canvas.tip.wait_for()
    assert "<img src=x" in canvas.tip.inner_text()
    canvas.click("node[label ^= '<img']")
    canvas.wait("cy.nodes('.chosen').length === 1")
    assert canvas.page.locator("img[src=x]").count() == 0
    assert canvas.page.title() != "broken into"


# --- the wheel and the focus -------------------------------------------------------------------------


def scrolled(canvas: GraphOnPage) -> float:
    top: float = canvas.root.evaluate("root => root.getBoundingClientRect().top")
    return top


def test_the_wheel_scrolls_the_page_and_leaves_the_picture_alone(canvas: GraphOnPage) -> None:
    before, zoom = scrolled(canvas), canvas.ask("cy.zoom()")
    x, y = canvas.point(NODE)
    canvas.page.mouse.move(x, y + 30)
    canvas.page.mouse.wheel(0, 60)
    canvas.page.wait_for_function(
        "([root, before]) => root.getBoundingClientRect().top < before - 20", arg=[canvas.root.element_handle(), before]
    )
    assert canvas.ask("cy.zoom()") == zoom


def test_the_wheel_zooms_once_the_picture_has_the_focus_until_escape(canvas: GraphOnPage) -> None:
    canvas.click(NODE)
    assert canvas.host.evaluate("host => document.activeElement === host")
    assert canvas.host.evaluate("host => getComputedStyle(host).outlineStyle") == "solid"
    before, zoom = scrolled(canvas), canvas.ask("cy.zoom()")
    canvas.page.wait_for_timeout(400)  # cytoscape ignores the wheel for a moment after the page was scrolled
    canvas.page.mouse.wheel(0, -120)
    canvas.wait(f"cy.zoom() > {zoom}")
    assert scrolled(canvas) == before
    canvas.page.keyboard.press("Escape")
    assert canvas.host.evaluate("host => document.activeElement !== host")
    assert not canvas.ask("cy.userZoomingEnabled()")


def test_escape_gives_the_focus_back_to_where_it_was(canvas: GraphOnPage) -> None:
    fit = canvas.root.get_by_role("button", name="Fit")
    fit.focus()
    canvas.host.focus()
    canvas.page.keyboard.press("Escape")
    assert fit.evaluate("button => document.activeElement === button")


# --- the keyboard ------------------------------------------------------------------------------------


def walked(canvas: GraphOnPage) -> list[str]:
    found: list[str] = canvas.ask("cy.elements('.walked').map(each => each.data('label') || each.data('text'))")
    return found


def test_arrow_keys_walk_to_the_neighbour_and_a_reader_says_it(canvas: GraphOnPage) -> None:
    canvas.press("Tab", "Home")
    start = canvas.ask("cy.nodes('.walked').position()")
    canvas.press("ArrowRight")
    assert len(walked(canvas)) == 1
    assert canvas.ask("cy.nodes('.walked').position()")["x"] > start["x"]
    name = canvas.ask("cy.nodes('.walked').data('label')")
    assert name in canvas.live
    active = canvas.host.get_attribute("aria-activedescendant")
    assert name in canvas.root.locator(f"[id='{active}']").inner_text()


def test_page_down_goes_to_every_node_in_turn(canvas: GraphOnPage, notebook: Notebook) -> None:
    show(notebook, canvas, "summed")
    canvas.press("Home")
    reached: set[str] = set()
    for _ in range(20):
        reached.update(canvas.root.evaluate(WALKED))
        canvas.page.keyboard.press("PageDown")
    assert len(reached) == 20


WALKED = "root => root.querySelector('.custom-widget')._cyreg.cy.nodes('.walked').map(each => each.id())"


def test_tab_goes_from_namespaces_to_nodes_to_arrows_and_out(canvas: GraphOnPage) -> None:
    canvas.host.focus()
    kinds = []
    for _ in range(3):
        kinds.append(
            canvas.ask("cy.elements('.walked').map(e => e.isEdge() ? 'arrow' : e.isParent() ? 'frame' : 'node')[0]")
        )
        canvas.page.keyboard.press("Tab")
    assert kinds == ["frame", "node", "arrow"]
    assert canvas.root.get_by_role("button", name="Fit").evaluate("button => document.activeElement === button")
    canvas.page.keyboard.press("Shift+Tab")
    assert canvas.host.evaluate("host => document.activeElement === host")


def test_enter_selects_and_is_heard_in_python(canvas: GraphOnPage, notebook: Notebook) -> None:
    canvas.press("Tab", "Home", "Enter")
    canvas.wait("cy.nodes('.chosen').length === 1")
    assert heard(notebook, "chosen == [canvas.selected] != ['']") == "True"


@pytest.mark.parametrize("key", ["o", "Enter"])
def test_a_key_opens_what_is_summed_up(canvas: GraphOnPage, notebook: Notebook, key: str) -> None:
    show(notebook, canvas, "summed")
    canvas.press("Home", key)
    assert heard(notebook, "opened == [summed.boxes[0].key]") == "True"


def test_keys_zoom_and_fit(canvas: GraphOnPage) -> None:
    zoom = canvas.ask("cy.zoom()")
    canvas.press("+")
    assert canvas.ask("cy.zoom()") > zoom
    canvas.press("-", "-")
    assert canvas.ask("cy.zoom()") < zoom
    canvas.press("0")
    assert canvas.ask("cy.zoom()") == pytest.approx(zoom)


def test_letters_are_no_commands_of_the_notebook_while_the_picture_has_the_focus(
    canvas: GraphOnPage, notebook: Notebook
) -> None:
    cells = notebook.root.locator(".jp-Cell").count()
    canvas.press("d", "d", "a", "b", "x", "Enter")
    assert notebook.root.locator(".jp-Cell").count() == cells
    assert canvas.host.evaluate("host => document.activeElement === host")


# --- buttons, space and themes -----------------------------------------------------------------------


def test_buttons_zoom_and_fit(canvas: GraphOnPage) -> None:
    zoom = canvas.ask("cy.zoom()")
    canvas.root.get_by_role("button", name="Zoom in").click()
    assert canvas.ask("cy.zoom()") > zoom
    canvas.root.get_by_role("button", name="Fit").click()
    assert canvas.ask("cy.zoom()") == pytest.approx(zoom)


def test_python_zooms_and_fits(canvas: GraphOnPage, notebook: Notebook) -> None:
    zoom = canvas.ask("cy.zoom()")
    notebook.python("canvas.zoom(0.5)")
    canvas.wait(f"Math.abs(cy.zoom() - {zoom} / 2) < 0.001")
    notebook.python("canvas.fit()")
    canvas.wait(f"Math.abs(cy.zoom() - {zoom}) < 0.001")


def test_the_picture_is_fitted_again_when_its_space_changes(canvas: GraphOnPage, notebook: Notebook) -> None:
    for size in ((700, 768), LAPTOP):
        width = canvas.host.evaluate("host => host.clientWidth")
        notebook.resize(size)
        canvas.page.wait_for_function(
            "([host, before]) => host.clientWidth !== before", arg=[canvas.host.element_handle(), width]
        )
        assert canvas.ask(EVERYTHING_IN_SIGHT)


def test_a_picture_in_a_tab_is_fitted_when_the_tab_is_opened(lab: Lab) -> None:
    notebook = lab.open(
        MADE.removesuffix("canvas.widget\n"), "Tab([Output(), canvas.widget], titles=['first', 'second'])"
    )
    notebook.root.locator(".lm-TabBar-tab", has_text="second").last.click()
    assert notebook.graph().ask(EVERYTHING_IN_SIGHT)
    lab.close_current()


def test_colours_follow_the_theme(canvas: GraphOnPage, lab: Lab) -> None:
    look = "[cy.nodes('.workload').style('color'), cy.nodes('.workload').style('background-color')]"
    light = canvas.ask(look)
    surface = canvas.host.evaluate("host => getComputedStyle(host).backgroundColor")
    lab.theme(DARK)
    canvas.wait(f"JSON.stringify({look}) !== {str(light).replace(chr(39), chr(34))!r}.replaceAll(', ', ',')")
    assert canvas.host.evaluate("host => getComputedStyle(host).backgroundColor") != surface
    lab.theme(LIGHT)
    canvas.wait(f"cy.nodes('.workload').style('color') === {light[0]!r}")


# --- replacing, leaks and findings -------------------------------------------------------------------


def test_twenty_pictures_one_after_the_other_leave_nothing_behind(canvas: GraphOnPage, notebook: Notebook) -> None:
    before = notebook.python("from ipywidgets.widgets.widget import _instances; print(len(_instances))")
    notebook.python("for number in range(10):\n    show(summed)\n    show(small)")
    canvas.wait("cy.edges().length === 3")
    assert notebook.python("print(len(_instances))") == before
    assert canvas.page.locator(".nw-canvas .custom-widget").count() == notebook.root.locator(".nw-canvas").count()


def test_a_canvas_that_is_closed_leaves_the_page(canvas: GraphOnPage, notebook: Notebook) -> None:
    del canvas
    shown = notebook.root.locator(".nw-canvas").count()
    notebook.python("import gc; other = GraphCanvas(); other.show(small)")
    notebook.python("other.close()")
    assert notebook.root.locator(".nw-canvas").count() == shown


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST])
def test_axe_finds_nothing_serious(
    canvas: GraphOnPage,
    axe: Callable[[str], list[str]],
    screenshot: Callable[[str], None],
    theme: str,
) -> None:
    canvas.press("Tab", "Home")
    screenshot(f"canvas-{theme.replace(' ', '-').lower()}")
    assert axe(".nw-canvas") == []


@pytest.mark.parametrize("size", [LAPTOP, (900, 768)], ids=["laptop", "narrow"])
@pytest.mark.parametrize("namespaces", [3, 15])
def test_pictures_of_fifteen_and_of_150_workloads_are_all_in_sight(
    canvas: GraphOnPage,
    notebook: Notebook,
    screenshot: Callable[[str], None],
    size: tuple[int, int],
    namespaces: int,
) -> None:
    each = 5 if namespaces == 3 else 10
    notebook.python(f"other = compose(many({namespaces}, {each}).graph, shares_boxes=False)")
    notebook.resize(size)
    show(notebook, canvas, "other")
    assert canvas.ask(EVERYTHING_IN_SIGHT)
    screenshot(f"canvas-{namespaces * each}-{size[0]}")
