"""The tab Policies: what applies to what is selected, as it is written, and what each rule carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import ipywidgets as widgets
import pandas as pd
from traitlets import Bool

from workbench.ground import count_of, html_text
from workbench.inventory import peer_text, port_match_text
from workbench.manifests import field_path
from workbench.panels.details.pieces import badge, breakable, code_block, entry, heading, items, note
from workbench.panels.details.policies import (
    Carried,
    carried_by_rules,
    isolation_of,
    place_of,
    policies_in_view,
    policy_yaml,
    tier_name,
    yaml_of,
)
from workbench.panels.details.registry import register_details
from workbench.panels.details.subject import SubjectKind
from workbench.panels.details.tab import TabPanel, TabState
from workbench.panels.details.tabs.flows import not_listed_html
from workbench.panels.frame import FileContent, PanelTable, cell_text, copy_button, download_button
from workbench.policy import Direction, Policy, Rule

__all__ = ["PoliciesTab", "PoliciesTabState"]

MOST_LINES: Final = 2_000
"""Lines of YAML that are shown; the file has all of them."""
MOST_CARRIED: Final = 8
MOST_OFFERED: Final = 500
_CARRYING: Final = frozenset(
    {SubjectKind.WORKLOAD, SubjectKind.WORKLOADS, SubjectKind.NAMESPACES, SubjectKind.EDGE, SubjectKind.CONTROLLER}
)
_COLUMNS: Final = ("policy", "tier", "directions", "effect", "rules", "carries", "last_seen", "place")
_TITLES: Final = {"last_seen": "last seen", "place": "written in", "carries": "connections"}


class PoliciesTabState(TabState):
    """The policies that apply to what is selected.

    Parameters
    ----------
    details : DetailsState
    **traits
        The initial value of any trait.

    Attributes
    ----------
    all_yaml : bool
        Whether all of them are shown as YAML, one below the other.
    """

    all_yaml = Bool(default_value=False)

    @property
    def policies(self) -> list[Policy]:
        """The policies, as they are evaluated."""
        return self.details.once("policies", lambda: policies_in_view(self.details))

    @property
    def chosen(self) -> Policy | None:
        """The policy that is shown: the one that was asked for, else the first; None without any."""
        return next((one for one in self.policies if one.ref == self.details.policy), next(iter(self.policies), None))

    @property
    def carried(self) -> Mapping[tuple[str, str], Carried] | None:
        """What each rule carries of what is selected, by policy and path; None where that is not asked."""
        if self.subject.kind not in _CARRYING:
            return None
        details = self.details
        ends = details.ends if self.subject.edge is None else tuple(dict.fromkeys(self.subject.names))
        return details.once(
            "carried", lambda: carried_by_rules(self.scope.connectivity, ends, details.traffic, self.subject.edge)
        )

    @property
    def effects(self) -> Mapping[str, tuple[str, ...]]:
        """What each policy does about the connection that is selected: ``allows``, ``no-rule`` and so on."""
        return self.details.once("effects", self._effects)

    def _effects(self) -> Mapping[str, tuple[str, ...]]:
        edge = self.subject.edge
        if edge is None:
            return {}
        try:
            answers = self.scope.connectivity.queries(*edge)
        except (LookupError, ValueError):
            return {}
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for answer in answers:
            for verdict in answer.verdicts:
                for reason in verdict.reasons:
                    path = f" {field_path(reason.path)}" if reason.path else ""
                    found[reason.ref][f"{reason.effect.value}{path}"] = None
        return {ref: tuple(effects) for ref, effects in found.items()}

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each policy."""
        return self.details.once("policies frame", self._frame)

    def _frame(self) -> pd.DataFrame:
        carried = self.carried
        by_policy: defaultdict[str, list[Carried]] = defaultdict(list)
        for (ref, _), one in (carried or {}).items():
            by_policy[ref].append(one)
        rows = [
            {
                "policy": policy.ref,
                "tier": tier_name(policy.tier),
                "directions": _directions(policy),
                "effect": self.effects.get(policy.ref, ()),
                "rules": len(policy.rules),
                "carries": None
                if carried is None
                else len({p[:2] for one in by_policy[policy.ref] for p in one.pairs}),
                "last_seen": max((c.last_seen for c in by_policy[policy.ref] if c.last_seen is not None), default=None),
                "place": policy.source.place,
            }
            for policy in self.policies
        ]
        frame = pd.DataFrame(rows, columns=list(_COLUMNS))
        kept = {
            "effect": bool(self.effects),
            "carries": carried is not None,
            "last_seen": frame["last_seen"].notna().any(),
        }
        return frame.drop(columns=[name for name, is_kept in kept.items() if not is_kept])

    def yaml(self) -> FileContent:
        """Return all of the policies as one YAML file."""
        return FileContent("policies.yaml", yaml_of(self.policies))

    def chosen_yaml(self) -> FileContent:
        """Return the policy that is shown as a YAML file."""
        policy = self.chosen
        if policy is None:
            return FileContent("policy.yaml", "")
        return FileContent(f"{policy.name}.yaml", policy_yaml(policy))

    # --- in words -----------------------------------------------------------------------------------------------

    @property
    def summary(self) -> str:
        """How many policies there are, and what is missing, as HTML."""
        kind = self.subject.kind
        about = {SubjectKind.NOTHING: "in the cluster", SubjectKind.EDGE: "with a say about this connection"}
        said = f"{count_of(len(self.policies), 'policy')} {about.get(kind, 'that apply')}."
        parts = [f'<p role="status">{html_text(said)}</p>']
        if kind is SubjectKind.WORKLOAD:
            parts.append(_missing(self.policies))
        elif kind is SubjectKind.EDGE:
            for name, direction in zip(self.subject.names, (Direction.EGRESS, Direction.INGRESS), strict=True):
                found = self.scope.connectivity.policies_of(name) if self.scope.connectivity.knows(name) else None
                messages = () if found is None else isolation_of(found).messages_for(direction)
                parts.extend(note(f"{name}: {text}") for text in messages)
        left_out = [left.ref for left in self.scope.connectivity.unevaluated]
        if left_out:
            parts.append(
                f"{note('Not evaluated, so that answers may be others:')}{items([breakable(ref) for ref in left_out])}"
            )
        if kind in _CARRYING and self.carried is None:
            parts.append(note("What each rule carries is not asked of so many workloads: select one of them."))
        return "".join(parts)

    @property
    def policy_html(self) -> str:
        """The policy that is shown: its rules, what they carry, and its text."""
        policy = self.chosen
        if policy is None:
            return ""
        told = [badge(tier_name(policy.tier)), *(badge(f"isolates {one.value}") for one in sorted(policy.isolates))]
        told.extend(badge(effect, _tone(effect)) for effect in self.effects.get(policy.ref, ()))
        place = f'<p class="nw-place">{breakable(place_of(policy))}</p>' if policy.source.file else ""
        return (
            f"{heading(policy.ref)}<p>{' '.join(told)}</p>{place}{self._rules_html(policy)}"
            f"{code_block(policy_yaml(policy), f'YAML of {policy.ref}')}"
        )

    def _rules_html(self, policy: Policy) -> str:
        if not policy.rules:
            return note("It has no rules: what it isolates, it denies.")
        carried = self.carried
        return heading("Rules") + "".join(self._rule_html(policy, rule, carried) for rule in policy.rules)

    def _rule_html(self, policy: Policy, rule: Rule, carried: Mapping[tuple[str, str], Carried] | None) -> str:
        path = field_path(rule.path)
        line = place_of(policy, rule.path).rpartition(":")[2] if policy.source.file else ""
        name = f" {html_text(rule.name)}" if rule.name else ""
        place = f' <span class="nw-place">line {html_text(line)}</span>' if line.isdigit() else ""
        peers = "<br>".join(breakable(peer_text(peer)) for peer in rule.peers)
        told = [
            ("from" if rule.direction is Direction.INGRESS else "to", peers or "nothing"),
            ("ports", html_text(port_match_text(rule.ports))),
        ]
        if carried is not None:
            told.append(("carries", _carried_html(carried.get((policy.ref, path), Carried()))))
        return entry(f"{badge(rule.action.value)} {html_text(path)}{name}{place}", told)

    @property
    def all_html(self) -> str:
        """All policies as YAML; of many, the first, and how many more there are."""
        lines, shown = 0, 0
        for policy in self.policies:
            lines += policy_yaml(policy).count("\n")
            if shown and lines > MOST_LINES:
                break
            shown += 1
        rest = len(self.policies) - shown
        more = note(f"and {count_of(rest, 'more policy')}: copy or save all of them") if rest else ""
        return f"{code_block(yaml_of(self.policies[:shown]), 'YAML of all policies')}{more}"


