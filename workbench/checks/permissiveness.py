"""How much more is allowed than is used: a figure for each workload, namespace and cluster (checks 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from workbench.checks.frames import PERMISSIVENESS, PERMISSIVENESS_CHANGES
from workbench.connectivity import Connectivity, evaluate
from workbench.ground import EXTERNAL, Result

if TYPE_CHECKING:
    import pandas as pd

    from workbench.flows import Flows, Judgement
    from workbench.inventory import Cluster

__all__ = ["Permissiveness", "permissiveness"]


@dataclass(frozen=True, eq=False, repr=False)
class Permissiveness(Result):
    """How much is allowed of what could be, and how much of it was used. Made by `permissiveness`.

    Attributes
    ----------
    rows : DataFrame
        Columns as in `frames.PERMISSIVENESS`: workloads, then namespaces, then the cluster.
    """

    _columns: ClassVar[tuple[str, ...]] = ("scope", "name", "allowed", "possible", "share", "used", "excess")

    rows: pd.DataFrame
    origins: tuple[Result, ...] = field(default=(), compare=False)

    @cached_property
    def share(self) -> float:
        """What is allowed of all that could be, in the whole cluster, 0 to 1."""
        return float(self.rows["share"].iloc[-1])

    @property
    def headline(self) -> str:
        """How much is allowed in the whole cluster, and how much of it was used, in one line."""
        return "; ".join(self._facts())

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each workload, each namespace and the cluster; columns as in `frames.PERMISSIVENESS`."""
        return self.rows.copy()

    def since(self, earlier: Permissiveness) -> pd.DataFrame:
        """Return what has changed since an earlier snapshot: shares can be compared though there are more workloads.

        Parameters
        ----------
        earlier : Permissiveness

        Returns
        -------
        DataFrame
            Columns as in `frames.PERMISSIVENESS_CHANGES`; what is only in one of the two has no share in the other.
        """
        key = ["scope", "name"]
        both = earlier.rows[[*key, "share"]].merge(
            self.rows[[*key, "share"]], how="outer", on=key, suffixes=("_before", "_after"), sort=False
        )
        both["share_change"] = both["share_after"] - both["share_before"]
        ordered = both.sort_values(["scope", "name"], kind="stable")  # the cluster comes first by its name, too
        return PERMISSIVENESS_CHANGES.from_columns(ordered)

    def _facts(self) -> Iterator[str]:
        last = self.rows.iloc[[-1]]
        yield f"{self.share:.1%} of {last['possible'].iloc[0]:,} possible connections are allowed"
        if last["used"].notna().all():
            yield f"{last['used'].iloc[0]:,} were used"


def permissiveness(
    conn: Cluster | Connectivity, flows: Flows | None = None, *, judged: Judgement | None = None
) -> Permissiveness:
    """Tell how much is allowed of what could be, and how much of that was used.

    Of a workload, one connection could be from each other workload, one to each, one from the internet and one to it.
    Those that are allowed on some port count; the internet counts where each of its addresses is allowed.

    Parameters
    ----------
    conn : Cluster or Connectivity
    flows : Flows, optional
        Without them nothing is said of what was used.
    judged : Judgement, optional
        What `judge` says of these flows, where it was asked already.

    Returns
    -------
    Permissiveness

    Raises
    ------
    ArgumentError
        If `conn` is in focus.
    """
    import pandas as pd  # noqa: PLC0415  (a third of a second)

    connectivity = conn if isinstance(conn, Connectivity) else evaluate(conn)
    found = connectivity.openness()
    allowed = found["senders"] + found["receivers"]
    allowed += (found["from_outside"] == "anyone").astype("int64") + (found["to_outside"] == "anyone").astype("int64")
    used = pd.Series(pd.array([pd.NA] * len(found), dtype="Int64"))
    if flows is not None:
        from workbench.flows import judge  # noqa: PLC0415  (brings ibis)

        used = (
            found["workload"]
            .map(_used(judge(connectivity, flows) if judged is None else judged))
            .fillna(0)
            .astype("Int64")
        )
    workloads = pd.DataFrame(
        {
            "scope": "workload",
            "name": found["workload"],
            "namespace": found["namespace"],
            "allowed": allowed,
            "possible": 2 * found["other_workloads"] + 2,
            "used": used,
        }
    )
    namespaces = workloads.groupby("namespace", sort=True)[["allowed", "possible", "used"]].sum(min_count=1)
    namespaces = namespaces.reset_index()
    namespaces = namespaces.assign(scope="namespace", name=namespaces["namespace"])
    total = workloads[["allowed", "possible", "used"]].sum(min_count=1)
    whole = pd.DataFrame(
        [{"scope": "cluster", "name": "", "namespace": "", **{name: total[name] for name in total.index}}]
    )
    rows = pd.concat([workloads, namespaces, whole], ignore_index=True)
    rows["allowed"] = rows["allowed"].fillna(0)
    rows["possible"] = rows["possible"].fillna(0)
    rows["share"] = (rows["allowed"] / rows["possible"].where(rows["possible"] > 0, 1)).astype("float64")
    rows["excess"] = (rows["allowed"] - rows["used"]).clip(lower=0)
    return Permissiveness(PERMISSIVENESS.from_columns(rows), (connectivity,))


def _used(judged: Judgement) -> dict[str, int]:
    """Return how many of a workload's connections were seen to pass; the internet is one for each direction."""
    pairs: set[tuple[str, str]] = set()
    for one in judged.seen:
        src, dst = (EXTERNAL if one.row[f"{end}_kind"] == EXTERNAL else str(one.row[end]) for end in ("src", "dst"))
        if one.used and src != dst:
            pairs.add((src, dst))
    counts: dict[str, int] = {}
    for pair in pairs:
        for end in pair:
            counts[end] = counts.get(end, 0) + 1
    return counts
