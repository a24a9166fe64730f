"""What baselines say of flows: the status of every edge, and what is in no baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from workbench.baseline import frames
from workbench.baseline.model import ANOMALOUS, SIDE
from workbench.baseline.sides import is_certain, side_of_row, sides_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.baseline.model import Known, Side
    from workbench.baseline.sides import Lookup
    from workbench.flows import Flows

__all__ = [
    "FORBIDDEN",
    "IN_BASELINE",
    "anomalies",
    "anomalous_sides",
    "clusters_of",
    "edges_of",
    "listing",
    "sorted_names",
    "statuses",
]

IN_BASELINE: Final = 1
FORBIDDEN: Final = 2
_UNKNOWN: Final = 0
_FEW: Final = 5
"""How many names stand in one cell."""
_STATE_DTYPE: Final = pd.CategoricalDtype(list(frames.STATES))
_CODES: Final = {name: number for number, name in enumerate(frames.STATES)}
_OF_SAID: Final = np.array(
    [_CODES["anomalous"], _CODES["baseline"], _CODES["anomalous"], _CODES["no-baseline"]], dtype=np.int8
)
"""The state for unknown, in the baseline, forbidden; and last (-1) for no baseline."""


def edges_of(flows: Flows | pd.DataFrame) -> pd.DataFrame:
    """Return the edges of flows, or edges as they are."""
    return flows.reset_index(drop=True) if isinstance(flows, pd.DataFrame) else flows.edges()


def statuses(lookup: Lookup, edges: pd.DataFrame, cluster: str) -> pd.DataFrame:
    """Return the status of every edge; columns as in `frames.STATUSES` (baselines N7).

    Where the cluster has no name, that is its name which the edge has.
    """
    certain = is_certain(edges).to_numpy(dtype=bool)
    own = {side: _states(said, certain) for side, said in lookup.of_edges(edges).items()}
    src, dst = own["egress"], own["ingress"]
    both = np.where(
        (src == _CODES["anomalous"]) | (dst == _CODES["anomalous"]), _CODES["anomalous"], np.minimum(src, dst)
    ).astype(np.int8)
    cells: dict[str, Any] = {
        name: edges[name].to_numpy() if str(edges[name].dtype) == "category" else edges[name]
        for name in frames.STATUSES.names
        if name in edges.columns
    }
    cells["cluster"] = clusters_of(edges, cluster)
    found = {"status": both, "src_status": src, "dst_status": dst}
    states = {name: pd.Categorical.from_codes(codes, dtype=_STATE_DTYPE) for name, codes in found.items()}
    return frames.STATUSES.from_columns(cells | states)


def clusters_of(edges: pd.DataFrame, cluster: str) -> pd.Series[Any]:
    """Return the name of the cluster for each edge: the one that is given, else the one that the edge has."""
    if cluster or "cluster" not in edges.columns:
        return pd.Series(cluster, index=edges.index, dtype="category")
    return edges["cluster"].astype("category")


def _states(said: NDArray[np.int8], certain: NDArray[np.bool_]) -> NDArray[np.int8]:
    state = _OF_SAID[said]
    state[~certain & (said >= 0)] = _CODES["uncertain"]
    return state


def anomalous_sides(lookup: Lookup, edges: pd.DataFrame) -> pd.DataFrame:
    """Return the sides of edges that their baselines lack: columns `SIDE`, ``edge`` and ``marked``."""
    certain = is_certain(edges).to_numpy(dtype=bool)
    said = lookup.of_edges(edges)
    missing = {side: certain & ((found == _UNKNOWN) | (found == FORBIDDEN)) for side, found in said.items()}
    places = np.flatnonzero(missing["egress"] | missing["ingress"])
    sides = sides_of(edges.iloc[places])
    sides["edge"] = places[sides["edge"].to_numpy()]
    egress = (sides["direction"] == "egress").to_numpy()
    at = sides["edge"].to_numpy()
    is_missing = np.where(egress, missing["egress"][at], missing["ingress"][at])
    marked = np.where(egress, said["egress"][at], said["ingress"][at]) == FORBIDDEN
    found: pd.DataFrame = sides.assign(marked=marked)[is_missing].reset_index(drop=True)
    return found


def anomalies(lookup: Lookup, edges: pd.DataFrame, cluster: str) -> pd.DataFrame:
    """Return what is in no baseline, a row for each side; columns as in `frames.ANOMALIES`."""
    sides = anomalous_sides(lookup, edges)
    if sides.empty:
        return frames.ANOMALIES.from_rows(())
    at = sides["edge"].to_numpy()
    other = np.where(sides["direction"] == "egress", edges["dst"].to_numpy()[at], edges["src"].to_numpy()[at])
    counted = sides.assign(
        seen_as=other,
        **{name: edges[name].to_numpy()[at] for name in ("flows", "flows_denied", "first_seen", "last_seen")},
    )
    found = (
        counted.groupby(list(SIDE), sort=True)
        .agg(
            marked=("marked", "any"),
            flows=("flows", "sum"),
            flows_denied=("flows_denied", "sum"),
            first_seen=("first_seen", "min"),
            last_seen=("last_seen", "max"),
            seen_as=("seen_as", _first),
        )
        .reset_index()
    )
    others = _others(edges, found)
    return frames.ANOMALIES.from_columns(
        found.assign(
            other_workloads=[len(names) for names in others],
            who_else=pd.Series([names[:_FEW] for names in others], dtype="object"),
            port=with_no_port(found["port"]),
            cluster=cluster,
        )[list(frames.ANOMALIES.names)]
    )


def listing(lookup: Lookup, known: Mapping[Side, Known], edges: pd.DataFrame, cluster: str) -> pd.DataFrame:
    """Return what baselines know and what was seen, a row for each side; columns as in `frames.LISTED`.

    Parameters
    ----------
    lookup : Lookup
    known : mapping of Side to Known
        Of workloads that have a baseline.
    edges : DataFrame
    cluster : str
        Its name, if it has one.
    """
    certain = is_certain(edges).to_numpy(dtype=bool)
    said = lookup.of_edges(edges)
    sides = sides_of(edges)
    at, egress = sides["edge"].to_numpy(), (sides["direction"] == "egress").to_numpy()
    says = np.where(egress, said["egress"][at], said["ingress"][at])
    other = np.where(egress, edges["dst"].to_numpy()[at], edges["src"].to_numpy()[at])
    cells = {name: edges[name].to_numpy()[at] for name in ("flows", "flows_denied")}
    times = {name: pd.DatetimeIndex(edges[name])[at] for name in ("first_seen", "last_seen")}
    counted = sides.assign(code=_states(says, certain[at]), seen=True, seen_as=other, **cells, **times)
    only = [(*side, _CODES[one.status], False, 0, 0, one.first_seen, one.last_seen) for side, one in known.items()]
    names = [*SIDE, "code", "seen", "flows", "flows_denied", "first_seen", "last_seen"]
    added = pd.DataFrame(only, columns=names).astype({name: counted[name].dtype for name in times})
    both = pd.concat([counted, added], ignore_index=True) if only else counted
    # Where some edges of a side are certain and others are not, its baseline says something of it: codes are in order.
    found = (
        both.groupby(list(SIDE), sort=True)
        .agg(
            code=("code", "min"),
            seen=("seen", "any"),
            flows=("flows", "sum"),
            flows_denied=("flows_denied", "sum"),
            first_seen=("first_seen", "min"),
            last_seen=("last_seen", "max"),
            seen_as=("seen_as", _first),
        )
        .reset_index()
    )
    marked = [
        (one := known.get(side_of_row(row))) is not None and one.status == ANOMALOUS
        for row in found[list(SIDE)].to_dict("records")
    ]
    codes = found["code"].to_numpy(dtype=np.int8)
    odd = found[found["seen"] & (codes == _CODES["anomalous"])]
    others = pd.Series([()] * len(found), index=found.index, dtype="object")
    others.loc[odd.index] = pd.Series(_others(edges, odd), index=odd.index, dtype="object")
    return frames.LISTED.from_columns(
        found.assign(
            status=pd.Categorical.from_codes(codes, dtype=_STATE_DTYPE),
            marked=np.array(marked, dtype=bool),
            other_workloads=others.map(len).astype("int64"),
            who_else=others.map(lambda names: names[:_FEW]).astype("object"),
            port=with_no_port(found["port"]),
            cluster=cluster,
        )[list(frames.LISTED.names)]
    )


def _others(edges: pd.DataFrame, found: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return for each of some sides which other workloads were seen to do the same."""
    doing = _who_does(edges, found)
    return [
        tuple(name for name in doing.get(tuple(key), ()) if name != mine)
        for mine, *key in found[list(SIDE)].itertuples(index=False, name=None)
    ]


def with_no_port(ports: pd.Series[Any]) -> pd.Series[Any]:
    """Return ports of sides as frames have them: missing where there is none."""
    return ports.where(ports > 0).astype("UInt16")


def _first(names: pd.Series[Any]) -> tuple[str, ...]:
    return tuple(sorted(map(str, names.dropna().unique()))[:_FEW])


def sorted_names(names: pd.Series[Any]) -> Any:  # noqa: ANN401  (a cell of several texts)
    """Return several names as one cell."""
    return tuple(sorted(set(names)))


def _who_does(edges: pd.DataFrame, found: pd.DataFrame) -> dict[tuple[Any, ...], tuple[str, ...]]:
    """Return which workloads were seen to do what some sides do."""
    keys = [name for name in SIDE if name != "workload"]
    sides = sides_of(edges)
    same = sides.merge(found[keys].drop_duplicates(), on=keys)
    grouped = same.groupby(keys, sort=False)["workload"].agg(sorted_names)
    return dict(zip(grouped.index, grouped, strict=True))
