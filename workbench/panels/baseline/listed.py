"""What is normal in a cluster, and what was seen that is not: what is looked at, and what is listed of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from traitlets import Any as AnyValue
from traitlets import Bool, Enum, Instance, Unicode, validate

from workbench.baseline import (
    BASELINE_KINDS,
    SIDE,
    Mode,
    Violations,
    assurance,
    period_of,
    period_text,
)
from workbench.flows import EDGES
from workbench.ground import count_of, natural_order
from workbench.panels.baseline.deciding import decisions_frame
from workbench.panels.baseline.filters import STATUSES, FlowFilter
from workbench.panels.baseline.following import ClusterFollowing
from workbench.panels.frame import PanelState, Scope

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.flows import Flows
    from workbench.workspace import KeptDecision

__all__ = ["MODES", "NO_ROWS", "SECTIONS", "ListedBaselines", "minute_text", "namespace_of"]

SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "baseline": "Baseline flows",
        "anomalous": "Anomalous",
        "unseen": "Not seen",
        "new": "New",
        "all": "All flows",
        "violations": "Violations",
        "workloads": "Baselines",
        "assurance": "How sure",
        "history": "History",
    }
)
"""What can be listed, with the words for people."""
MODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        Mode.DISCOVER.value: "Observe: what is seen is learnt",
        Mode.MONITOR.value: "The observation is over: what is not known is anomalous, and raises no violation",
        Mode.PROTECT.value: "Lock: nothing is learnt, and what is not known is a violation",
    }
)
"""The modes, and what they do."""
NO_ROWS: Final = pd.DataFrame()


def _now() -> datetime:
    return datetime.now(UTC)


class ListedBaselines(PanelState):
    """The baselines of a scope: which of them is looked at, and what is listed.

    Parameters
    ----------
    scope : Scope
    now : callable, optional
        Returns the time. It counts where there are no flows; else the time of the last one does.
    **traits
        The initial value of any trait.

    Attributes
    ----------
    namespace, workload : str
        What is looked at, and decided about: all baselines, where both are empty.
    section : str
        One of `SECTIONS`.
    text, direction, port, protocol, status : str
        Filters, as `FlowFilter` has them. All must be met.
    since : datetime or None
        What was first seen from then on is new; by default, from the end of the observation on.
    period : str
        How long is observed, as `period_of` reads it; empty to leave it as it is.
    whole : bool
        Whether all is learnt, whenever it was seen.
    follows : bool
        Whether baselines follow a change of the cluster by themselves, as a decision; else `following` says what that
        would do.
    followed : KeptDecision or None
        The last decision that was made so.
    why : str
        The reason of the next decision, which takes it.
    following : ClusterFollowing
        What a change of the cluster would do to baselines.
    """

    namespace = Unicode()
    workload = Unicode()
    section = Enum(list(SECTIONS), default_value="baseline")
    text = Unicode()
    direction = Enum(["", "ingress", "egress"], default_value="")
    port = Unicode()
    protocol = Unicode()
    status = Enum(list(STATUSES), default_value="")
    since = Instance(datetime, allow_none=True)
    period = Unicode("1 day")
    whole = Bool()
    follows = Bool()
    followed = AnyValue(None, allow_none=True)
    why = Unicode()

    filters = ("text", "direction", "port", "protocol", "status")
    """What `reset` takes away."""
    remembered = ("namespace", "workload", "section", *filters, "since", "period", "whole", "follows")

    def __init__(
        self,
        scope: Scope,
        *,
        now: Callable[[], datetime] = _now,
        **traits: Any,  # noqa: ANN401  (each trait has its own type)
    ) -> None:
        self._now = now
        self._answers: dict[str, Any] = {}
        self._answered_for: tuple[object, ...] = ()
        super().__init__(scope, **traits)
        self.following = ClusterFollowing(self)
        scope.observe(self._other_cluster, "cluster")
        self.selection.observe(self._pointed, "workloads")
        self._pointed(None)

    # --- what is looked at ---------------------------------------------------------------------------------

    @property
    def baselines(self) -> Baselines:
        """What is normal, as it is kept."""
        found: Baselines = self.scope.baselines
        return found

    @property
    def flows(self) -> Flows | None:
        """The flows of the time that is selected."""
        return self.scope.windowed_flows

    @property
    def all_workloads(self) -> tuple[str, ...]:
        """The workloads of the cluster and of the baselines; those of the namespace, if one is chosen."""
        names = {one.peer for one in self.scope.cluster.objects.workloads} | set(self.baselines.heads)
        chosen = self.namespace
        return tuple(sorted((name for name in names if chosen in {"", namespace_of(name)}), key=natural_order))

    @property
    def all_namespaces(self) -> tuple[str, ...]:
        """Their namespaces."""
        names = {one.peer for one in self.scope.cluster.objects.workloads} | set(self.baselines.heads)
        return tuple(sorted({namespace_of(name) for name in names}, key=natural_order))

    @validate("period")
    def _readable(self, proposal: dict[str, Any]) -> str:
        text: str = proposal["value"].strip()
        if text:
            period_of(text)
        return text

    @validate("port")
    def _is_port(self, proposal: dict[str, Any]) -> str:
        FlowFilter(port=proposal["value"]).of(_EMPTY)
        return str(proposal["value"]).strip()

    def choose(self, namespace: str = "", workload: str = "") -> None:
        """Look at the baselines of a namespace, or at that of one workload; at all of them for neither.

        Parameters
        ----------
        namespace, workload : str
        """
        with self.hold_trait_notifications():
            self.workload = workload
            self.namespace = namespace_of(workload) if workload and namespace else namespace

    def _other_cluster(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        self.following.seen(change.new)
        if self.workload and self.workload not in self.all_workloads:
            self.workload = ""
        if self.namespace and self.namespace not in self.all_namespaces:
            self.namespace = ""

    def _pointed(self, _change: object) -> None:
        """Look at the workload that was selected elsewhere."""
        names = self.selection.workloads
        if len(names) == 1 and names[0] != self.workload:
            known = {one.peer for one in self.scope.cluster.objects.workloads}
            if names[0] in known or names[0] in self.baselines.heads:
                self.choose(self.namespace, names[0])

    def select_row(self, row: pd.Series) -> None:
        """Select in all panels what a row is about.

        Parameters
        ----------
        row : Series
            Of a frame that `rows` returns.
        """
        names = set(row.index)
        if {"src", "dst"} <= names:
            self.selection.select_edge(str(row["src"]), str(row["dst"]))
        elif set(SIDE) <= names:
            other = str(row["peer"]) or next(iter(row["seen_as"]), "")
            if other:
                ends = (str(row["workload"]), other)
                self.selection.select_edge(*(ends if row["direction"] == "egress" else ends[::-1]))
        elif "workload" in names:
            self.selection.select_workload(str(row["workload"]))

    # --- time ----------------------------------------------------------------------------------------------

    @property
    def moment(self) -> datetime:
        """What time it is: when the last flow was seen, or now without flows."""
        last = None if self.scope.flows is None else self._kept("last", lambda: self.scope.flows.period[1])
        return self._now() if last is None else last

    # --- what is there -------------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """The workloads that are looked at and have a baseline."""
        heads = self.baselines.heads
        if self.workload:
            return (self.workload,) if self.workload in heads else ()
        return tuple(sorted(name for name in heads if self.namespace in {"", namespace_of(name)}))

    @property
    def subject(self) -> str:
        """What is looked at, in words."""
        return self.workload or (f"namespace {self.namespace}" if self.namespace else "all workloads")

    @property
    def modes(self) -> Counter[str]:
        """How many of the baselines that are looked at are in which mode."""
        moment = self.moment
        return Counter(self.baselines.heads[name].mode(moment).value for name in self.names)

    @property
    def filter(self) -> FlowFilter:
        """What the filters ask for."""
        return FlowFilter(self.text, self.direction, self.port, self.protocol, self.status)

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocols that occur."""
        listing = self._listing
        return tuple(sorted(set(listing["protocol"]))) if len(listing) else ()

    def _kept(self, name: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401  (whatever it makes)
        """Return an answer that is made once for the same baselines and flows."""
        asked = (self.baselines, self.flows, self.scope.cluster)
        if len(self._answered_for) != len(asked) or any(
            one is not other for one, other in zip(asked, self._answered_for, strict=True)
        ):
            self._answers, self._answered_for = {}, asked
        if name not in self._answers:
            self._answers[name] = make()
        return self._answers[name]

    @property
    def _edges(self) -> pd.DataFrame:
        flows = self.flows
        found: pd.DataFrame = self._kept("edges", lambda: EDGES.from_rows(()) if flows is None else flows.edges())
        return found

    @property
    def _listing(self) -> pd.DataFrame:
        """What is known and what was seen, of all workloads."""
        found: pd.DataFrame = self._kept("listing", lambda: self.baselines.listing(self._edges))
        return found

    @property
    def violations(self) -> Violations:
        """Flows that locked baselines lack: of what is looked at, whatever filters ask for."""
        found: Violations = self._kept("violations", lambda: self.baselines.violations(self._edges, now=self.moment))
        return Violations(found.rows[self._is_looked_at(found.rows["workload"])].reset_index(drop=True))

    def _is_looked_at(self, workloads: pd.Series[Any]) -> pd.Series[bool]:
        if self.workload:
            return workloads == self.workload
        if self.namespace:
            return workloads.str.startswith(f"{self.namespace}/").astype("bool")
        return pd.Series(data=True, index=workloads.index, dtype="bool")

    def _section(self, section: str) -> pd.DataFrame:
        """Return what a section lists before filters."""
        if section == "workloads":
            rows = self.baselines.summary(self.moment)
            return rows[rows["workload"].isin(self.names)].reset_index(drop=True)
        if section == "assurance":
            return self._assurance()
        if section == "history":
            return self.history()
        if section == "violations":
            return self.violations.rows
        rows = self._listing
        rows = rows[self._is_looked_at(rows["workload"])]
        if section == "new":
            rows = rows[rows["seen"] & (rows["first_seen"] >= self._news_begin(rows["workload"]))]
        elif section == "unseen":
            rows = rows[~rows["seen"] & (rows["status"] == "baseline")]
        elif section == "baseline":
            rows = rows[rows["seen"] & (rows["status"] == "baseline")]
        elif section == "anomalous":
            rows = rows[rows["status"] == "anomalous"]
        return rows.reset_index(drop=True)

    def _news_begin(self, workloads: pd.Series[Any]) -> pd.Series[Any]:
        """Return from when on what is seen of workloads is new."""
        ends = {name: self.since or head.period_end for name, head in self.baselines.heads.items()}
        begin = pd.Timestamp(self.since or self.moment)
        return workloads.map(ends).astype("datetime64[us, UTC]").fillna(begin)

    def _assurance(self) -> pd.DataFrame:
        flows = self.scope.named_flows
        if flows is None or not self.names:
            return NO_ROWS
        rows: pd.DataFrame = self._kept("assurance", lambda: assurance(self.baselines, self.scope.cluster, flows))
        return rows[rows["workload"].isin(self.names)].reset_index(drop=True)

    def history(self) -> pd.DataFrame:
        """Return what was decided about baselines, the last decision first; columns as in `frames.DECISIONS`."""
        if not self.scope.has_workspace:
            return decisions_frame(NO_ROWS)
        return decisions_frame(self.scope.workspace.history(*BASELINE_KINDS, cluster=self.scope.name))

    def rows(self, section: str = "") -> pd.DataFrame:
        """Return what a section lists: of what is looked at, and what filters leave of it.

        Parameters
        ----------
        section : str, optional
            One of `SECTIONS`; that which is shown, where it is not given.
        """
        rows = self._section(section or self.section)
        return self.filter.of(rows) if set(SIDE) <= set(rows.columns) else rows

    def counted(self, section: str) -> str:
        """Return how many rows a section has: those that filters leave, of all.

        Parameters
        ----------
        section : str
            One of `SECTIONS`.
        """
        if section == "assurance":
            return ""
        total = self._section(section)
        shown = self.filter.of(total) if set(SIDE) <= set(total.columns) else total
        return f"{len(shown):,}" if len(shown) == len(total) else f"{len(shown):,} of {len(total):,}"

    @property
    def sentences(self) -> tuple[str, ...]:
        """How things stand, a sentence each."""
        unread = self._unread
        if not self.baselines:
            return ("There are no baselines yet: nothing is normal, and nothing anomalous.", *unread)
        if not self.names:
            return (f"There is no baseline of {self.subject}.", *unread)
        parts = ", ".join(f"{number:,} {mode}" for mode, number in sorted(self.modes.items()))
        said = [f"{self.subject}: {count_of(len(self.names), 'baseline')} ({parts}), as of {minute_text(self.moment)}."]
        if len(self.names) == 1:
            head = self.baselines.heads[self.names[0]]
            length = period_text(head.period_end - head.begun)
            said.append(f"Observed from {minute_text(head.begun)} to {minute_text(head.period_end)} ({length}).")
            said += [f"Note: {head.note}"] if head.note else []
        if self.section == "new":
            after = f"from {minute_text(self.since)} on" if self.since else "after the observation of its workload"
            said.append(f"New is what was first seen {after}.")
        if self.section == "assurance":
            said.append("It is judged by the flows that were read: these should be those that were learnt from.")
        if self.flows is None:
            said.append("There are no flows: only what baselines know is listed.")
        listing = self._section("all")
        if uncertain := int((listing["status"] == "uncertain").sum()):
            said.append(f"{count_of(uncertain, 'flow')} not judged: it is not certain which end is the client.")
        if suppressed := len(self.violations) - len(self.violations.raised):
            said.append(f"{count_of(suppressed, 'violation')} suppressed.")
        return (*said, *filter(None, [self.following.sentence]), *unread)

    @property
    def _unread(self) -> tuple[str, ...]:
        """What is kept of baselines and not read by this version, a sentence each."""
        problems = self.baselines.problems
        return tuple(f"{one.message[:1].upper()}{one.message[1:]}: {one.remedy}." for one in problems)

    def decide(self, baselines: Baselines, words: str) -> KeptDecision:
        """Keep changed baselines.

        Parameters
        ----------
        baselines : Baselines
        words : str
            The reason, where `why` has none.
        """
        why, self.why = self.why.strip() or words, ""
        return self.scope.keep(baselines, why=why)


def namespace_of(name: str) -> str:
    """Return the namespace of a workload."""
    return name.partition("/")[0]


def minute_text(moment: datetime) -> str:
    """Return a moment as sentences have it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


_EMPTY: Final = pd.DataFrame({name: pd.Series(dtype="object") for name in SIDE})