def _missing(policies: Sequence[Policy]) -> str:
    found = isolation_of(policies)
    tone = {"both": "good", "none": "bad"}.get(found.badge, "warn")
    return f"<p>{badge(f'isolated: {found.badge}', tone)}</p>{''.join(map(note, found.messages))}"


def _directions(policy: Policy) -> tuple[str, ...]:
    found = {*policy.isolates, *(rule.direction for rule in policy.rules)}
    return tuple(sorted(direction.value for direction in found))


def _tone(effect: str) -> str:
    word = effect.partition(" ")[0]
    return {"allows": "good", "denies": "bad", "no-rule": "bad", "other-ports": "bad"}.get(word, "plain")


def _carried_html(carried: Carried) -> str:
    if not carried.pairs:
        return '<span class="nw-note">nothing here</span>'
    seen = f"{count_of(carried.flows, 'flow')}, last seen {cell_text(carried.last_seen)} UTC"
    said = html_text(seen if carried.last_seen is not None else "not seen")
    pairs = [f"{breakable(f'{src} → {dst}')}: {html_text(ports)}" for src, dst, ports in carried.pairs]
    return f"{html_text(count_of(len(pairs), 'connection'))}; {said}{items(pairs, most=MOST_CARRIED)}"


@register_details("policies", title="Policies", order=20)
class PoliciesTab(TabPanel[PoliciesTabState]):
    """The policies that apply to what is selected."""

    title = "Policies"
    states = PoliciesTabState

    def build(self) -> Sequence[widgets.Widget]:
        """Return a sentence, the table of policies, and the one that is chosen."""
        self._is_filling = False
        self._said = widgets.HTML()
        self._table = PanelTable(
            "policy", name="policies", columns=_COLUMNS, titles=_TITLES, empty="No policy applies.", page=5
        )
        self._choice = widgets.Dropdown(description="Policy").add_class("nw-field")
        self._policy = widgets.HTML()
        self._every = widgets.HTML()
        self._all = widgets.ToggleButton(
            description="All as YAML", tooltip="Show all of these policies as YAML", layout=widgets.Layout(width="auto")
        )
        own = [
            copy_button(self.state.chosen_yaml, "Copy YAML", title="Copy this policy as YAML", failed=self.show_error),
            download_button(self.state.chosen_yaml, "Save YAML", title="Save this policy", failed=self.show_error),
        ]
        every = [
            self._all,
            copy_button(self.state.yaml, "Copy all", title="Copy all of these policies", failed=self.show_error),
            download_button(self.state.yaml, "Save all", title="Save all of these policies", failed=self.show_error),
        ]
        self._table.on_select(self.guarded(self._selected))
        self.join(self._all, "all_yaml")
        self.follow(self.state, "all_yaml", lambda _change: self._show_every())
        self.follow(self._choice, "value", self._chosen)
        self.follow(self.state.details, "policy", lambda _change: self._show_policy())
        self._one = widgets.VBox([self._choice, widgets.HBox(own).add_class("nw-tools"), self._policy])
        self._body = widgets.VBox(
            [widgets.HBox(every).add_class("nw-tools"), self._every, self._table.widget, self._one]
        )
        return self._said, self._body

    def _selected(self, rows: pd.DataFrame) -> None:
        if len(rows):
            self.state.details.policy = str(rows.iloc[0]["policy"])

    def _chosen(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if change.new and not self._is_filling:
            self.state.details.policy = change.new

    def refresh(self) -> None:
        """Show the policies of what is selected now."""
        unknown = self.state.subject.kind is SubjectKind.UNKNOWN
        self._body.layout.display = "none" if unknown else ""
        self._said.value = not_listed_html(self.state.subject) if unknown else self.state.summary
        if unknown:
            return
        self._table.show(self.state.frame)
        self._show_policy()
        self._show_every()

    def _show_policy(self) -> None:
        chosen, policies = self.state.chosen, self.state.policies
        self._one.layout.display = "none" if chosen is None else ""
        refs = [policy.ref for policy in policies[:MOST_OFFERED]]
        if chosen is not None and chosen.ref not in refs:
            refs.append(chosen.ref)
        self._is_filling = True
        try:
            if list(self._choice.options) != refs:
                self._choice.options = refs
            self._choice.value = None if chosen is None else chosen.ref
        finally:
            self._is_filling = False
        self._policy.value = self.state.policy_html

    def _show_every(self) -> None:
        self._every.value = self.state.all_html if self.state.all_yaml else ""

    def static_html(self) -> str:
        """Return the sentence, the table and the policy that is shown."""
        if self.state.subject.kind is SubjectKind.UNKNOWN:
            return not_listed_html(self.state.subject)
        every = self.state.all_html if self.state.all_yaml else ""
        return f"{self.state.summary}{self._table.static_html(self.state.frame)}{every}{self.state.policy_html}"
