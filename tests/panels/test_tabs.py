"""Every panel that is a tab: whatever is shown in it, it leaves nothing behind, and a saved notebook shows it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances

from workbench.panels.app import open_sample
from workbench.panels.frame import Panel, Scope, Tab, tabs


@pytest.fixture(scope="module")
def scope() -> Scope:
    source = open_sample()
    return Scope(source.cluster, source.flows)


def chosen_one_after_the_other(panel: Panel[Any]) -> None:
    """Choose every value of each trait of the panel that has a list of them."""
    state = panel.state
    for name, trait in state.traits().items():
        for value in getattr(trait, "values", None) or ():
            state.set_trait(name, value)


@pytest.mark.parametrize("tab", tabs(), ids=lambda tab: tab.name)
def test_a_closed_panel_leaves_no_widget_whatever_was_shown_in_it(tab: Tab, scope: Scope) -> None:
    before = set(_instances)
    panel = tab.make(scope)
    chosen_one_after_the_other(panel)
    panel.close()
    left = [type(_instances[name]).__name__ for name in set(_instances) - before]
    assert left == []


@pytest.mark.parametrize("tab", tabs(), ids=lambda tab: tab.name)
def test_a_saved_notebook_shows_something_that_needs_no_script(tab: Tab, scope: Scope) -> None:
    panel = tab.make(scope)
    shown = panel.static_html()
    panel.close()
    assert shown.strip()
    assert not re.findall(r"<script|<link|@import|(?:src|href|url)[=(]\s*[\"']?(?!#|data:)\w+:", shown.lower())
