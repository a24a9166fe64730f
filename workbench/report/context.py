"""What a section is written from: the cluster, what is allowed, found, seen and normal, each worked out once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from workbench.checks import Accepted, CheckFindings, DeclaredFacts, check, permissiveness
from workbench.connectivity import Connectivity, Crowds, Exposure, ExposureLine, Peer, Semantics, Standing
from workbench.ground import Progress, no_progress
from workbench.inventory import Cluster, Subjects, Workload
from workbench.policy import Direction, Policy
from workbench.report.allowance import Allowance
from workbench.report.between import PairsOfNamespaces, used_between
from workbench.report.covered import Covered, covered
from workbench.report.model import Prose, Section
from workbench.report.outside import extent_of
from workbench.report.registry import SECTIONS

if TYPE_CHECKING:
    import pandas as pd

    from workbench.baseline import Baselines
    from workbench.checks import CorporateRule
    from workbench.external import AddressBook
    from workbench.flows import Flows, Judgement
    from workbench.report.audit import Audit
    from workbench.whatif import Readiness

__all__ = ["MANY_PAIRS", "AuditContext"]

MANY_PAIRS: Final = 50_000
"""Pairs that may talk beyond which they are counted by workload and by namespace, and not listed."""


@dataclass(frozen=True, eq=False)
class AuditContext:
    """What a section is given.

    Attributes
    ----------
    connectivity : Connectivity
        Of the whole cluster, whatever the scope is.
    now : datetime
        When the audit is made.
    namespaces : tuple of str
        The scope: what is about these; empty for all.
    flows : Flows or None
        Attributed to the cluster, and their ends named by the address book.
    baselines : Baselines or None
    book : AddressBook or None
    accepted : Accepted or None
    declared : DeclaredFacts
    corporate : tuple of CorporateRule or None
    earlier : Audit or None
        The audit that this one is compared with.
    title, author : str
    versions : mapping of str to str
        The packages that it is made with.
    semantics : Semantics
        How policies are read.
    is_anonymised : bool
        Whether names and addresses are stand-ins.
    progress : Progress
        Called as the work goes on; it may raise, and that stops the work.
    """

    connectivity: Connectivity
    now: datetime
    namespaces: tuple[str, ...] = ()
    flows: Flows | None = None
    baselines: Baselines | None = None
    book: AddressBook | None = None
    accepted: Accepted | None = None
    declared: DeclaredFacts = field(default_factory=DeclaredFacts)
    corporate: tuple[CorporateRule, ...] | None = None
    earlier: Audit | None = None
    title: str = ""
    author: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    semantics: Semantics = Semantics()
    is_anonymised: bool = False
    progress: Progress = no_progress
    _written: dict[str, Section] = field(default_factory=dict, init=False)

    def section(self, name: str) -> Section:
        """Return a section, written when it is first asked for: sections may ask for others, not in a circle.

        Parameters
        ----------
        name : str
            Its id.

        Raises
        ------
        UnknownPluginError
            If there is no such section.
        """
        if name not in self._written:
            kind = SECTIONS.named(name)
            self.progress(f"section {name}", 0, None)
            parts = (Prose(one) if isinstance(one, str) else one for one in kind.writes(self))
            self._written[name] = Section(kind.id, kind.title, tuple(parts))
        return self._written[name]

    @property
    def cluster(self) -> Cluster:
        """The cluster, with its typed objects."""
        return self.connectivity.cluster

    def holds(self, *namespaces: str) -> bool:
        """Tell whether any of some namespaces is in scope.

        Parameters
        ----------
        *namespaces : str
        """
        return not self.namespaces or any(one in self.namespaces for one in namespaces)

    def within(self, frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
        """Return the rows of which any of some columns is a namespace in scope.

        Parameters
        ----------
        frame : DataFrame
        *columns : str
        """
        if not self.namespaces:
            return frame.reset_index(drop=True)
        kept = frame[list(columns)].isin(self.namespaces).any(axis=1)
        return frame[kept].reset_index(drop=True)

    def of_workloads(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows whose ``workload`` is in scope.

        Parameters
        ----------
        frame : DataFrame
        """
        kept = [place for place, name in enumerate(frame["workload"]) if self.holds(name.partition("/")[0])]
        return frame.iloc[kept].reset_index(drop=True)

    # --- what is deployed ---------------------------------------------------------------------------------

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """The workloads in scope, with where policies have a say about them, by name."""
        return tuple(one for one in self.connectivity.standings() if self.holds(one.peer.namespace))

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """The policies that count: of the namespaces in scope, and of none."""
        return tuple(one for one in self.cluster.objects.policies if not one.namespace or self.holds(one.namespace))

    @cached_property
    def selected(self) -> Mapping[str, tuple[Workload, ...]]:
        """The workloads that each policy selects, by its ref."""
        subjects = Subjects(self.cluster.objects.workloads, self.cluster.objects.namespaces)
        return {
            one.ref: tuple(workload for workload, shapes in subjects.of(one.subject) if shapes) for one in self.policies
        }

    @cached_property
    def coverage(self) -> tuple[Covered, ...]:
        """What policies do to each workload in scope, by name."""
        return tuple(covered(self.cluster, self.standings))

    @cached_property
    def coverable(self) -> tuple[Covered, ...]:
        """Those of `coverage` that policies can be about."""
        return tuple(one for one in self.coverage if one.can_be)

    # --- what is allowed ----------------------------------------------------------------------------------

    @cached_property
    def crowds(self) -> Crowds:
        """The workloads that policies treat alike, and what may go between them."""
        self.progress("what is allowed is counted", 0, None)
        return self.connectivity.crowds()

    @cached_property
    def exposure(self) -> Exposure:
        """What workloads are exposed to beyond the pods that were read."""
        self.progress("exposure is worked out", 0, None)
        return self.connectivity.exposure()

    @cached_property
    def unprotected(self) -> frozenset[tuple[Peer, Direction]]:
        """The workloads and their directions that no policy is about."""
        return frozenset(self.exposure.unprotected)

    @cached_property
    def open_outside(self) -> Mapping[tuple[str, Direction], tuple[ExposureLine, ...]]:
        """The lines of the exposure to addresses, by workload and direction in scope."""
        found: defaultdict[tuple[str, Direction], list[ExposureLine]] = defaultdict(list)
        for line in self.exposure.lines:
            if line.representative is None and line.ports and self.holds(line.workload.namespace):
                found[line.workload.name, line.direction].append(line)
        return {key: tuple(found[key]) for key in sorted(found)}

    @cached_property
    def anywhere(self) -> Mapping[Direction, frozenset[str]]:
        """The workloads that are open to anywhere, by direction."""
        wide = {key for key, lines in self.open_outside.items() if extent_of(lines) == "anywhere"}
        return {direction: frozenset(name for name, way in wide if way is direction) for direction in Direction}

    # --- what is wrong ------------------------------------------------------------------------------------

    @cached_property
    def findings(self) -> CheckFindings:
        """What checks find, in scope."""
        return check(
            self.connectivity,
            self.flows,
            self.baselines,
            self.accepted,
            namespaces=self.namespaces,
            declared=self.declared,
            corporate=self.corporate,
            now=self.now,
            progress=self.progress,
        )

    # --- what was seen ------------------------------------------------------------------------------------

    @cached_property
    def edges(self) -> pd.DataFrame | None:
        """The edges that were seen with an end in scope; None without flows."""
        if self.flows is None:
            return None
        self.progress("flows are counted", 0, None)
        return self.within(self.flows.edges(), "src_namespace", "dst_namespace")

    @cached_property
    def judged(self) -> Judgement | None:
        """How each edge that was seen stands to what is allowed; None without flows."""
        if self.flows is None:
            return None
        from workbench.flows import judge  # noqa: PLC0415  (it brings ibis)

        self.progress("flows are judged", 0, None)
        return judge(self.connectivity, self.flows)

    @cached_property
    def pairs_seen(self) -> frozenset[tuple[str, str]]:
        """Pairs of different workloads of which allowed ports were seen in use."""
        if self.judged is None:
            return frozenset()
        return frozenset(
            (str(one.row["src"]), str(one.row["dst"]))
            for one in self.judged.seen
            if one.used and one.row["src"] != one.row["dst"]
        )

    @cached_property
    def permissiveness(self) -> pd.DataFrame:
        """How much is allowed of what could be, and used, in scope; columns as in `checks.frames.PERMISSIVENESS`."""
        self.progress("how much is allowed is counted", 0, None)
        return self.within(permissiveness(self.connectivity, self.flows).to_frame(), "namespace")

    @cached_property
    def allowance(self) -> Allowance:
        """The sum of `permissiveness` over the namespaces in scope."""
        return Allowance.of(self.permissiveness)

    @cached_property
    def between(self) -> tuple[PairsOfNamespaces, ...]:
        """How many workloads of one namespace may talk to those of another, and do; one of the two is in scope."""
        return tuple(used_between(self))

    @cached_property
    def seen_by_status(self) -> Counter[str]:
        """How many edges have which status, in scope."""
        seen = () if self.judged is None else self.judged.seen
        return Counter(
            one.status.value for one in seen if self.holds(one.row["src_namespace"], one.row["dst_namespace"])
        )

    # --- what is normal -----------------------------------------------------------------------------------

    @cached_property
    def violations(self) -> pd.DataFrame | None:
        """What locked baselines lack, in scope; None without flows or baselines."""
        if self.flows is None or self.baselines is None:
            return None
        return self.of_workloads(self.baselines.violations(self.flows, now=self.now).to_frame())

    @cached_property
    def anomalies(self) -> pd.DataFrame | None:
        """What is in no baseline, in scope; None without flows or baselines."""
        if self.flows is None or self.baselines is None:
            return None
        return self.of_workloads(self.baselines.anomalies(self.flows))

    # --- what is needed -----------------------------------------------------------------------------------

    @cached_property
    def pairs(self) -> int:
        """How many pairs of workloads, or of one and addresses outside, may talk in the whole cluster."""
        return self.connectivity.count()

    @property
    def is_large(self) -> bool:
        """Whether the pairs that may talk are too many to be listed one by one."""
        return self.pairs > MANY_PAIRS

    @cached_property
    def readiness(self) -> Readiness | None:
        """What is admitted against what was seen and is normal; None without flows, and of a large cluster."""
        if self.flows is None or self.is_large:
            return None
        from workbench.whatif import readiness  # noqa: PLC0415  (it brings pandas)

        self.progress("rules are held against what was seen", 0, None)
        return readiness(
            self.cluster,
            self.flows,
            self.baselines,
            semantics=self.semantics,
            progress=self.progress,
        )
