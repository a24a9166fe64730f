"""What the facts say of controls of standards, and what they cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from workbench.ground import count_of
from workbench.report.controls import judged_controls
from workbench.report.frames import CONTROL_ANSWERS
from workbench.report.model import ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["controls"]

_WORDS: Final = {
    "met": "met",
    "partly": "met in part",
    "not-met": "not met",
    "unknown": "not to be judged",
}


@register_section("controls", title="Controls of standards", order=750)
def controls(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    yield (
        "Each row names a control, what it asks for in our words, and the facts of this report that speak to it. An "
        "answer is about these facts alone. It is no certificate: the last column says what has to be judged otherwise."
    )
    frame = judged_controls(context)
    counts = frame["answer"].value_counts()
    told = ", ".join(f"{counts[one]:,} {words}" for one, words in _WORDS.items() if counts.get(one))
    yield f"Of {count_of(len(frame), 'control')}: {told}."
    yield ReportTable("controls", "Controls", CONTROL_ANSWERS, frame, ("framework", "control"))
