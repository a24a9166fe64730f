"""No name can be anything but a name, in any format of any answer: each is read back by an independent parser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from inspect import isclass
from pkgutil import walk_packages

import pandas as pd
import pytest

import workbench
from tests.ground.text.hostile import HOSTILE, cluster, with_policies
from tests.ground.text.parsers import KINDS, html_texts
from workbench.connectivity import (
    ANSWERS,
    DIFFS,
    EXPLANATIONS,
    EXPOSURES,
    MAPS,
    NETWORK_MAPS,
    Answer,
    Connectivity,
    NetworkMap,
    Networks,
    diff,
    sanity,
)
from workbench.flows import USED_MAPS
from workbench.flows.comparison import UsedConnection
from workbench.ground import TABLES, Formats, Result, visible
from workbench.inventory import Network, NetworkKind
from workbench.panels import NetworkGraphPanel
from workbench.panels.graph_details import details_html, tooltip_html
from workbench.panels.graph_style import label_of

OURS = {"\n", "\t"}
"""What formats are laid out with."""
Writer = Callable[[str], str]


def answers() -> list[Answer]:
    return [with_policies().query(many()[0], name) for name in many()]


def networks() -> Networks:
    maps = [
        NetworkMap(Network(NetworkKind.CUDN, name, namespaces=frozenset()), with_policies()) for name in HOSTILE[:3]
    ]
    return Networks(maps, ())


def used() -> list[UsedConnection]:
    return [UsedConnection(*connection, connection.ports) for connection in with_policies().connections()]


def table() -> pd.DataFrame:
    return pd.DataFrame({"text": HOSTILE, "category": pd.Categorical(HOSTILE), "number": range(-9, len(HOSTILE) - 9)})


def many() -> list[str]:
    """Return the names of all Pods, of which the answers are full; first the one that may send."""
    names = [peer.name for peer in with_policies().peers() if peer.namespace]
    return sorted(names, key=lambda name: not name.endswith(f"/{HOSTILE[0]}[Pod]"))


WRITERS: dict[int, tuple[Writer, Callable[[], list[str]]]] = {
    id(MAPS): (lambda name: MAPS.render(name, with_policies(), "merged"), many),
    id(DIFFS): (lambda name: diff(cluster(), with_policies()).render(name, (HOSTILE[1], HOSTILE[20])), many),
    id(EXPLANATIONS): (lambda name: with_policies().explain().render(name), many),
    id(EXPOSURES): (lambda name: with_policies().exposure(explain=True).render(name), many),
    id(ANSWERS): (lambda name: ANSWERS.render(name, answers()), many),
    id(TABLES): (lambda name: TABLES.named(name).write(table()), lambda: list(HOSTILE)),
    id(USED_MAPS): (lambda name: USED_MAPS.render(name, used()), many),
}
"""For each registry, what writes an answer that is full of hostile names, and these names."""


def modules() -> Iterator[object]:
    for module in walk_packages(workbench.__path__, "workbench."):
        yield import_module(module.name)


@cache
def registries() -> dict[int, Formats[Callable[..., str]]]:
    """Return every registry of formats in the package."""
    return {id(value): value for module in modules() for value in vars(module).values() if isinstance(value, Formats)}


def cases() -> list[object]:
    return [
        pytest.param(number, name, id=f"{registry.entry_points.partition('.')[2]}-{name}")
        for number, registry in registries().items()
        if number in WRITERS
        for name in registry.names()
    ]


def check(text: str, kind: str, names: Sequence[str]) -> None:
    """Check that every name is one text, and that nothing in the output is seen as something else."""
    assert all(char in OURS or char == visible(char) for char in text)
    assert "tab\there" not in text
    assert kind in KINDS, f"say in tests/ground/text/parsers.py how {kind} is read"
    texts, wanted = KINDS[kind].read(text), [KINDS[kind].shown(name) for name in names]
    if KINDS[kind].whole:
        assert not set(wanted) - set(texts)
    else:
        assert not [name for name in wanted if not any(name in found for found in texts)]


def test_every_registry_is_tried_here() -> None:
    assert registries().keys() == {*WRITERS, id(NETWORK_MAPS)}


@pytest.mark.parametrize("number,name", cases())
def test_every_name_is_read_back_from_every_format(number: int, name: str) -> None:
    write, names = WRITERS[number]
    check(write(name), name, names())


@pytest.mark.parametrize("name", NETWORK_MAPS.names())
def test_every_name_is_read_back_from_the_formats_of_networks(name: str) -> None:
    whole = KINDS[name].whole and name != "dot"
    check(networks().render(name), name, many() if whole else [f"{one}[Pod]" for one in HOSTILE])


def test_policies_rules_and_named_ports_are_read_back() -> None:
    explained = with_policies().explain(src=many()[0])
    refs = {ref for ref in explained.to_frame()["policy"] if ref}
    policies = {name for name in HOSTILE if f"AdminNetworkPolicy {name}" in refs}
    assert len(policies) == len(HOSTILE) - 1  # all but that of the source itself
    names = {
        "csv": [f"AdminNetworkPolicy {name}" for name in policies],
        "json": sorted(policies),
        "txt": [f"'{name}'" for name in policies],
    }
    assert set(names) == set(EXPLANATIONS.names())
    for kind, written in names.items():
        check(explained.render(kind), kind, written)
    assert {name for line in with_policies().exposure() for name in line.conn.split(",")} >= {"TCP 1"}


def test_every_class_that_notebooks_show_is_tried_here() -> None:
    shown = {
        value
        for module in modules()
        for value in vars(module).values()
        if isclass(value) and value.__module__.startswith("workbench.") and "_repr_html_" in vars(value)
    }
    assert shown == {Result, Connectivity}


def test_what_notebooks_show_is_plain_text() -> None:
    for name in many():
        assert any(visible(name) in text for text in html_texts(with_policies().query(many()[0], name)._repr_html_()))
    found = with_policies()
    results = [found, found.explain(), found.exposure(explain=True), diff(cluster(), found), networks(), sanity(found)]
    for page in (result._repr_html_() for result in results):
        assert all(text == "\n" or text == visible(text) for text in html_texts(page))


def test_what_the_panel_shows_is_plain_text() -> None:
    panel = NetworkGraphPanel(with_policies())
    picture = panel.state.picture
    for key, element in picture.elements.items():
        assert all(text == visible(text) for text in html_texts(tooltip_html(element, picture.graph.nodes)))
        panel.state.select(key)
        assert all(text == visible(text) for text in html_texts(details_html(panel.state)))
    for node in picture.nodes:
        assert all(line == visible(line) for line in label_of(node))
    panel.close()
