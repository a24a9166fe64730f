"""What checks are given beside the cluster and its flows: what no manifest says, corporate rules, what is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets

from workbench.checks import KNOWN_CNIS, declared_record
from workbench.ground import count_of, html_text, visible
from workbench.panels.checks.pieces import not_asked_html
from workbench.panels.details import heading
from workbench.panels.frame import download_button, taken_uploads
from workbench.panels.generate import notes_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.panels.checks.state import ChecksState
    from workbench.panels.frame import Panel

__all__ = ["FactsBox"]

_ENFORCED: Final = {"as is usual with it": None, "yes": True, "no": False}
_MOST_OFFERED: Final = 200


class FactsBox:
    """What is given.

    Parameters
    ----------
    panel : Panel of ChecksState
    run : callable
        Asks all checks.

    Attributes
    ----------
    widget : ipywidgets.VBox
    """

    def __init__(self, panel: Panel[ChecksState], run: Callable[[], None]) -> None:
        self._panel, self._state, self._run = panel, panel.state, run
        style, wide = {"description_width": "150px"}, {"width": "min(520px, 100%)"}
        self.not_asked = widgets.HTML()
        self.cni = widgets.Combobox(
            description="Network plugin", options=list(KNOWN_CNIS), ensure_option=False, placeholder="such as calico",
            tooltip="Whose name says what is usual: whether policies are enforced", style=style, layout=wide,
        )  # fmt: skip
        self.enforced = widgets.Dropdown(
            description="Enforces policies", options=list(_ENFORCED), style=style, layout=wide,
            tooltip="Whether the network plugin enforces NetworkPolicy",
        )  # fmt: skip
        self.tenant = widgets.Combobox(
            description="Label of tenants", ensure_option=False, placeholder="such as example.org/tenant",
            tooltip="The label of namespaces that says whose they are", style=style, layout=wide,
        )  # fmt: skip
        self.pods = self._blocks("Blocks of pods", style, wide)
        self.services = self._blocks("Blocks of Services", style, wide)
        self.declare = widgets.Button(
            description="Declare and run", tooltip="Keep it as a decision in the workspace, and ask all checks"
        )
        self._rules = widgets.FileUpload(
            accept=".yaml,.yml,.csv", description="Upload corporate rules",
            tooltip="Hold the cluster against the rules of your organisation (NP034), and ask all checks",
        )  # fmt: skip
        self._no_rules = widgets.Button(
            description="Without corporate rules", tooltip="Hold the cluster against them no longer"
        )
        self._accepted = widgets.FileUpload(
            accept=".yaml,.yml", description="Upload accepted findings",
            tooltip="Keep the findings of a file that somebody answers for in the workspace",
        )  # fmt: skip
        self._save = download_button(
            panel.state.accepted_file,
            "Save accepted findings",
            title="Save the findings that somebody answers for, as check --accepted reads them",
            failed=panel.show_error,
        )
        self.says = widgets.HTML()
        self.widget = widgets.VBox(
            [
                widgets.HTML(heading("Not asked")),
                self.not_asked,
                widgets.HTML(heading("What no manifest says")),
                *(self.cni, self.enforced, self.tenant, self.pods, self.services),
                widgets.HBox([self.declare]).add_class("nw-tools"),
                widgets.HTML(heading("Corporate rules, accepted findings")),
                widgets.HBox([self._rules, self._no_rules, self._accepted, self._save]).add_class("nw-tools"),
                self.says,
            ]
        )
        self.declare.on_click(panel.guarded(lambda _button: self._declare()))
        self._no_rules.on_click(panel.guarded(lambda _button: self._leave_rules()))
        panel.follow(self._rules, "value", lambda _change: self._sent_rules())
        panel.follow(self._accepted, "value", lambda _change: self._sent_accepted())
        self.fill()

    @staticmethod
    def _blocks(words: str, style: dict[str, str], layout: dict[str, str]) -> widgets.Text:
        return widgets.Text(
            description=words, placeholder="such as 10.0.0.0/8, fd00::/8", style=style, layout=layout,
            tooltip="Blocks of addresses, with commas between",
        )  # fmt: skip

    # --- what a person does ---------------------------------------------------------------------------------

    def _declare(self) -> None:
        kept = self._state.declare(
            cni=self.cni.value.strip(),
            enforces=_ENFORCED[self.enforced.value],
            tenant_label=self.tenant.value.strip(),
            pod_cidrs=_listed(self.pods.value),
            service_cidrs=_listed(self.services.value),
        )
        self._run()
        self._panel.say("It is kept." if kept.id else "It is declared so already.")

    def _sent_rules(self) -> None:
        for upload in taken_uploads(self._rules):
            count = self._state.take_rules(upload)
            self._run()
            self._panel.say(f"{count_of(count, 'corporate rule')} of {visible(upload.name)}.")

    def _leave_rules(self) -> None:
        self._state.corporate = None
        self._run()

    def _sent_accepted(self) -> None:
        for upload in taken_uploads(self._accepted):
            count = self._state.kept.take_file(upload)
            self._panel.say(f"{count_of(count, 'accepted finding')} of {visible(upload.name)} kept.")

    # --- what is shown --------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Write into the form what is declared."""
        declared = self._state.kept.declared
        self.cni.value = declared.cni
        self.enforced.value = next(words for words, value in _ENFORCED.items() if value is declared.enforces)
        self.tenant.value = declared.tenant_label
        self.pods.value, self.services.value = (", ".join(one) for one in (declared.pod_cidrs, declared.service_cidrs))
        names = {key for one in self._state.scope.cluster.objects.namespaces for key in one.labels}
        self.tenant.options = sorted(names)[:_MOST_OFFERED]

    def show(self) -> None:
        """Show what was not asked, and what is given."""
        state = self._state
        self.not_asked.value = not_asked_html(state.not_asked())
        self.says.value = self._said()
        self._no_rules.layout.display = "none" if state.corporate is None else ""
        self._save.layout.display = "" if len(state.kept.accepted) else "none"

    def _said(self) -> str:
        state = self._state
        rules, accepted = state.corporate, len(state.kept.accepted)
        told = f"{count_of(0 if rules is None else len(rules), 'corporate rule')}, "
        told += f"{count_of(accepted, 'accepted finding')} in the workspace."
        remarks = [] if state.findings is None else map(str, state.findings.said)
        unread = (f"{one.key} is not read: {one.why}" for one in state.kept.unread)
        return f'<p role="status">{html_text(told)}</p>{notes_html((*remarks, *unread))}'

    def static_html(self) -> str:
        """Return what was not asked, and what is given."""
        record = declared_record(self._state.kept.declared)
        facts = (f"{name.replace('_', ' ')}: {_text(value)}" for name, value in record.items())
        declared = notes_html(facts) or f"<p>{html_text('Nothing is declared.')}</p>"
        title, asked = heading("What no manifest says"), not_asked_html(self._state.not_asked())
        return f"{heading('Not asked')}{asked}{title}{declared}{self._said()}"


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for one in text.split(",") if (part := one.strip()))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
