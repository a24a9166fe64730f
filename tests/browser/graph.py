"""A graph as it stands in a page: asked through its cytoscape instance, clicked on where its elements are drawn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["ANSWERED", "CURRENT", "GraphOnPage"]

LONG = 60_000
CURRENT = "window.jupyterapp.shell.currentWidget"
ANSWERED = (
    f"[...{CURRENT}.sessionContext.session.kernel._futures.values()]"
    ".every(each => !each.msg.header.msg_type.startsWith('comm_'))"
)
"""Whether the kernel has answered all that widgets of the notebook in sight have sent it; what they hold back until
their last message is answered, they send at once then."""

SETTLED = """root => {
    if (root.ariaBusy || !(ANSWERED)) return false;
    const cy = root.querySelector('.custom-widget')?._cyreg?.cy;
    if (!cy || !root.querySelector('.nw-canvas-list')?.children.length) return false;
    const place = cy.container().getBoundingClientRect();
    const now = JSON.stringify([place, cy.zoom(), cy.pan(), cy.nodes().map(node => node.position())]);
    const before = cy.container().dataset.before;
    cy.container().dataset.before = now;
    return now === before;
}""".replace("ANSWERED", ANSWERED)
"""Whether nothing is on its way that would change the graph, and it stands where it stood when it was last asked:
placed, fitted, and not scrolled."""

POINT = """(() => {
    const element = cy.elements(SELECTOR).first();
    const box = element.renderedBoundingBox({includeLabels: false});
    const middle = element.isEdge() ? element.renderedMidpoint()
        : element.isParent() ? {x: box.x1 + 8, y: box.y1 + 8}
        : {x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2};
    const place = cy.container().getBoundingClientRect();
    return {x: place.left + middle.x, y: place.top + middle.y};
})()"""


@dataclass
class GraphOnPage:
    """A graph, and all that stands around it on its canvas."""

    page: Page
    root: Locator

    @property
    def host(self) -> Locator:
        """The element that takes the focus, the keys and the wheel."""
        return self.root.locator(".custom-widget")

    @property
    def tip(self) -> Locator:
        """The tooltip, in sight or not."""
        return self.root.locator(".nw-canvas-tip")

    @property
    def live(self) -> str:
        """What a screen reader was last given to say."""
        return self.root.locator(".nw-canvas-live").inner_text()

    def settle(self) -> None:
        """Wait until the picture stands still."""
        handle = self.root.element_handle(timeout=LONG)
        self.page.wait_for_function(SETTLED, arg=handle, polling=100, timeout=LONG)

    def ask(self, expression: str) -> Any:  # noqa: ANN401  (whatever the page answers)
        """Evaluate a JavaScript expression over `cy`, the cytoscape instance, once the picture stands still."""
        self.settle()
        return self.root.evaluate(
            f"root => {{ const cy = root.querySelector('.custom-widget')._cyreg.cy; return {expression}; }}"
        )

    def wait(self, expression: str) -> None:
        """Wait until a JavaScript expression over `cy` holds."""
        handle = self.root.element_handle()
        self.page.wait_for_function(
            f"root => {{ const cy = root.querySelector('.custom-widget')?._cyreg?.cy; return cy && ({expression}); }}",
            arg=handle,
            timeout=LONG,
        )

    def labels(self, selector: str) -> list[str]:
        """Return the labels of the nodes that cytoscape's `selector` finds, in one line each."""
        found: list[str] = self.ask(f"cy.nodes({json.dumps(selector)}).map(node => node.data('label'))")
        return [label.replace("\n", "") for label in found]

    def point(self, selector: str) -> tuple[float, float]:
        """Return where on the page the element that cytoscape's `selector` finds is drawn."""
        self.host.scroll_into_view_if_needed()
        found = self.ask(POINT.replace("SELECTOR", json.dumps(selector)))
        return found["x"], found["y"]

    def click(self, selector: str, *, times: int = 1) -> None:
        """Click on the node or edge that cytoscape's `selector` finds."""
        self.page.mouse.click(*self.point(selector), click_count=times)

    def hover(self, selector: str) -> None:
        """Move the pointer to the node or edge that cytoscape's `selector` finds."""
        x, y = self.point(selector)
        self.page.mouse.move(x - 2, y - 2)
        self.page.mouse.move(x, y)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, with the focus on the graph."""
        self.host.focus()
        for key in keys:
            self.page.keyboard.press(key)
