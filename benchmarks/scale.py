"""How does the workbench behave in a large cluster: part of ``make bench``.

It runs ``notebooks/08_scale.ipynb``, which prints what each step took: 10,000 workloads and 10 million flows, or
``python -m benchmarks.scale 1000 200000``.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

import nbformat
from nbclient import NotebookClient

from workbench.ground import shipped_notebooks

WORKLOADS = 10_000
ROWS = 10_000_000
LONGEST = 3_600
"""Seconds that a step may take."""
PEAK = "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"


def main(arguments: list[str] | None = None) -> None:
    """Run the notebook, and print what it prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="?", type=int, default=WORKLOADS)
    parser.add_argument("flows", nargs="?", type=int, default=ROWS)
    sizes = parser.parse_args(arguments)
    sizes_given = {"NETPOL_SCALE_WORKLOADS": str(sizes.workloads), "NETPOL_SCALE_FLOWS": str(sizes.flows)}
    notebook: Any = nbformat.read(shipped_notebooks() / "08_scale.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=LONGEST, kernel_name="python3").execute(env={**os.environ, **sizes_given})
    printed = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stdout"
    ]
    print(f"{sizes.workloads:,} workloads, {sizes.flows:,} flows")
    print("".join(printed[:-1]), end="")
    print(f"The kernel took {int(printed[-1]) / 1024:,.0f} MB at most.")


if __name__ == "__main__":
    main()
