"""The tab Why: why a pair may talk, or why not; of one end alone, a way to ask about any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import ipywidgets as widgets
from traitlets import Enum, Unicode, validate

from workbench.panels.details.going import Going
from workbench.panels.details.pieces import note
from workbench.panels.details.registry import register_details
from workbench.panels.details.subject import SubjectKind
from workbench.panels.details.tab import TabPanel, TabState
from workbench.panels.details.tabs.flows import not_listed_html
from workbench.panels.details.why import Reasons, asked_port, reasons_for

__all__ = ["WhyTab", "WhyTabState"]

MOST_OFFERED: Final = 1_000
"""Names that are offered while a person types; any other may be typed."""
NOT_ONE: Final = frozenset({SubjectKind.WORKLOADS, SubjectKind.NAMESPACES})
DIRECTIONS: Final = {"egress": "may it reach", "ingress": "may it be reached by"}


class WhyTabState(TabState):
    """Why a pair may talk, or why not.

    Parameters
    ----------
    details : DetailsState
    **traits
        The initial value of any trait.

    Attributes
    ----------
    port : str
        A port to ask about, such as ``443`` or ``udp/53``; all where it is empty.
    other : str
        Where one end is selected: the other one.
    direction : {"egress", "ingress"}
        Where one end is selected: whether it is the source.
    remembered : tuple of str
        Names of the traits that a panel has again when its cell runs again.
    """

    port = Unicode()
    other = Unicode()
    direction = Enum(tuple(DIRECTIONS), default_value="egress")
    remembered = ("port",)

    @validate("port")
    def _readable(self, proposal: dict[str, Any]) -> str:
        text: str = proposal["value"].strip()
        asked_port(text)
        return text

    @property
    def reasons(self) -> Reasons:
        """The answer about the connection that is selected; an empty one without any."""
        return self.details.once("reasons", self._reasons, self.port)

    def _reasons(self) -> Reasons:
        edge = self.subject.edge
        return Reasons("") if edge is None else reasons_for(self.scope.connectivity, edge, asked_port(self.port))

    def turn(self) -> None:
        """Select what goes the other way."""
        if self.subject.edge is not None:
            src, dst = self.subject.edge
            self.details.go_to_edge(dst, src)

    def ask(self) -> None:
        """Select what goes between the end that is selected and the other one."""
        other = self.other.strip()
        if other:
            ends = (self.subject.name, other)
            self.details.go_to_edge(*(ends if self.direction == "egress" else ends[::-1]))


@register_details("why", title="Why", order=30)
class WhyTab(TabPanel[WhyTabState]):
    """Why a pair may talk, or why not."""

    title = "Why"
    states = WhyTabState

    def build(self) -> Sequence[widgets.Widget]:
        """Return the question, and the answer with ways to its policies."""
        self._port = widgets.Text(
            description="Port", placeholder="all, or 443, or udp/53", continuous_update=False
        ).add_class("nw-field")
        self._turn = widgets.Button(
            description="Other direction", tooltip="Ask from the destination to the source", layout={"width": "auto"}
        )
        self._answer = widgets.HTML()
        self._going = Going("Policy", self.state.details.show_policy, "Show it")
        self._pair = widgets.VBox(
            [self._port, widgets.HBox([self._turn]).add_class("nw-tools"), self._answer, self._going.widget]
        )
        self._direction = widgets.Dropdown(
            description="Ask", options=[(text, name) for name, text in DIRECTIONS.items()]
        ).add_class("nw-field")
        self._other = widgets.Combobox(
            description="Other end", placeholder="a workload or an address", continuous_update=False
        ).add_class("nw-field")
        self._ask = widgets.Button(description="Ask why", layout={"width": "auto"})
        self._question = widgets.VBox([self._direction, self._other, self._ask])
        for trait, widget in (("port", self._port), ("direction", self._direction), ("other", self._other)):
            self.join(widget, trait)
        self.follow(self.state, "port", lambda _change: self._show())
        self._turn.on_click(self.guarded(lambda _button: self.state.turn()))
        self._ask.on_click(self.guarded(lambda _button: self.state.ask()))
        self._going.button.on_click(self.guarded(self._going.pressed))
        self._said = widgets.HTML()
        return self._said, self._question, self._pair

    def refresh(self) -> None:
        """Show the answer about what is selected now."""
        names = sorted(self.state.details.workloads)
        if tuple(self._other.options) != tuple(names[:MOST_OFFERED]):
            self._other.options = names[:MOST_OFFERED]
        self._show()

    def _show(self) -> None:
        subject = self.state.subject
        is_pair = subject.edge is not None
        is_one = not is_pair and subject.kind not in NOT_ONE and subject.kind is not SubjectKind.NOTHING
        self._pair.layout.display = "" if is_pair else "none"
        self._question.layout.display = "" if is_one and subject.kind is not SubjectKind.UNKNOWN else "none"
        self._said.value = self._words()
        reasons = self.state.reasons
        self._answer.value = reasons.html
        self._going.show([(ref, ref) for ref in reasons.policies])

    def _words(self) -> str:
        subject = self.state.subject
        if subject.edge is not None:
            return ""
        if subject.kind in {SubjectKind.NOTHING, SubjectKind.UNKNOWN}:
            return not_listed_html(subject)
        if subject.kind in NOT_ONE:
            return note("Why is asked of two ends: select one workload, or a connection.")
        return note(f"Ask whether {subject.name} may talk to another end, and why.")

    def static_html(self) -> str:
        """Return the answer."""
        return f"{self._words()}{self.state.reasons.html}"
