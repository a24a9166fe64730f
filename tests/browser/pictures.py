"""The README's pictures, made from the running workbench: ``make pictures``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser.chromium import NAMES, find_chromium, running_chromium
from tests.browser.lab import Lab, Notebook
from tests.browser.server import running

__all__ = ["PICTURES", "main"]

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "pictures"
SIZE = (1366, 1700)
"""High enough for all of a panel."""
CELL = "from workbench import Workbench\n\nworkbench = Workbench.sample()\nworkbench"


def _network(notebook: Notebook) -> None:
    notebook.python("workbench.state.tab = 'network'\nworkbench.state.selection.select_edge(*EDGE)")
    notebook.root.locator(".nw-side").get_by_text("5432").first.wait_for()
    notebook.graph().settle()


def _flows(notebook: Notebook) -> None:
    notebook.python("workbench.state.selection.clear()\nworkbench.state.tab = 'flows'")
    notebook.root.locator(".widget-tab-contents tbody tr:visible").first.wait_for()


def _questions(notebook: Notebook) -> None:
    notebook.python("workbench.state.tab = 'connectivity'\nworkbench.state.selection.select_edge(*EDGE)")
    notebook.root.locator(".nw-verdict:visible").first.wait_for()


PICTURES: dict[str, Callable[[Notebook], None]] = {"network": _network, "flows": _flows, "questions": _questions}
"""For each picture, what is done before it is taken."""


def main() -> int:
    """Make all pictures anew."""
    path = find_chromium()
    if path is None:
        print(f"None of {', '.join(NAMES)} is on the PATH.", file=sys.stderr)  # noqa: T201  (a script)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as base, running(Path(base), ROOT) as server, running_chromium(path) as browser:
        lab = Lab(browser.new_page(), server)
        lab.start()
        notebook = lab.open(CELL, size=SIZE)
        notebook.python("EDGE = 'platform/gateway[Deployment]', 'payments/db[StatefulSet]'")
        for name, prepare in PICTURES.items():
            prepare(notebook)
            shown = notebook.root.locator(".nw-panel", has=lab.page.locator(".nw-top")).first
            shown.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
            print(f"docs/pictures/{name}.png")  # noqa: T201  (a script)
    return 0


if __name__ == "__main__":
    sys.exit(main())
