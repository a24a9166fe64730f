"""The page of the documentation that lists controls of standards: its head stands here, the rest is made of the table.

``python -m tests.project.controls_page > docs/audit-controls.md`` writes it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from workbench.report import CONTROLS
from workbench.report.control_facts import FACTS

__all__ = ["controls_page"]

HEAD: Final = """\
# Controls of standards

What an [audit](audit-reports.md) says of controls, by which facts, and what it cannot judge. This page is made from the
tables in `workbench/report/controls.py` and `control_facts.py`, and a test compares the two. Code cites the sections as
`audit-controls 2`.

## <a id="audit-controls-1"></a>1. What an answer means

The titles say in our words what a control asks for; for its text, read the standard. Each control names the facts of an
audit that speak to it, and each fact is graded by itself.

- `met`: all facts are known, and all are as they should be.
- `partly`: some are, or something was not given, so that not all are known.
- `not-met`: no fact that is known is as it should be.
- `unknown`: nothing that speaks to it was given.

An answer is about these facts and about nothing else. It is no certificate: the last column says what people have to
judge.

## <a id="audit-controls-2"></a>2. The facts

| fact | what it tells |
|---|---|
"""


def controls_page() -> str:
    """Return the page."""
    return HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    for name, tells in FACTS.items():
        said = (inspect.getdoc(tells) or "").partition("\n")[0].removeprefix("Return ").rstrip(".")
        yield f"| `{name}` | {said} |\n"
    for number, (framework, controls) in enumerate(groupby(CONTROLS, lambda one: one.framework), 3):
        yield f'\n## <a id="audit-controls-{number}"></a>{number}. {framework}\n\n'
        yield "| control | asks for | facts | what an audit cannot judge |\n|---|---|---|---|\n"
        for one in controls:
            facts = ", ".join(f"`{name}`" for name in one.facts)
            yield f"| {one.control} | {one.title} | {facts} | {one.beyond} |\n"


if __name__ == "__main__":
    sys.stdout.write(controls_page())
