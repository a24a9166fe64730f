"""How soon is the network graph to be seen, and how long does a click block its page? Part of ``make bench``.

A JupyterLab is opened in Chromium, with clusters of several sizes, evaluated beforehand. Measured are the seconds from
the start of the cell that shows `NetworkGraphPanel` to the first picture in the page, from a choice in a filter to the
picture that follows from it, and from the wish to open a namespace to the picture that has its workloads; and the
longest time for which the page could not answer meanwhile, in milliseconds.
``python -m benchmarks.browser 15 200`` measures these sizes only.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from tests.browser.chromium import NAMES, find_chromium, running_chromium
from tests.browser.lab import Lab, Notebook
from tests.browser.server import running

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[1]
SIZES = (15, 200, 1_000, 10_000)
PER_NAMESPACE, MANY = 50, 500
VISIBLE, FILTERED, OPENED, BLOCKED = {1_000: 2.0, 10_000: 4.0}, 1.0, 2.5, 500.0
"""What is aimed at: seconds, by the number of workloads and for all; and milliseconds."""
LONG = 300_000

PREPARE = """
if "conn" not in globals():
    import json
    from benchmarks.synthetic import manifests
    from workbench import evaluate, load_manifests
    from workbench.panels import NetworkGraphPanel
    shows = False
    lines = "---\\n".join(json.dumps(each) + "\\n" for each in manifests({size}, per_namespace={per_namespace}))
    conn = evaluate(load_manifests(lines))
    conn.to_frame()
"""
SHOW = """
from IPython.display import display
if shows:
    panel = NetworkGraphPanel(conn, details=False)
    display(panel)
"""
WATCH = """() => {
    window.blocked = 0;
    new PerformanceObserver(list => {
        for (const each of list.getEntries()) window.blocked = Math.max(window.blocked, each.duration);
    }).observe({ type: 'longtask' });
}"""
OTHER_PICTURE = """before => {
    const cy = [...document.querySelectorAll('.nw-canvas .custom-widget')].map(each => each._cyreg?.cy).find(Boolean);
    if (!cy || !cy.nodes().length) return null;
    const now = cy.elements().map(each => each.id()).join();
    return now !== before && now;
}"""


class Measured(NamedTuple):
    """What was measured of one size."""

    workloads: int
    per_namespace: int
    visible: float
    filter: float
    opened: float | None
    blocked: float


def _until_other(notebook: Notebook, before: str) -> str:
    found: str = notebook.page.wait_for_function(OTHER_PICTURE, arg=before, polling="raf", timeout=LONG).json_value()
    return found


def _measure(lab: Lab, size: int, per_namespace: int) -> Measured:
    notebook = lab.open(PREPARE.format(size=size, per_namespace=per_namespace), SHOW)
    notebook.python("shows = True")
    notebook.page.evaluate("window.blocked = 0")
    start = time.perf_counter()
    notebook.start_all()
    picture = _until_other(notebook, "")
    visible = time.perf_counter() - start
    notebook.python("pass")  # the kernel rests

    start = time.perf_counter()
    notebook.python("panel.state.outside = False")
    picture = _until_other(notebook, picture)
    filtered = time.perf_counter() - start

    opened = None
    if notebook.python("print(panel.state.picture.summed_up)") == "True":
        start = time.perf_counter()
        notebook.python("panel.state.open('ns-0')")
        _until_other(notebook, picture)
        opened = time.perf_counter() - start
    blocked = notebook.page.evaluate("window.blocked")
    lab.close_all()
    return Measured(size, per_namespace, visible, filtered, opened, blocked)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each size, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[], metavar="WORKLOADS")
    sizes = parser.parse_args(arguments).sizes or list(SIZES)
    path = find_chromium()
    if path is None:
        print(f"The network graph is not measured: none of {', '.join(NAMES)} is on the PATH.", file=sys.stderr)
        return 0
    table = Table(title="The network graph in Chromium: seconds until it is to be seen (slower than aimed at: !)")
    for name in ("workloads", "in a namespace", "visible", "filter", "namespace opened", "longest block, ms"):
        table.add_column(name, justify="right")
    wanted = [(size, PER_NAMESPACE) for size in sizes] + [(size, MANY) for size in sizes if size >= MANY * 20]
    with TemporaryDirectory() as base, running(Path(base), ROOT) as server, running_chromium(path) as browser:
        lab = Lab(browser.new_page(), server)
        lab.start()
        lab.page.evaluate(WATCH)
        for size, per_namespace in wanted:
            found = _measure(lab, size, per_namespace)
            table.add_row(
                f"{size:,}",
                str(per_namespace),
                _marked(found.visible, VISIBLE.get(size)),
                _marked(found.filter, FILTERED),
                "" if found.opened is None else _marked(found.opened, OPENED),
                _marked(found.blocked, BLOCKED, digits=0),
            )
    Console(width=110).print(table)
    return 0


def _marked(figure: float, target: float | None, digits: int = 2) -> str:
    return f"{figure:,.{digits}f}" + (" !" if target is not None and figure > target else "")


if __name__ == "__main__":
    sys.exit(main())
