"""The page of the documentation that lists the checks: its head stands here, the rest is made of the registry.

``python -m tests.project.checks_page > docs/check-catalogue.md`` writes it.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import workbench.checks.rules
from workbench.checks import CHECKS

if TYPE_CHECKING:
    from workbench.checks import Check

__all__ = ["checks_page"]

HEAD: Final = """\
# All checks

Which checks there are, what each finds, what counts, and where it comes from ([checks](checks.md)).
This page is made from the registry, and a test compares the two.

"""


def checks_page() -> str:
    """Return the page."""
    ours = [one for one in CHECKS if one.finds.__module__.startswith(workbench.checks.rules.__name__)]
    rows = [f"| [{one.id}](#{one.id.lower()}) | {one.severity.value} | {one.title} |" for one in ours]
    table = "\n".join(["| check | severity | finds |", "|---|---|---|", *rows])
    return f"{HEAD}{table}\n\n" + "\n".join(line for one in ours for line in _section(one)) + "\n"


def _section(check: Check) -> Iterator[str]:
    yield f'### <a id="{check.id.lower()}"></a>{check.id}: {check.title}\n'
    needs = "".join(f" Needs {one.value}." for one in sorted(check.needs))
    attack = f" MITRE ATT&CK: {', '.join(check.techniques)}." if check.techniques else ""
    yield f"*{check.severity.value}.* {check.reason}{needs}{attack}\n"
    yield _as_markdown(inspect.getdoc(check.finds) or "") + "\n"
    yield f"**Remedy.** {check.remedy}\n"
    if check.source:
        yield f"**Source.** {check.source}.\n"


def _as_markdown(text: str) -> str:
    """Return a docstring as Markdown."""
    return re.sub(r"``([^`]+)``", r"`\1`", text)


if __name__ == "__main__":
    sys.stdout.write(checks_page())
