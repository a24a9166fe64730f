"""What is normal in a cluster, what was seen that is not, and what a person decides about it, without widgets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
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
    to_rhacs,
)
from workbench.flows import EDGES
from workbench.ground import ANSWER_FORMATS, ArgumentError, count_of, natural_order
from workbench.panels.baseline.deciding import decisions_frame
from workbench.panels.baseline.filters import STATUSES, FlowFilter
from workbench.panels.baseline.following import ClusterFollowing
from workbench.panels.frame import FileContent, PanelState, Scope

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.flows import Flows
    from workbench.workspace import KeptDecision

__all__ = ["MODES", "SECTIONS", "BaselineState"]

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


class BaselineState(PanelState):
    """The baselines of a scope: which of them is looked at, what is listed, and what is decided.

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
        return tuple(sorted((name for name in names if chosen in {"", _namespace(name)}), key=natural_order))

    @property
    def all_namespaces(self) -> tuple[str, ...]:
        """Their namespaces."""
        names = {one.peer for one in self.scope.cluster.objects.workloads} | set(self.baselines.heads)
        return tuple(sorted({_namespace(name) for name in names}, key=natural_order))

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
            self.namespace = _namespace(workload) if workload and namespace else namespace

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
        return tuple(sorted(name for name in heads if self.namespace in {"", _namespace(name)}))

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
        said = [f"{self.subject}: {count_of(len(self.names), 'baseline')} ({parts}), as of {_minute(self.moment)}."]
        if len(self.names) == 1:
            head = self.baselines.heads[self.names[0]]
            length = period_text(head.period_end - head.begun)
            said.append(f"Observed from {_minute(head.begun)} to {_minute(head.period_end)} ({length}).")
            said += [f"Note: {head.note}"] if head.note else []
        if self.section == "new":
            after = f"from {_minute(self.since)} on" if self.since else "after the observation of its workload"
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

    # --- deciding ------------------------------------------------------------------------------------------

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

    @property
    def _meant(self) -> tuple[str, ...]:
        """What is decided about.

        Raises
        ------
        ArgumentError
            If it has no baseline.
        """
        if not self.names:
            message = f"there is no baseline of {self.subject}"
            raise ArgumentError(message, "learn from flows first")
        return self.names

    def learnt(self) -> Baselines:
        """Return baselines that have learnt from the flows; nothing is kept yet.

        Raises
        ------
        ArgumentError
            If there are no flows.
        """
        flows = self.scope.named_flows  # with the names by which they are judged
        if flows is None:
            message = "there are no flows to learn from"
            raise ArgumentError(message, "read recordings first")
        period = period_of(self.period) if self.period else None
        chosen = self.workload or self.namespace
        names = (chosen,) if chosen else self.all_namespaces
        periods = {} if period is None else dict.fromkeys(names, period)
        return self.baselines.learn(
            self.scope.cluster, flows, period=None if chosen else period, periods=periods, whole=self.whole
        )

    def take(self, baselines: Baselines) -> KeptDecision:
        """Keep baselines that have learnt.

        Parameters
        ----------
        baselines : Baselines
        """
        return self.decide(baselines, f"learnt from flows until {_minute(self.moment)}")

    def learn(self) -> KeptDecision:
        """Learn from the flows, and keep it."""
        return self.take(self.learnt())

    def set_mode(self, mode: str) -> KeptDecision:
        """Put what is looked at into a mode (baselines 19).

        Parameters
        ----------
        mode : str
            One of `MODES`.
        """
        return self.decide(self.baselines.with_mode(self._meant, mode, self.moment), f"{self.subject}: {mode}")

    def lock(self) -> KeptDecision:
        """Lock what is looked at: what it does not know is a violation from now on."""
        return self.decide(self.baselines.lock(self._meant), f"locked {self.subject}")

    def unlock(self) -> KeptDecision:
        """Unlock what is looked at."""
        return self.decide(self.baselines.unlock(self._meant), f"unlocked {self.subject}")

    def observe_anew(self) -> KeptDecision:
        """Let the observation of what is looked at begin again."""
        period = period_of(self.period) if self.period else None
        observed = self.baselines.observe(self._meant, self.moment, period)
        return self.decide(observed, f"observation of {self.subject} begins anew")

    def write_note(self, note: str) -> KeptDecision:
        """Keep a note on each baseline that is looked at.

        Parameters
        ----------
        note : str
        """
        return self.decide(self.baselines.with_note(self._meant, note.strip()), f"note on {self.subject}")

    def mark(self, rows: pd.DataFrame) -> KeptDecision:
        """Mark flows as anomalous, at both ends.

        Parameters
        ----------
        rows : DataFrame
            With the columns of a side.
        """
        return self.decide(self.baselines.mark(_some(rows)), f"{count_of(len(rows), 'flow')} marked as anomalous")

    def add(self, rows: pd.DataFrame) -> KeptDecision:
        """Add flows to the baselines of both ends.

        Parameters
        ----------
        rows : DataFrame
            With the columns of a side.
        """
        return self.decide(self.baselines.add(_some(rows)), f"{count_of(len(rows), 'flow')} added to the baseline")

    def forget(self, rows: pd.DataFrame) -> KeptDecision:
        """Know nothing of flows any more, at both ends.

        Parameters
        ----------
        rows : DataFrame
            With the columns of a side.
        """
        return self.decide(self.baselines.forget(_some(rows)), f"{count_of(len(rows), 'flow')} forgotten")

    def suppress(self, rows: pd.DataFrame, days: int = 7) -> KeptDecision:
        """Raise no violations for flows for some days; the reason is `why`.

        Parameters
        ----------
        rows : DataFrame
            With the columns of a side.
        days : int

        Raises
        ------
        ArgumentError
            If there is no reason.
        """
        reason, until = self.why, self.moment + timedelta(days=days)
        if not reason.strip():
            message = "a violation is not suppressed without a reason"
            raise ArgumentError(message, "write it into the field Reason")
        suppressed = self.baselines.suppress(_some(rows), reason=reason, until=until)
        return self.decide(suppressed, reason)

    def undo(self, decision_id: int | None = None) -> KeptDecision:
        """Take back the last decision, or another one.

        Parameters
        ----------
        decision_id : int, optional

        Raises
        ------
        ArgumentError
            If nothing is left to be undone.
        """
        why, self.why = self.why.strip(), ""
        undone = self.scope.undo(why, decision_id)
        if undone is None:
            message = "no decision is left to be undone"
            raise ArgumentError(message)
        return undone

    def reset(self) -> None:
        """Take all filters away."""
        with self.hold_trait_notifications():
            for name in self.filters:
                self.set_trait(name, "")

    # --- files ---------------------------------------------------------------------------------------------

    def export(self, kind: str) -> FileContent:
        """Return violations of what is looked at as a file.

        Parameters
        ----------
        kind : str
            One of ``ANSWER_FORMATS.names("violations")``.
        """
        if self.flows is None:
            message = "there are no flows, so nothing is known of violations"
            raise ArgumentError(message, "read recordings first")
        suffix = ANSWER_FORMATS.named("violations", kind).suffix
        return FileContent(f"violations{suffix}", self.violations.render(kind))

    def export_baselines(self) -> FileContent:
        """Return the baselines that are looked at as Red Hat ACS writes them (baselines 23)."""
        documents = to_rhacs(self.baselines.of(self._meant))
        return FileContent("baselines.rhacs.json", f"{json.dumps(documents, indent=2)}\n")

    def export_policies(self) -> FileContent:
        """Return NetworkPolicies that admit what the baselines that are looked at know, and nothing else."""
        from workbench.generate import propose  # noqa: PLC0415  (when it is asked for)

        proposal = propose(
            self.scope.cluster,
            strategy="least-privilege",
            baselines=self.baselines,
            book=self.scope.readable_book or None,
            workloads=[name for name in self._meant if name in self._in_cluster],
            declared=False,
            default_deny=False,
        )
        return FileContent("baselines.yaml", proposal.to_yaml())

    @property
    def _in_cluster(self) -> frozenset[str]:
        return frozenset(one.peer for one in self.scope.cluster.objects.workloads)


def _namespace(name: str) -> str:
    return name.partition("/")[0]


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _some(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty or not set(SIDE) <= set(rows.columns):
        message = "no flow is selected"
        raise ArgumentError(message, "select rows of a table of flows")
    return rows


_EMPTY: Final = pd.DataFrame({name: pd.Series(dtype="object") for name in SIDE})
