"""JupyterLab in a browser's page: notebooks are opened in it one after the other, run, and looked at."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.browser.graph import ANSWERED, CURRENT, GraphOnPage
from tests.browser.server import Server
from tests.browser.watch import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["DARK", "HIGH_CONTRAST", "LAPTOP", "LIGHT", "Lab", "Notebook"]

LAPTOP = (1366, 768)
LIGHT, DARK, HIGH_CONTRAST = "JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"
CODE = f"[...{CURRENT}.content.model.cells].filter(cell => cell.type === 'code')"
THEME = "document.body.dataset.jpThemeName"
LONG, START = 60_000, 120_000
"""Milliseconds, for machines that are busy."""


@dataclass
class Lab:
    """A page that shows JupyterLab, and what went wrong in it."""

    page: Page
    server: Server
    watch: Watch = field(default_factory=Watch)

    def start(self) -> None:
        """Load JupyterLab: one page for all notebooks, since that takes seconds."""
        self.watch.host = urlsplit(self.server.address).netloc
        self.watch.look_at(self.page)
        self.page.set_default_timeout(START)
        self.page.goto(f"{self.server.address}/lab?token={self.server.token}&reset")
        self.page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)", timeout=START)
        self.command("application:set-mode", mode="single-document")
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")

    def command(self, name: str, **arguments: Any) -> None:  # noqa: ANN401  (whatever the command takes)
        """Execute one of JupyterLab's commands and wait for it."""
        self.page.evaluate(
            "([name, given]) => window.jupyterapp.commands.execute(name, given).then(() => null)", [name, arguments]
        )

    def open(self, *cells: str, size: tuple[int, int] = LAPTOP, theme: str = LIGHT) -> Notebook:
        """Open a new notebook with these cells, run them, and wait until its graphs are drawn.

        Raises
        ------
        AssertionError
            If a cell fails.
        """
        content = {
            "cells": [
                {
                    "id": f"cell-{number}",
                    "cell_type": "code",
                    "source": cell,
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                }
                for number, cell in enumerate(cells)
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path = self.server.folder / f"{secrets.token_hex(4)}.ipynb"
        path.write_text(json.dumps(content))
        return self.open_file(path, size=size, theme=theme)

    def open_file(self, path: Path, *, size: tuple[int, int] = LAPTOP, theme: str = LIGHT) -> Notebook:
        """Open a notebook that lies under the server's folder, as `open` does."""
        self.watch.is_without_widgets = False
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.theme(theme)
        place = path.relative_to(self.server.folder).as_posix()
        self.command("docmanager:open", path=place, factory="Notebook")
        notebook = Notebook(self, self.page.evaluate(f"() => {CURRENT}.id"))
        notebook.run_all()
        assert notebook.error_outputs == []
        for number in range(notebook.root.locator(".nw-canvas").count()):
            notebook.graph(number).settle()
        return notebook

    def reopened(self, notebook: Notebook) -> Notebook:
        """Close a notebook with its kernel, and open it again as it was saved, without running it."""
        place = self.page.evaluate(f"() => {CURRENT}.context.path")
        self.watch.is_without_widgets = True
        self.close_current()
        notebook.root.wait_for(state="detached")
        self.command("docmanager:open", path=place, factory="Notebook")
        return Notebook(self, self.page.evaluate(f"() => {CURRENT}.id"))

    def theme(self, name: str) -> None:
        """Change the theme and wait until its styles have arrived: a second or two, unless it is there already."""
        if self.page.evaluate(THEME) == name:
            return
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_function(f"name => {THEME} === name", arg=name, timeout=LONG)
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def answered(self) -> None:
        """Wait until the kernel of the notebook in sight has handled all that was done on the page."""
        self.page.wait_for_function(f"() => {ANSWERED}", timeout=LONG)

    def run_python(self, code: str) -> str:
        """Run code in the kernel of the notebook in sight, after all that was done on the page; return what it prints.

        What it changes is on the page then, but for what is drawn in a moment of its own.
        """
        self.answered()
        printed: str = self.page.evaluate(
            f"""async code => {{
                const future = {CURRENT}.sessionContext.session.kernel.requestExecute({{ code, store_history: false }});
                let text = '';
                future.onIOPub = ({{ header, content }}) => {{
                    if (header.msg_type === 'stream') text += content.text;
                    if (header.msg_type === 'error') text += content.traceback.join('\\n');
                }};
                await future.done;
                return text;
            }}""",
            code,
        )
        return printed.strip()

    def close_current(self) -> None:
        """Close the notebook in sight and end its kernel: the one that was opened before is in sight again."""
        self.page.evaluate(
            f"""async () => {{
                const current = {CURRENT};
                await current.context.sessionContext.shutdown();
                current.dispose();
            }}"""
        )

    def close_all(self) -> None:
        """Close every notebook and end its kernel."""
        self.page.evaluate(
            """async () => {
                for (const each of [...window.jupyterapp.shell.widgets('main')]) {
                    await each.context?.sessionContext.shutdown();
                    each.dispose();
                }
            }"""
        )
        self.theme(LIGHT)


@dataclass
class Notebook:
    """A notebook that is open in JupyterLab."""

    lab: Lab
    id: str

    @property
    def page(self) -> Page:
        """The page that it is in."""
        return self.lab.page

    @property
    def root(self) -> Locator:
        """All of the notebook."""
        return self.page.locator(f'[id="{self.id}"]')

    def run_all(self) -> None:
        """Run every cell and wait until the last one has run and the kernel rests."""
        self.page.wait_for_function(
            f"""() => {{
                const session = {CURRENT}.sessionContext;
                const kernel = session.session?.kernel;
                return session.isReady && kernel?.connectionStatus === 'connected' && kernel?.status === 'idle';
            }}""",
            timeout=START,
        )
        before = self.page.evaluate(f"() => {CODE}.map(cell => cell.executionCount)")
        self.start_all()
        self.page.wait_for_function(
            f"""before => {{
                const ran = {CODE}.every((cell, number) => cell.executionState !== 'running'
                    && ![null, before[number]].includes(cell.executionCount));
                return ran && {CURRENT}.sessionContext.session.kernel.status === 'idle' && {ANSWERED};
            }}""",
            arg=before,
            timeout=START,
        )

    def start_all(self) -> None:
        """Start to run every cell, and do not wait."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def answered(self) -> None:
        """Wait until its kernel has handled all that was done on the page."""
        self.lab.answered()

    def python(self, code: str) -> str:
        """Run code in its kernel, after all that was done on the page; return what it prints."""
        return self.lab.run_python(code)

    @property
    def error_outputs(self) -> list[str]:
        """Return what cells failed with."""
        found: list[str] = self.page.evaluate(
            f"""() => {CODE}
                .flatMap(cell => cell.toJSON().outputs)
                .filter(output => output.output_type === 'error')
                .map(output => output.ename + ': ' + output.evalue)"""
        )
        return found

    def graph(self, number: int = 0) -> GraphOnPage:
        """Return the graph of that number in the notebook, counted from 0."""
        return GraphOnPage(self.page, self.root.locator(".nw-canvas").nth(number))

    def resize(self, size: tuple[int, int]) -> None:
        """Change the size of the page."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})


def serious(violations: Iterable[dict[str, Any]]) -> list[str]:
    """Return what a person with a disability cannot do without trouble, of axe-core's findings."""
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes']]}"
        for each in violations
        if each["impact"] in {"serious", "critical"}
    ]
