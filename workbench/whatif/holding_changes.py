"""Does a change leave connections as they are, and flows that were seen alive; and if not, what it does to which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from workbench.connectivity import diff
from workbench.ground import ArgumentError, count_of
from workbench.whatif.failures import IN_FULL, Checked, Failure, Place, errors_in
from workbench.whatif.holding import places_of, reasons_of, verdict_lines
from workbench.whatif.verdicts import Doubt, FlowVerdict

if TYPE_CHECKING:
    from workbench.connectivity import Answer, Change, Connectivity
    from workbench.policy import LeftOut
    from workbench.whatif.simulation import Simulation

__all__ = ["Uncertain", "checked_change", "checked_flows", "uncertain_asked"]

Uncertain: TypeAlias = Literal["pass", "fail"]
_CHOICES: Final = ("pass", "fail")
_NO_FLOWS: Final = "no flow was seen, so nothing is shown"


# --- no change ----------------------------------------------------------------------------------------------------


def checked_change(before: Connectivity, after: Connectivity) -> Checked:
    """Return what one map allows and the other does not; and the policies that differ and are not evaluated.

    Parameters
    ----------
    before, after : Connectivity
    """
    found = diff(before, after)
    failures = [
        _changed(change, after) if number < IN_FULL else Failure(_sentence(change))
        for number, change in enumerate(found)
    ]
    failures += _not_evaluated(before, after)
    return Checked(len(found) + found.unchanged_count(), "connection", tuple(failures))


def _sentence(change: Change) -> str:
    parts = [f"{what} {ports}" for what, ports in (("opens", change.opened), ("closes", change.closed)) if ports]
    return f"{change.src.name} -> {change.dst.name}: the change {' and '.join(parts)}"


def _changed(change: Change, after: Connectivity) -> Failure:
    came = f"; {change.workloads_text}" if change.workloads_text else ""
    remedy = "take it out of the change, or expect it"
    evidence = f"before: {change.before}; after: {change.after}{came}"
    ports = change.opened | change.closed
    try:
        answer = replace(after.query(change.src.name, change.dst.name), asked=ports)
    except (LookupError, ArgumentError):  # an end that is gone, or stands for several ranges
        return Failure(_sentence(change), (evidence,), remedy)
    return Failure(_sentence(change), (evidence, *verdict_lines(answer, ports)), remedy, places_of(reasons_of(answer)))


def _not_evaluated(before: Connectivity, after: Connectivity) -> Iterator[Failure]:
    was, will = ({_said(one): one for one in side.unevaluated} for side in (before, after))
    for key in (*(one for one in was if one not in will), *(one for one in will if one not in was)):
        policy = (was.get(key) or will[key]).policy
        yield Failure(
            f"{policy.ref} differs, and is not evaluated",
            remedy="compare it by eye",
            places=(Place(policy.ref, policy.source.file, policy.source.line or None),),
            answered=False,
        )


def _said(policy: LeftOut) -> tuple[str, str, str]:
    return policy.policy.ref, str(policy.why), repr(policy.spec)


# --- flows --------------------------------------------------------------------------------------------------------


def uncertain_asked(uncertain: str) -> Uncertain:
    """Return what is made of flows that are uncertain.

    Parameters
    ----------
    uncertain : str

    Raises
    ------
    ArgumentError
        If it is neither pass nor fail.
    """
    if uncertain == "pass":
        return "pass"
    if uncertain == "fail":
        return "fail"
    message = f"uncertain={uncertain!r} is not known"
    raise ArgumentError(message, f"write {' or '.join(map(repr, _CHOICES))}")


def checked_flows(found: Simulation, uncertain: Uncertain) -> Checked:
    """Return which flows a change cuts; and which may be cut, where that fails, too.

    Parameters
    ----------
    found : Simulation
    uncertain : {"pass", "fail"}
    """
    seen = sum(map(found.count, FlowVerdict))
    unread = [Failure(str(one), remedy=one.remedy, answered=False) for one in errors_in(found.problems_found)]
    if not seen:
        unread.append(Failure(_NO_FLOWS, remedy="give the recording of a time that counts", answered=False))
    failures = [_cut(row, found, in_full=number < IN_FULL) for number, row in enumerate(_rows(found, FlowVerdict.CUT))]
    if uncertain == "fail":
        failures += map(_uncertain, _rows(found, FlowVerdict.UNCERTAIN))
    return Checked(seen, "flow", (*unread, *failures))


def _rows(found: Simulation, verdict: FlowVerdict) -> list[dict[Any, Any]]:
    rows: list[dict[Any, Any]] = found.flows(verdict).to_dict("records") if found.count(verdict) else []
    return rows


def _cut(row: dict[Any, Any], found: Simulation, *, in_full: bool) -> Failure:
    message = f"{_edge(row)}: {count_of(int(row['flows']), 'flow')} would be cut{_when(row)}"
    if not in_full:
        return Failure(message)
    answer = _answer(row, found.after)
    known = ("it is in a baseline",) if row["baseline"] == "baseline" else ()
    if answer is None:
        places = tuple(_policy_places(row, found))
        evidence = tuple(f"decided by {one.policy}" + (f" ({one})" if one.file else "") for one in places)
    else:
        places, evidence = places_of(reasons_of(answer)), tuple(verdict_lines(answer, answer.asked))
    return Failure(
        message, (*known, *evidence), "allow it in the change, or delete from the change what denies it", places
    )


def _answer(row: dict[Any, Any], after: Connectivity) -> Answer | None:
    """Return what decides about an edge now; None where something else did when it was seen."""
    if _is_missing(row["port"]):
        return None
    try:
        answer = after.query(str(row["src"]), str(row["dst"]), int(row["port"]), str(row["protocol"]))
    except (LookupError, ArgumentError):  # an end that was there once
        return None
    return None if answer.allowed else answer


def _policy_places(row: dict[Any, Any], found: Simulation) -> Iterator[Place]:
    sources = {one.ref: one.source for one in found.after.cluster.objects.policies}
    for ref in row["decided_by"]:
        source = sources.get(ref)
        yield Place(ref, "", None) if source is None else Place(ref, source.file, source.line or None)


def _uncertain(row: dict[Any, Any]) -> Failure:
    return Failure(
        f"{_edge(row)}: {count_of(int(row['flows']), 'flow')} may be cut{_when(row)}",
        (f"not certain: {Doubt(row['doubt']).meaning}",),
        "look at it by hand, or let flows that are uncertain pass",
    )


def _edge(row: dict[Any, Any]) -> str:
    ports = str(row["protocol"]) if _is_missing(row["port"]) else f"{row['protocol']} {int(row['port'])}"
    return f"{row['src']} -> {row['dst']} : {ports}"


def _when(row: dict[Any, Any]) -> str:
    first, last = (row[name] for name in ("first_seen", "last_seen"))
    if _is_missing(last):
        return ""
    return f", seen from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC"


def _is_missing(cell: object) -> bool:
    import pandas as pd  # noqa: PLC0415  (half a second, for those who ask about flows)

    return cell is None or cell is pd.NA or cell is pd.NaT
