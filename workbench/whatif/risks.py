"""What is there to fear of a change, the gravest first; and all of it in one line (what-if 7)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from workbench.ground import PortSet, count_of, first_of
from workbench.whatif.verdicts import FlowVerdict

if TYPE_CHECKING:
    from workbench.whatif.simulation import Simulation

__all__ = ["MOST_PAIRS", "risk_rows", "verdict_of"]

MOST_PAIRS: Final = 1_000
"""So many openings, or cuts, are listed one by one; more are counted by the namespaces of their ends."""
_OUTSIDE: Final = "the outside"


class _Risk(NamedTuple):
    risk: str
    src: str
    dst: str = ""
    ports: str = ""
    flows: int = 0
    last_seen: Any = None
    decided_by: tuple[str, ...] = ()
    detail: str = ""


def risk_rows(found: Simulation) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `frames.RISKS`.

    Parameters
    ----------
    found : Simulation
    """
    openings = sorted(_openings(found), key=lambda one: (_ORDER[one.risk], -one.flows, one.src, one.dst))
    cuts = sorted(_cuts(found), key=lambda one: (_ORDER[one.risk], -one.flows, one.src, one.dst))
    yield from (*openings, *_unprotected(found), *_lost(found), *_cut_off(found), *cuts, *_uncertain(found))


_ORDER: Final = {
    name: place
    for place, name in enumerate(("opened-outside", "opened-namespaces", "opened-within", "cut-known", "cut"))
}


def _openings(found: Simulation) -> Iterator[_Risk]:
    rows = found.difference.to_frame()
    rows = rows[(rows["opened"] != str(PortSet())).to_numpy()]
    if rows.empty:
        return
    seen = _seen(found.flows(FlowVerdict.OPENED)) if found.count(FlowVerdict.OPENED) else {}
    risks = [_opening_kind(*ends) for ends in zip(*_namespaces(rows), strict=True)]
    if len(rows) > MOST_PAIRS:
        yield from _summed(risks, rows, "connections are opened")
        return
    for risk, row in zip(risks, rows.to_dict("records"), strict=True):
        flows, last_seen = seen.get((row["src"], row["dst"]), (0, None))
        detail = "flows were denied there" if flows else ""
        yield _Risk(risk, row["src"], row["dst"], str(row["opened"]), flows, last_seen, (), detail)


_ENDS: Final = ("src_namespace", "dst_namespace")


def _namespaces(rows: pd.DataFrame) -> Iterator[list[str]]:
    """Yield those of sources, and those of destinations."""
    for name in _ENDS:
        yield rows[name].astype("object").tolist()


def _opening_kind(src: str, dst: str) -> str:
    if not src or not dst:
        return "opened-outside"
    return "opened-within" if src == dst else "opened-namespaces"


def _seen(rows: pd.DataFrame) -> dict[tuple[str, str], tuple[int, Any]]:
    summed = rows.groupby(["src", "dst"], observed=True).agg(flows=("flows", "sum"), last_seen=("last_seen", "max"))
    found = zip(summed.index, summed["flows"].tolist(), summed["last_seen"], strict=True)
    return {key: (flows, _time(last_seen)) for key, flows, last_seen in found}


def _time(value: Any) -> Any:  # noqa: ANN401  (a time, or none)
    return None if pd.isna(value) else value


def _summed(risks: Iterable[str], rows: pd.DataFrame, what: str) -> Iterator[_Risk]:
    """Yield how many pairs there are of each kind between which namespaces."""
    counts = Counter(zip(risks, *_namespaces(rows), strict=True))
    for (risk, src, dst), count in counts.items():
        yield _Risk(risk, f"{src or _OUTSIDE}", dst or _OUTSIDE, detail=f"{count:,} {what}")


def _cuts(found: Simulation) -> Iterator[_Risk]:
    if not found.count(FlowVerdict.CUT):
        return
    rows = found.flows(FlowVerdict.CUT)
    risks = ["cut-known" if said == "baseline" else "cut" for said in rows["baseline"]]
    if len(rows) > MOST_PAIRS:
        yield from _summed(risks, rows, "edges that were seen are cut")
        return
    for risk, row in zip(risks, rows.to_dict("records"), strict=True):
        ports = str(row["protocol"]) if pd.isna(row["port"]) else f"{row['protocol']} {int(row['port'])}"
        detail = "in a baseline" if risk == "cut-known" else "not in its baseline" if row["baseline"] else ""
        last = _time(row["last_seen"])
        yield _Risk(risk, row["src"], row["dst"], ports, int(row["flows"]), last, tuple(row["decided_by"]), detail)


def _unprotected(found: Simulation) -> Iterator[_Risk]:
    for one in found.workload_changes:
        if one.change == "unprotected":
            yield _Risk("unprotected", one.workload, detail=f"no policy restricts its {' and '.join(one.directions)}")


def _cut_off(found: Simulation) -> Iterator[_Risk]:
    for one in found.workload_changes:
        if one.change == "cut-off":
            yield _Risk("cut-off", one.workload, detail="nothing may reach it, and it may reach nothing")


def _lost(found: Simulation) -> Iterator[_Risk]:
    for one in found.losses_found:
        yield _Risk(
            "lost", one.workload, one.peer, str(one.ports), 0, None, one.decided_by, f"{one.what}: {one.meaning}"
        )


def _uncertain(found: Simulation) -> Iterator[_Risk]:
    for doubt, count in found.doubt_counts().items():
        yield _Risk("uncertain", "", flows=count, detail=doubt.meaning)


def verdict_of(found: Simulation) -> str:
    """Return what a change does, in one line.

    Parameters
    ----------
    found : Simulation
    """
    bad = list(_bad(found))
    good = list(_good(found))
    uncertain = found.count(FlowVerdict.UNCERTAIN)
    rest = [f"{count_of(uncertain, 'flow')} uncertain"] if uncertain else []
    if not bad and not good and not rest:
        return "nothing changes" if not found.change.changed else "nothing changes for the workloads that are there"
    head = "; ".join(bad) or ("cuts nothing that was seen, and opens nothing" if found.pasts else "opens nothing")
    return "; ".join((head, *good, *rest))


def _bad(found: Simulation) -> Iterator[str]:
    if opened := found.difference.opened_count:
        yield f"opens {count_of(opened, 'connection')}"
    unprotected = sum(one.change == "unprotected" for one in found.workload_changes)
    if unprotected:
        yield f"leaves {count_of(unprotected, 'workload')} unprotected"
    by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for loss in found.losses_found:
        by_kind[loss.what].add(loss.workload)
    for what, workloads in by_kind.items():
        yield f"{what} is lost for {first_of(sorted(workloads), 2)}"
    cut_off = [one.workload for one in found.workload_changes if one.change == "cut-off"]
    if cut_off:
        yield f"cuts {first_of(cut_off, 2)} off"
    if cut := found.count(FlowVerdict.CUT):
        edges = sum(past.judged.count(FlowVerdict.CUT)[0] for past in found.pasts)
        yield f"cuts {count_of(cut, 'flow')} of {count_of(edges, 'edge')}"


def _good(found: Simulation) -> Iterator[str]:
    if kept := found.count(FlowVerdict.KEPT):
        yield f"keeps {count_of(kept, 'flow')}"
    if closed := found.difference.closed_count:
        yield f"closes {count_of(closed, 'connection')}"
