"""What policies are asked for, what is proposed, and what of it is looked at, without widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd
from traitlets import Enum, Unicode

from workbench.baseline import workload_status
from workbench.generate import Basis, opened
from workbench.ground import ArgumentError, count_of
from workbench.panels.generate.changing import Changing
from workbench.panels.generate.handing import Handing
from workbench.panels.generate.kept import KeptProposals
from workbench.panels.generate.outcome import LEVELS

if TYPE_CHECKING:
    from workbench.generate import Level, Need, NeedKey, Proposal, SideBySide

__all__ = ["LEVELS", "VIEWS", "GenerateState"]

VIEWS = {
    "rules": "Rules",
    "tree": "Tree",
    "yaml": "YAML",
    "compare": "Compare with current",
    "left-out": "Left out",
    "levels": "What each level opens",
    "workloads": "Workloads",
    "kept": "Since it was kept",
    "formats": "Other tools",
}
"""What of a proposal can be looked at, with the words for people."""
_STATES = {
    "applied": "applied",
    "recommended": "recommended",
    "missing-runtime-info": "missing runtime info",
}
"""What a workload has, in words."""
_TO_DO = {
    "recommended": "a policy can be made of what was seen",
    "missing-runtime-info": "record flows for longer, ask build-time what its manifests declare, or list what it needs",
}
"""How to come to a policy, by the status of a workload."""


class GenerateState(Changing):
    """What policies are asked for, what a strategy proposes, and what of it is looked at.

    Attributes
    ----------
    view : str
        One of `VIEWS`.
    named : str
        The kept proposal that it stands beside; empty for none.
    format : str
        In which words of another tool it is looked at.
    kept : KeptProposals
    handing : Handing
    """

    view = Enum(list(VIEWS), default_value="rules")
    named = Unicode()
    format = Unicode("calico-staged")
    remembered: tuple[str, ...] = (*Changing.remembered, "view", "named", "format")

    def __init__(self, scope: Any, **traits: Any) -> None:  # noqa: ANN401  (as of PanelState)
        super().__init__(scope, **traits)
        self.kept, self.handing = KeptProposals(self), Handing(self)

    # --- what is there --------------------------------------------------------------------------------------

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
        if self.changes:
            parts.append(f"{count_of(self.changes, 'change')} by hand")
        return f"{', '.join(parts)}."

    def rules(self) -> pd.DataFrame:
        """Return the rules, with those that a person dropped.

        Returns
        -------
        DataFrame
            Columns as in `generate.frames.PROPOSED`, and ``says``, ``taken`` (whether it is proposed or dropped) and
            ``why`` in short.
        """
        shown = self.shown
        if shown is None or self.outcome is None:
            return pd.DataFrame()
        frames = [_with_words(shown, "")]
        for said, (proposal, (ref, path)) in self.outcome.places_dropped(self.level).items():
            frame = _with_words(proposal, "dropped")
            frames.append(frame[(frame["policy"] == ref) & (frame["rule"] == path) & (frame["says"] == said)])
        found = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
        return found.sort_values(["policy", "direction", "rule"], kind="stable", ignore_index=True)

    def left_out(self) -> pd.DataFrame:
        """Return what no rule was made of, with the reasons in words, and whether it can be accepted all the same."""
        shown = self.shown
        if shown is None:
            return pd.DataFrame()
        can = [
            "yes" if one.can_be_admitted or (one.need is not None and one.need.key in self.taken_out) else ""
            for one in shown.left_out
        ]
        return shown.left_out_frame().assign(reason=[one.why.meaning for one in shown.left_out], can=can)

    def left_out_key(self, number: int) -> NeedKey:
        """Return the connection of a row of `left_out`.

        Parameters
        ----------
        number : int
            Of the row.

        Raises
        ------
        ArgumentError
            If it is none.
        """
        one = self.wanted().left_out[number]
        if one.need is None:
            message = f"nothing can be accepted here: {one.why.meaning}"
            raise ArgumentError(message)
        return one.need.key

    def levels(self) -> pd.DataFrame:
        """Return what looser proposals would open; columns as in `generate.frames.LEVELS`."""
        return pd.DataFrame() if self.outcome is None else self.outcome.levels

    def opened_by(self, level: str) -> pd.DataFrame:
        """Return what a level allows besides; columns as in `connectivity.diff`.

        Parameters
        ----------
        level : str
        """
        if self.outcome is None:
            return pd.DataFrame()
        return opened(self.outcome.kept, cast("Level", level)).to_frame()

    def statuses(self) -> pd.DataFrame:
        """Return of each workload that is asked about whether it has a policy, one is recommended, or nothing is known.

        Returns
        -------
        DataFrame
            Columns as in `baseline.frames.WORKLOAD_STATUSES`, ``state`` in words, ``proposed`` and ``to_do``.
        """
        found = workload_status(self.scope.cluster, self.flows)
        found = found[found["workload"].isin(self.asked_about)].reset_index(drop=True)
        drafts = () if self.shown is None else self.shown.drafts
        refs = {name: one.ref for one in drafts for name in one.workloads or ()}
        proposed = [refs.get(name, "") for name in found["workload"]]
        to_do = [
            "" if ref else _TO_DO.get(str(status), "") for ref, status in zip(proposed, found["status"], strict=True)
        ]
        return found.assign(state=found["status"].map(_STATES), proposed=proposed, to_do=to_do)

    def ask_what_is_declared(self, workload: str) -> None:
        """Ask about a workload of which nothing was recorded by what its manifests declare.

        Parameters
        ----------
        workload : str
        """
        with self.hold_trait_notifications():
            self.choose("build-time")
            self.search, self.labels, self.workloads = "", "", (workload,)

    def reasons(self) -> pd.DataFrame:
        """Return the connections for which the rule that is looked at is there, with what a person did to each."""
        found = self._proposal_of_rule()
        if found is None:
            return pd.DataFrame()
        proposal, (ref, path) = found
        frame = proposal.reasons()
        mine: pd.DataFrame = frame[(frame["policy"] == ref) & (frame["rule"] == path)].reset_index(drop=True)
        return mine.assign(taken=["admitted by hand" if one.key in self.admitted else "" for one in self.needs()])

    def needs(self) -> tuple[Need, ...]:
        """Return the connections of `reasons`, in the same order."""
        found = self._proposal_of_rule()
        if found is None:
            return ()
        proposal, (ref, path) = found
        draft = proposal.draft(ref)
        keys = {path: key for key, path in draft.paths.items()}
        return draft.reasons.get(keys[path], ()) if path in keys else ()

    def _proposal_of_rule(self) -> tuple[Proposal, tuple[str, str]] | None:
        shown = self.shown
        if shown is None or self.outcome is None or not self.rule:
            return None
        place = shown.rule_sayings().get(self.rule)
        if place is not None:
            return shown, place
        dropped: dict[str, tuple[Proposal, tuple[str, str]]] = self.outcome.places_dropped(self.level)
        return dropped.get(self.rule)

    def seen(self) -> pd.DataFrame:
        """Return the flows of the rule that is looked at, as edges between workloads and addresses."""
        flows, needs = self.flows, self.needs()
        if flows is None or not needs:
            return pd.DataFrame()
        edges = flows.located_edges()
        keys = list(zip(edges["src"], edges["dst"], edges["protocol"], edges["port"], strict=True))
        wanted: dict[tuple[str, str], list[Need]] = {}
        for need in needs:
            wanted.setdefault((need.src, need.dst), []).append(need)
        mine = [
            not pd.isna(port)
            and any(one.ports.contains(str(protocol), int(port)) for one in wanted.get((str(src), str(dst)), ()))
            for src, dst, protocol, port in keys
        ]
        return edges[mine].reset_index(drop=True)

    def compared(self) -> SideBySide | None:
        """Return the policies as they are beside those that are proposed."""
        shown = self.shown
        return None if shown is None else shown.diff()


def _with_words(proposal: Proposal, taken: str) -> pd.DataFrame:
    """Return the rules of a proposal, with what each says, and why it is there in short."""
    frame = proposal.to_frame()
    says = {place: said for said, place in proposal.rule_sayings().items()}
    places = list(zip(frame["policy"], frame["rule"], strict=True))
    why = {
        (draft.ref, path): _why(draft.reasons.get(key, ())) or draft.anywhere.get(key, "") or draft.because
        for draft in proposal.drafts
        for key, path in draft.paths.items()
    }
    why |= {(draft.ref, ""): draft.because for draft in proposal.drafts if not draft.policy.rules}
    return frame.assign(says=[says.get(one, "") for one in places], taken=taken, why=[why[one] for one in places])


def _why(needs: tuple[Need, ...]) -> str:
    """Return why a rule is there: who says so, and how often it was seen; of a platform, what it needs."""
    allowances = {one.said_by for one in needs if one.basis is Basis.ALLOWANCE}
    others = {one.basis.value for one in needs} - {Basis.ALLOWANCE.value}
    flows = sum(one.flows for one in needs)
    seen = f" ({count_of(flows, 'flow')})" if flows else ""
    said = f"{', '.join(sorted(others))}{seen}" if others else ""
    return "; ".join(filter(None, (said, *sorted(allowances))))
