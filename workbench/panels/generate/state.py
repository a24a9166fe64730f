"""What policies are asked for, and what is proposed, without widgets."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
from traitlets import Any as AnyValue
from traitlets import Dict, Enum, TraitError, Unicode, validate

from workbench.baseline import workload_status
from workbench.flows import Flows
from workbench.generate import (
    DEFAULT_STRATEGY,
    KIND,
    STRATEGIES,
    Proposal,
    compared_proposals,
    levels,
    loosened,
    proposal_of,
    propose,
    record_of,
    renewed,
)
from workbench.ground import ArgumentError, NotFoundError, Progress, count_of, no_progress, visible
from workbench.panels.frame import FileContent, Names, PanelState

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.generate import Level, Need, Option, SideBySide, Strategy
    from workbench.ground import PortSet

__all__ = ["LEVELS", "VIEWS", "GenerateState"]

VIEWS = {
    "rules": "Rules",
    "tree": "Reasons",
    "yaml": "YAML",
    "compare": "Beside the present ones",
    "left-out": "Left out",
    "levels": "Looser or stricter",
    "workloads": "Workloads",
    "kept": "Beside the kept one",
}
"""What of a proposal can be looked at, with the words for people."""
LEVELS = {"exact": "Exact", "any-port": "Any port", "namespace": "Whole namespaces"}


class GenerateState(PanelState):
    """What policies are asked for, and what a strategy proposes.

    Attributes
    ----------
    strategy : str
        Name of a strategy.
    options : dict of str to object
        Those of its options that are not as they are by default.
    namespaces, workloads : tuple of str
        What is asked about; all where both are empty.
    level : str
        How much more may be allowed for fewer rules.
    view : str
        One of `VIEWS`.
    proposal : Proposal or None
        As the strategy made it, without what was taken out of it.
    rule : (str, str) or None
        The rule that is looked at: the policy, and its path there.
    named : str
        The kept proposal that it stands beside; empty for none.
    """

    strategy = Unicode(DEFAULT_STRATEGY)
    options = Dict()
    namespaces = Names()
    workloads = Names()
    level = Enum(list(LEVELS), default_value="exact")
    view = Enum(list(VIEWS), default_value="rules")
    proposal = AnyValue(None, allow_none=True)
    rule = AnyValue(None, allow_none=True)
    named = Unicode()
    remembered = ("strategy", "options", "namespaces", "workloads", "level", "view", "named")

    def __init__(self, scope: Any, **traits: Any) -> None:  # noqa: ANN401  (as of PanelState)
        self._without: frozenset[tuple[str, str, PortSet]] = frozenset()
        self._loosened: tuple[Proposal, str, Proposal] | None = None
        super().__init__(scope, **{"namespaces": scope.selection.namespaces, **traits})

    @validate("strategy")
    def _known(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        if name not in STRATEGIES:
            message = f"{name!r:.80} is not a strategy; there are {', '.join(STRATEGIES.names())}"
            raise TraitError(message)
        return name

    # --- what can be chosen ---------------------------------------------------------------------------------

    @property
    def chosen(self) -> Strategy:
        """The strategy."""
        return STRATEGIES.named(self.strategy)

    @property
    def strategies(self) -> Mapping[str, str]:
        """What each strategy does, by its name."""
        return {one.name: one.meaning for one in STRATEGIES}

    @property
    def known_namespaces(self) -> tuple[str, ...]:
        """The namespaces that have workloads."""
        return tuple(sorted({one.namespace for one in self.scope.cluster.objects.workloads}))

    def choose(self, strategy: str) -> None:
        """Use another strategy, with its options as they are by default.

        Parameters
        ----------
        strategy : str
        """
        if strategy != self.strategy:
            with self.hold_trait_notifications():
                self.options = {}
                self.strategy = strategy

    def set_option(self, name: str, value: object) -> None:
        """Set an option of the strategy.

        Parameters
        ----------
        name : str
        value : object

        Raises
        ------
        ArgumentError
            If there is no such option, or if it may not have the value.
        """
        option = self._option(name)
        checked = option.checked(value)
        others = {key: kept for key, kept in self.options.items() if key != name}
        self.options = others if checked == option.default else {**others, name: checked}

    def _option(self, name: str) -> Option:
        for one in self.chosen.options:
            if one.name == name:
                return one
        message = f"the strategy {self.strategy} has no option {name!r:.80}"
        raise NotFoundError(message)

    # --- proposing ------------------------------------------------------------------------------------------

    def proposed(self, progress: Progress = no_progress) -> Proposal:
        """Return what the strategy proposes; nothing of the state changes, so that it may be done in a thread.

        Parameters
        ----------
        progress : Progress, optional

        Raises
        ------
        WorkbenchError
            If it needs something that is not there; the message says what.
        """
        progress("policies are proposed", 0, None)
        return propose(
            self.scope.cluster,
            self.flows,
            strategy=self.strategy,
            baselines=self.baselines,
            book=self.book,
            namespaces=self.namespaces,
            workloads=self.workloads,
            without=self._without,
            **self.options,
        )

    def put(self, proposal: Proposal) -> None:
        """Look at a proposal.

        Parameters
        ----------
        proposal : Proposal
        """
        with self.hold_trait_notifications():
            self.rule = None
            self.proposal = proposal

    def put_nothing(self) -> None:
        """Forget what was proposed, and what was taken out: it was about another cluster, or other flows."""
        self._without = frozenset()
        with self.hold_trait_notifications():
            self.rule = None
            self.proposal = None

    @property
    def flows(self) -> Flows | None:
        """The flows of the time that is selected."""
        return self.scope.windowed_flows

    @property
    def baselines(self) -> Baselines | None:
        """What is normal; None where nothing was learnt."""
        found: Baselines = self.scope.baselines
        return found or None

    @property
    def book(self) -> AddressBook | None:
        """Who is outside; None where nothing was decided about that."""
        return self.scope.readable_book or None

    @property
    def shown(self) -> Proposal | None:
        """The proposal at the level that is chosen."""
        if self.proposal is None:
            return None
        if self._loosened is None or self._loosened[:2] != (self.proposal, self.level):
            self._loosened = self.proposal, self.level, loosened(self.proposal, cast("Level", self.level))
        return self._loosened[2]

    # --- changing what is proposed --------------------------------------------------------------------------

    def take_out_rule(self) -> None:
        """Propose the rule that is looked at no longer.

        Raises
        ------
        ArgumentError
            If none is looked at.
        """
        proposal, (ref, path) = self._looked_at()
        self.put(proposal.without_rule(ref, path) if path else proposal.without_policy(ref))

    def take_out(self, need: Need) -> None:
        """Propose nothing for a connection any more: what its rules are without it is worked out anew.

        Parameters
        ----------
        need : Need
        """
        self._without |= {need.key}
        self.put(self.proposed())

    def put_back(self) -> None:
        """Propose again what was taken out."""
        self._without = frozenset()
        self.put(self.proposed())

    @property
    def taken_out(self) -> int:
        """How many connections were taken out."""
        return len(self._without)

    def _looked_at(self) -> tuple[Proposal, tuple[str, str]]:
        if self.proposal is None or self.rule is None:
            message = "no rule is chosen"
            raise ArgumentError(message, "choose one in the table")
        return self.proposal, self.rule

    def select_row(self, row: Mapping[Any, Any] | pd.Series[Any]) -> None:
        """Look at the rule of a row of the table.

        Parameters
        ----------
        row : mapping
        """
        self.rule = str(row["policy"]), str(row["rule"])

    # --- what is there --------------------------------------------------------------------------------------

    @property
    def asked(self) -> str:
        """What is asked about, in words."""
        if self.workloads:
            return count_of(len(self.workloads), "workload")
        if self.namespaces:
            return count_of(len(self.namespaces), "namespace")
        return f"all of {count_of(len(self.scope.cluster.objects.workloads), 'workload')}"

    @property
    def sentence(self) -> str:
        """What is proposed, in one sentence."""
        shown = self.shown
        if shown is None:
            return ""
        rules = sum(len(one.policy.rules) for one in shown.drafts)
        parts = [f"{count_of(len(shown.drafts), 'policy')} with {count_of(rules, 'rule')} by {shown.strategy}"]
        if shown.replaces:
            parts.append(f"{count_of(len(shown.replaces), 'policy')} removed")
        if shown.left_out:
            parts.append(f"{len(shown.left_out):,} left out")
        if self._without:
            parts.append(f"{count_of(len(self._without), 'connection')} taken out by hand")
        return f"{', '.join(parts)}."

    def rules(self) -> pd.DataFrame:
        """Return the rules; columns as in `generate.frames.PROPOSED`."""
        shown = self.shown
        return pd.DataFrame() if shown is None else shown.to_frame()

    def left_out(self) -> pd.DataFrame:
        """Return what no rule was made of, with the reasons in words."""
        shown = self.shown
        if shown is None:
            return pd.DataFrame()
        found = shown.left_out_frame()
        return found.assign(reason=[one.why.meaning for one in shown.left_out])

    def levels(self) -> pd.DataFrame:
        """Return what looser proposals would open; columns as in `generate.frames.LEVELS`."""
        return pd.DataFrame() if self.proposal is None else levels(self.proposal)

    def statuses(self) -> pd.DataFrame:
        """Return of each workload whether a policy is applied, is recommended, or nothing is known to make one of."""
        if self.flows is None:
            return pd.DataFrame()
        found = workload_status(self.scope.cluster, self.flows)
        return found.assign(to_do=[_TO_DO.get(str(status), "") for status in found["status"]])

    def reasons(self) -> pd.DataFrame:
        """Return the connections for which the rule that is looked at is there."""
        if self.proposal is None or self.rule is None:
            return pd.DataFrame()
        ref, path = self.rule
        proposal: Proposal = self.proposal
        found = proposal.reasons()
        chosen: pd.DataFrame = found[(found["policy"] == ref) & (found["rule"] == path)].reset_index(drop=True)
        return chosen

    def seen(self) -> pd.DataFrame:
        """Return the flows of the rule that is looked at, as edges."""
        flows = self.flows
        reasons = self.reasons()
        if flows is None or reasons.empty:
            return pd.DataFrame()
        edges = flows.edges()
        pairs = set(zip(reasons["src"], reasons["dst"], strict=True))
        mine = [pair in pairs for pair in zip(edges["src"], edges["dst"], strict=True)]
        return edges[mine].reset_index(drop=True)

    def need_of(self, row: Mapping[Any, Any] | pd.Series[Any]) -> Need:
        """Return the connection of a row of `reasons`.

        Parameters
        ----------
        row : mapping

        Raises
        ------
        NotFoundError
            If it is not there any more.
        """
        proposal, (ref, _) = self._looked_at()
        for needs in proposal.draft(ref).reasons.values():
            for need in needs:
                if (need.src, need.dst, str(need.ports)) == (row["src"], row["dst"], row["ports"]):
                    return need
        message = f"{row['src']} => {row['dst']} is not proposed any more"
        raise NotFoundError(message)

    def compared(self) -> SideBySide | None:
        """Return the policies as they are beside those that are proposed."""
        shown = self.shown
        return None if shown is None else shown.diff()

    # --- keeping --------------------------------------------------------------------------------------------

    @property
    def kept_names(self) -> tuple[str, ...]:
        """The names of the proposals that the workspace keeps."""
        return tuple(sorted(self._kept))

    @property
    def _kept(self) -> dict[str, Any]:
        if not self.scope.has_workspace:
            return {}
        found = self.scope.workspace.records(KIND, cluster=self.scope.name)
        return {name: value for (_, name), value in found.items()}

    def keep(self, name: str, why: str = "") -> None:
        """Keep the proposal under a name; rules that it had there before are known to be stable since then.

        Parameters
        ----------
        name : str
        why : str, optional

        Raises
        ------
        ArgumentError
            If nothing is proposed yet, or if the name is empty.
        """
        called = name.strip()
        if not called:
            message = "the proposal has no name"
            raise ArgumentError(message, "give it one, such as payments")
        proposal, earlier = self._wanted(), self._kept.get(called)
        if earlier is not None:
            proposal = renewed(proposal, proposal_of(earlier, self.scope.cluster))
        self.scope.decide({(KIND, called): record_of(proposal)}, why=why or f"the proposal {called}")
        self.named = called

    def open_kept(self, name: str) -> None:
        """Look at a proposal that was kept.

        Parameters
        ----------
        name : str

        Raises
        ------
        NotFoundError
            If there is none of the name.
        """
        self.put(self._kept_proposal(name))
        self.named = name

    def _kept_proposal(self, name: str) -> Proposal:
        records = self._kept
        if name not in records:
            message = f"no proposal {name!r:.80} is kept"
            raise NotFoundError(message, f"there are {', '.join(records)}" if records else "keep one first")
        return proposal_of(records[name], self.scope.cluster)

    def since(self) -> pd.DataFrame:
        """Return what became of rules since the proposal was kept; columns as in `generate.frames.RULE_HISTORY`."""
        shown = self.shown
        if shown is None or self.named not in self._kept:
            return pd.DataFrame()
        return compared_proposals(self._kept_proposal(self.named), shown)

    # --- handing on -----------------------------------------------------------------------------------------

    def to_yaml(self) -> str:
        """Return the policies as YAML.

        Raises
        ------
        ArgumentError
            If nothing is proposed yet.
        """
        return self._wanted().to_yaml()

    def file(self) -> FileContent:
        """Return all policies in one file."""
        return FileContent(f"{self._name()}.yaml", self.to_yaml())

    def archive(self) -> FileContent:
        """Return a file for each policy, in an archive; their names sort in the order of application."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self._wanted().to_files().items():
                archive.writestr(zipfile.ZipInfo(name), text)
        return FileContent(f"{self._name()}.zip", packed.getvalue())

    def hand_on(self) -> None:
        """Let other panels look at the proposal: what would change is asked there."""
        self.selection.proposal = self._wanted()

    def _wanted(self) -> Proposal:
        shown = self.shown
        if shown is None:
            message = "nothing is proposed yet"
            raise ArgumentError(message, "press Propose")
        return shown

    def _name(self) -> str:
        return visible("-".join((self.strategy, *(self.namespaces if len(self.namespaces) == 1 else ()))))


_TO_DO = {
    "recommended": "a policy can be made of what was seen",
    "missing-runtime-info": "record flows for longer, or list what it needs; build-time finds what manifests declare",
}
"""How to come to a policy, by the status of a workload."""
