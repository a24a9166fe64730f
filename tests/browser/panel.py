"""A panel as it stands in a page: what is in it is found once the kernel has handled all that was done before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.lab import Notebook

__all__ = ["PanelOnPage", "focus"]


class PanelOnPage:
    """A panel, and the widgets in it that are in sight.

    Each is looked for when nothing is on its way between the page and the kernel: no row and no button is found that
    is about to be replaced or disabled, and none is clicked on with what was typed before still on its way. What a
    person does faster than that has tests of its own.
    """

    def __init__(self, notebook: Notebook, root: Locator) -> None:
        self.notebook, self.root = notebook, root

    def button(self, name: str) -> Locator:
        """Return the button of a name."""
        self.notebook.answered()
        return self.root.get_by_role("button", name=name, exact=True).locator("visible=true").first

    def field(self, name: str) -> Locator:
        """Return the field of a label."""
        self.notebook.answered()
        return self.root.get_by_label(name, exact=True).locator("visible=true").first

    def tab(self, title: str) -> Locator:
        """Return the tab of a title."""
        self.notebook.answered()
        return self.root.get_by_role("tab", name=title).first

    def turn_to(self, title: str) -> None:
        """Click on a tab, and wait until it is the one in sight."""
        tab = self.tab(title)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        self.notebook.answered()

    def rows(self, *texts: str) -> Locator:
        """Return the rows of the table that have all these texts."""
        self.notebook.answered()
        found = self.root.locator("tbody tr:visible")
        for text in texts:
            found = found.filter(has_text=text)
        return found


def focus(element: Locator) -> None:
    """Give the focus to an element that can take it: what is disabled would leave it where it is."""
    expect(element).to_be_enabled()
    element.focus()
    expect(element).to_be_focused()
