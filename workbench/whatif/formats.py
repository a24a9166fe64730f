"""How a simulation is written down: for people, for a merge request, for programs, and as a patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.ground import ANSWER_FORMATS, json_rows, json_text, markdown_cell, register_format, visible
from workbench.whatif.verdicts import FlowVerdict, PolicyStatus

if TYPE_CHECKING:
    from workbench.whatif.simulation import Simulation

__all__ = ["comma_separated", "json_object", "md", "patch", "rhacs", "txt"]

_LISTED = (FlowVerdict.CUT, FlowVerdict.OPENED)
"""The verdicts of the flows that a document lists one by one; of the others it has the numbers."""


@register_format("simulation", "txt")
def txt(found: Simulation) -> str:
    """Write what becomes of policies, and the risks, the gravest first, for people at a terminal."""
    lines = [visible(found.verdict), "", *(f"{one.status.value} {visible(one.ref)}" for one in found.change.changed)]
    risks = found.to_frame()
    if len(risks):
        lines += ["", *map(_line, risks.to_dict("records"))]
    if found.pasts:
        lines += ["", *(f"{found.count(one):,} flows {one.value}: {one.meaning}" for one in FlowVerdict)]
    lines += [visible(note) for note in found.difference.notes]
    return "".join(f"{line}\n" for line in lines)


def _line(risk: dict[Any, Any]) -> str:
    """Return a risk as a person reads it."""
    ends = f"{risk['src']} => {risk['dst']}" if risk["dst"] else str(risk["src"])
    if not ends:
        return f"{risk['risk']}: {risk['flows']:,} flows - {risk['detail']}"
    parts = [f"{risk['risk']}: {ends}"]
    if risk["ports"]:
        parts.append(f": {risk['ports']}")
    if risk["flows"]:
        parts.append(f"({risk['flows']:,} flows{_last(risk)})")
    if risk["detail"]:
        parts.append(f"- {risk['detail']}")
    if risk["decided_by"]:
        parts.append(f"[{', '.join(risk['decided_by'])}]")
    return visible(" ".join(parts))


def _last(risk: dict[Any, Any]) -> str:
    last = risk["last_seen"]
    return "" if last is None or last != last else f", last {last:%Y-%m-%d %H:%M}"  # noqa: PLR0124  (NaT is not itself)


@register_format("simulation", "md")
def md(found: Simulation) -> str:
    """Write the verdict, what becomes of policies, and the risks as Markdown, for a merge request."""
    parts = [f"**{markdown_cell(found.verdict)}**\n"]
    changed = found.change.to_frame()
    changed = changed[changed["status"] != PolicyStatus.UNCHANGED.value]
    if len(changed):
        parts.append(ANSWER_FORMATS.render("table", "md", changed[["policy", "status"]]))
    risks = found.to_frame()
    if len(risks):
        parts.append(ANSWER_FORMATS.render("table", "md", risks))
    parts += [f"{markdown_cell(note)}\n" for note in found.notes]
    return "\n".join(map(str, parts))


@register_format("simulation", "csv")
def comma_separated(found: Simulation) -> str:
    """Write a line for each risk, as `Simulation.to_frame` has it."""
    return ANSWER_FORMATS.render("table", "csv", found.to_frame())


@register_format("simulation", "json")
def json_object(found: Simulation) -> str:
    """Write an object with the verdict, policies, connections, workloads, losses and flows, for programs."""
    return json_text(
        {
            "verdict": found.verdict,
            "policies": [{"policy": one.ref, "status": one.status.value} for one in found.change.policies],
            "connections": [
                {
                    "src": one.src.name,
                    "dst": one.dst.name,
                    "before": str(one.before),
                    "after": str(one.after),
                    "opened": str(one.opened),
                    "closed": str(one.closed),
                }
                for one in found.difference
            ],
            "workloads": json_rows(found.workloads()),
            "losses": json_rows(found.losses()),
            "flows": {one.value: found.count(one) for one in FlowVerdict},
            "edges": json_rows(found.flows(*_LISTED)) if any(map(found.count, _LISTED)) else [],
            "risks": json_rows(found.to_frame()),
            "notes": list(found.notes),
        }
    )


@register_format("simulation", "patch")
def patch(found: Simulation) -> str:
    """Write the change to the files that policies stand in, for ``git apply``."""
    from workbench.whatif.sharing import share  # noqa: PLC0415  (brings pandas)

    return share(found.change).to_patch()


@register_format("simulation", "rhacs", suffix=".json")
def rhacs(found: Simulation) -> str:
    """Write the answer that the simulator of Red Hat ACS gives (rhacs-simulator).

    Raises
    ------
    ArgumentError
        If the simulator there refuses the change.
    """
    from workbench.whatif.rhacs.simulation import rhacs_simulation  # noqa: PLC0415  (brings baselines)

    return json_text(rhacs_simulation(found.change, found.book))
