"""The difference as a graph (formats 2)."""

from __future__ import annotations

import re

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import ConnectivityDiff, diff
from workbench.drawing import draw

GREEN = "#008000"


def web_takes(port: int) -> str:
    """Return three Pods' policies: all talk to each other, but to web only on `port`."""
    to_web = f"ingress: [{{from: [{{podSelector: {{}}}}], ports: [{{port: {port}}}]}}]"
    others = "podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}"
    return policy(f"{others}, ingress: [{{from: [{{podSelector: {{}}}}]}}]", "others") + policy(
        f"podSelector: {{matchLabels: {{app: web}}}}, {to_web}", "web"
    )


def some() -> ConnectivityDiff:
    egress = policy("podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]", "egress")
    sides = (("db", "web", "old"), 80), (("db", "web", "new"), 443)
    one, other = (
        compute(*(pod(name, labels=f"app: {name}") for name in names), egress, web_takes(port)) for names, port in sides
    )
    return diff(one, other)


def edges(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return label and colour of each edge."""
    found = re.findall(r'"default/(\w+)\[Pod\]" -> "default/(\w+)\[Pod\]" \[label="(.*?)" color="(.*?)"', text)
    return {(src, dst): (label, color) for src, dst, label, color in found}


def test_added_is_green_removed_red_changed_magenta_and_unchanged_grey() -> None:
    drawn = edges(some().render("dot", ("ref1", "ref2")))
    assert drawn["new", "db"] == ("All Connections", GREEN)
    assert drawn["old", "db"] == ("All Connections", "red2")
    assert drawn["db", "web"] == ("TCP 443 (ref1: TCP 80)", "magenta")
    assert drawn["web", "db"] == ("All Connections", "grey")


def test_new_workloads_are_green_lost_ones_red_and_the_others_blue() -> None:
    colors = dict(
        re.findall(r'^\t\t"default/(\w+)\[Pod\]" \[label=".*?" color="(.*?)"', some().render("dot"), re.MULTILINE)
    )
    assert colors == {"db": "blue", "new": GREEN, "old": "red", "web": "blue"}


def test_edges_are_sorted_by_source_and_destination_whatever_their_kind() -> None:
    drawn = [*edges(some().render("dot"))]
    assert drawn == sorted(drawn)


def test_the_legend_explains_lines_and_peers() -> None:
    text = some().render("dot")
    words = re.findall(r'label="(\w+ (?:connection|peer))"', text)
    assert words == [
        *("added connection", "removed connection", "changed connection", "unchanged connection"),
        *("new peer", "lost peer", "persistent peer"),
    ]


def test_graphviz_understands_it() -> None:
    assert "unchanged connection" in draw(some().render("dot"))
