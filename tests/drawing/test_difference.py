"""The difference as a picture."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import ConnectivityDiff, diff
from workbench.drawing import Limits, compose, difference_graph
from workbench.drawing.answers.difference import DIFF, GREEN, GREY, MOST_UNCHANGED, RED
from workbench.drawing.dot import dot_source

MOST_BOXES = Limits().boxes

WITHIN = policy("podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]", "within")


def inward(port: int, frm: str = "{podSelector: {}}") -> str:
    """Return a policy that lets nothing but `port` in."""
    return policy(f"podSelector: {{}}, ingress: [{{from: [{frm}], ports: [{{port: {port}}}]}}]", "inward")


def from_the_one_before(number: int) -> str:
    """Return a policy that lets a Pod take from the one with the number before."""
    chosen = f"{{namespaceSelector: {{}}, podSelector: {{matchLabels: {{app: p{number - 1}}}}}}}"
    rule = f"podSelector: {{matchLabels: {{app: p{number}}}}}, ingress: [{{from: [{chosen}]}}]"
    return policy(rule, f"n{number}", f"ns{number % 2}")


def compared(before: tuple[str, ...], after: tuple[str, ...], ports: tuple[int, int] = (80, 80)) -> ConnectivityDiff:
    """Return the diff of two sets of Pods that talk to each other on one port."""
    sides = zip((before, after), ports, strict=True)
    one, other = (compute(*map(pod, names), WITHIN, inward(port)) for names, port in sides)
    return diff(one, other)


def texts(svg: str) -> list[str]:
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314  (drawn here)
    return ["".join(element.itertext()) for element in found]


def labels(svg: str, color: str) -> set[str]:
    """Return the texts on lines of a colour."""
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314  (drawn here)
    return {element.text or "" for element in found if element.get("fill") == color}


def test_added_is_green_removed_red_and_changed_purple_with_both_sides() -> None:
    svg = compared(("a", "old"), ("a", "new")).render("svg")
    assert (labels(svg, GREEN), labels(svg, RED)) == ({"TCP 80"}, {"TCP 80"})
    svg = compared(("a", "b", "c"), ("a", "b", "c"), ports=(80, 443)).render("svg")
    assert "each other, changed: was TCP 80, now TCP 443" in texts(svg)
    svg = compared(("a", "b", "new"), ("a", "b"), ports=(80, 443)).render("svg")
    assert {"each other, changed: was TCP 80, now TCP 443", "TCP 80"} <= set(texts(svg))


def test_what_came_and_what_went_share_no_box_with_what_stayed() -> None:
    svg = compared(("a", "old"), ("a", "new")).render("svg")
    assert {"a", "old", "new"} <= set(texts(svg))
    assert "Workloads: green with a thick border: new; red with a dashed border: gone." in texts(svg)


def test_the_legend_names_the_kinds_that_occur_in_their_colours() -> None:
    svg = compared(("a", "old"), ("a", "new")).render("svg")
    assert "Arrows: green and solid: added; red and dashed, with a bar: removed." in texts(svg)
    assert f'<tspan fill="{GREEN}">green and solid: added</tspan>' in svg


def test_what_was_added_removed_and_changed_is_told_apart_without_colour() -> None:
    looks = [(stroke.dash, stroke.head, round(stroke.width)) for stroke in (*DIFF.strokes.values(), DIFF.mixed)]
    assert len(set(looks)) == len(looks)
    fills = [(fill.dashed, round(fill.width)) for fill in DIFF.fills.values() if fill.legend]
    assert len(set(fills)) == len(fills)


def test_the_second_sign_of_each_change_is_in_dot_and_so_in_svg() -> None:
    changes = compared(("a", "b", "old"), ("a", "b", "new"), ports=(80, 443))
    dot = dot_source(compose(difference_graph(changes)[0], shares_boxes=False))
    arrows = [line for line in dot.splitlines() if "->" in line]
    signs = {("dashed", "tee"): "a removed one", ("dotted", "diamond"): "a changed one"}
    for dash, head in signs:
        assert any(f"style={dash}" in line and f"arrowhead={head}" in line for line in arrows)
    assert any("style=" not in line and "arrowhead" not in line for line in arrows)


def test_little_that_is_unchanged_is_drawn_grey_and_without_words() -> None:
    other = policy("podSelector: {matchLabels: {app: x}}, ingress: [{}]", "other")
    base = (pod("a"), pod("b", labels="app: x"), WITHIN, inward(80))
    svg = diff(compute(*base), compute(*base, other)).render("svg")
    assert "Arrows: green and solid: added; purple and dotted, with a diamond: changed; thin grey: unchanged." in texts(
        svg
    )
    assert labels(svg, GREY) == set()


def test_much_that_is_unchanged_is_counted_only() -> None:
    many = [f"p{number}" for number in range(8)]
    assert len(many) * (len(many) - 1) > MOST_UNCHANGED
    svg = compared((*many, "old"), tuple(many)).render("svg")
    assert "56 unchanged connections not drawn." in texts(svg)
    assert "unchanged" not in "".join(texts(svg)[1:]).replace("56 unchanged connections not drawn.", "")


def test_nothing_that_differs_is_said() -> None:
    svg = compared((), ()).render("svg")
    assert "No arrows: no connection differs." in texts(svg)


def test_the_inputs_are_named() -> None:
    assert "What changed from main to <branch>." in texts(compared((), ("a", "b")).render("svg", ("main", "<branch>")))


def test_too_many_changes_become_one_box_a_namespace_with_counts_of_each_kind() -> None:
    pods = [pod(f"p{number}", f"ns{number % 2}", f"app: p{number}") for number in range(MOST_BOXES + 11)]
    egress = "egress: [{to: [{podSelector: {}, namespaceSelector: {}}]}]"
    deny = [policy(f"podSelector: {{}}, policyTypes: [Ingress, Egress], {egress}", "deny", f"ns{n}") for n in (0, 1)]
    openings = [from_the_one_before(number) for number in range(1, MOST_BOXES + 11)]
    svg = diff(compute(*pods, *deny, *openings[:90]), compute(*pods, *deny, *openings[90:])).render("svg")
    assert {"added 70", "removed 90"} <= set(texts(svg))
    assert "Arrows: thick purple: several of these." in texts(svg)
