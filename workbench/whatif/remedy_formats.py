"""How repairs and cuts are written down: the policies for the API server, and what they do for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.ground import ANSWER_FORMATS, json_rows, json_text, markdown_cell, register_format, visible

if TYPE_CHECKING:
    from workbench.whatif.cuts import Cut
    from workbench.whatif.repairing import Repair

__all__ = ["comma_separated", "cut_txt", "json_object", "md", "patch", "repair_txt", "yaml"]


@register_format("repair", "yaml")
@register_format("cut", "yaml")
def yaml(found: Repair | Cut) -> str:
    """Write the policies for the API server, one document each."""
    return found.to_yaml()


@register_format("repair", "patch")
@register_format("cut", "patch")
def patch(found: Repair | Cut) -> str:
    """Write the policies to the files that policies stand in, for ``git apply``; of a repair, with its change."""
    from workbench.whatif.sharing import share  # noqa: PLC0415  (brings pandas)

    return share(found.change).to_patch()


@register_format("repair", "csv")
@register_format("cut", "csv")
def comma_separated(found: Repair | Cut) -> str:
    """Write a line for each edge, or pair, as `to_frame` has it."""
    return ANSWER_FORMATS.render("table", "csv", found.to_frame())


@register_format("repair", "md")
@register_format("cut", "md")
def md(found: Repair | Cut) -> str:
    """Write what comes of it, a table, and the policies as Markdown, for a merge request."""
    parts = [f"{markdown_cell(found.verdict)}\n"]
    rows = found.to_frame()
    if len(rows):
        parts.append(ANSWER_FORMATS.render("table", "md", rows.drop(columns="intervals", errors="ignore")))
    if found.policies:
        parts.append(f"```yaml\n{found.to_yaml()}```\n")
    return "\n".join(parts)


@register_format("repair", "json")
@register_format("cut", "json")
def json_object(found: Repair | Cut) -> str:
    """Write an object with a row for each edge, or pair, and the policies as manifests, for programs."""
    from workbench.policy import policy_manifest  # noqa: PLC0415  (not for the help)

    return json_text(
        {
            "verdict": found.verdict,
            "rows": json_rows(found.to_frame()),
            "policies": [policy_manifest(one) for one in found.policies],
            "notes": list(found.notes),
        }
    )


@register_format("repair", "txt")
def repair_txt(found: Repair) -> str:
    """Write which flows are kept by which policies, and why others are not, for people at a terminal."""
    return _written(found, _repaired(found))


@register_format("cut", "txt")
def cut_txt(found: Cut) -> str:
    """Write which pairs are removed by which policies, for people at a terminal."""
    return _written(found, _cut(found))


def _written(found: Repair | Cut, rows: Iterator[str]) -> str:
    states = found.change.policies if found.policies else ()
    mine = {one.ref for one in found.policies}
    listed = [f"{one.status.value} {one.ref}" for one in states if one.ref in mine]
    parts = ([found.verdict], list(rows), listed, [note for note in found.notes if note != found.verdict])
    return "\n".join("".join(f"{visible(line)}\n" for line in lines) for lines in parts if lines)


def _repaired(found: Repair) -> Iterator[str]:
    for one in found.edges:
        src, dst, port, protocol = one.edge
        edge = f"{src} => {dst} : {protocol} {port}"
        if one.why is None:
            yield f"kept: {edge} [{', '.join(one.policies)}]"
        else:
            yield f"not kept: {edge} - {one.why.meaning}{f' ({one.detail})' if one.detail else ''}"


def _cut(found: Cut) -> Iterator[str]:
    for one in found.pairs:
        seen = f" ({one.flows:,} flows)" if one.flows else ""
        by = f" [{', '.join(one.policies)}]" if one.policies else ""
        why = "" if one.why is None else f" - {one.why.meaning}{f' ({one.detail})' if one.detail else ''}"
        yield f"{'not cut' if found.is_connected else 'cut'}: {one}{seen}{by}{why}"
    for one in found.refused:
        yield f"left: {one} - {'' if one.why is None else one.why.meaning}"
