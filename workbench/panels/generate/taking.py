"""How a proposal is taken: copied, saved, written into a folder, kept in the workspace, or handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from workbench.ground import count_of, visible
from workbench.panels.frame import copy_button, download_button

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.generate.state import GenerateState

__all__ = ["TakingBox"]


class TakingBox:
    """How a proposal is taken.

    Parameters
    ----------
    panel : Panel of GenerateState

    Attributes
    ----------
    widget : ipywidgets.VBox
    """

    def __init__(self, panel: Panel[GenerateState]) -> None:
        self._panel, self._state = panel, panel.state
        handing, failed = self._state.handing, panel.show_error
        initial = {"description_width": "initial"}
        self._folder = widgets.Text(
            description="Folder", placeholder="policies", style=initial, continuous_update=False,
            tooltip="On the machine on which the notebook runs, from the notebook's own folder on",
            layout={"width": "220px"},
        )  # fmt: skip
        self._replace = widgets.Checkbox(
            description="replace", tooltip="Replace the policies that it holds", indent=False, layout={"width": "auto"}
        )
        self._write = widgets.Button(description="Write folder", tooltip="Write a file for each policy into it")
        self._hand_on = widgets.Button(
            description="Hand on", tooltip="Make it what the other panels look at: what would change is asked there"
        )
        self._files = widgets.HBox(
            [
                copy_button(handing.file, "Copy YAML", failed=failed),
                download_button(handing.file, "Save YAML", title="Save all policies in one file", failed=failed),
                download_button(handing.archive, "Save ZIP", title="Save a file for each policy", failed=failed),
                self._folder,
                self._replace,
                self._write,
                self._hand_on,
            ]
        ).add_class("nw-tools")
        self._name = widgets.Combobox(
            placeholder="name", description="Keep as", ensure_option=False, continuous_update=False, style=initial
        ).add_class("nw-field")
        self._why = widgets.Text(description="Reason", placeholder="optional", style=initial, layout={"width": "220px"})
        self._keep = widgets.Button(description="Keep", tooltip="Keep the proposal in the workspace under this name")
        self._open = widgets.Button(
            description="Open", tooltip="Look at what is kept under this name; Propose asks the same of newer flows"
        )
        self._kept = widgets.HBox([self._name, self._why, self._keep, self._open]).add_class("nw-tools")
        self.widget = widgets.VBox([self._files, self._kept])
        self._connect()
        self.show()

    def _connect(self) -> None:
        panel, state = self._panel, self._state
        self._name.value = state.named
        panel.follow(state, "named", lambda change: self._name.set_trait("value", change.new))
        panel.follow(state.scope, "decided", lambda _change: self.show())
        self._write.on_click(panel.guarded(lambda _button: self._write_folder()))
        self._hand_on.on_click(panel.guarded(lambda _button: self._handed_on()))
        self._keep.on_click(panel.guarded(lambda _button: self._keep_it()))
        self._open.on_click(panel.guarded(lambda _button: state.kept.open(self._name.value.strip())))

    def _write_folder(self) -> None:
        written = self._state.handing.write_folder(self._folder.value, replace=self._replace.value)
        self._panel.say(f"{count_of(written, 'file')} written into {visible(self._folder.value.strip())}.")

    def _handed_on(self) -> None:
        self._state.handing.hand_on()
        self._panel.say("The other panels look at what is proposed.")

    def _keep_it(self) -> None:
        self._state.kept.keep(self._name.value, self._why.value.strip())
        self._why.value = ""
        self._panel.say(f"Kept as {visible(self._state.named)}.")

    def show(self) -> None:
        """Show what can be done with what is proposed, and which proposals are kept."""
        names, is_there = self._state.kept.names, self._state.outcome is not None
        self._name.options = [visible(name) for name in names]
        self._open.layout.display = "" if names else "none"
        self._files.layout.display = "" if is_there else "none"
        self._keep.layout.display = self._why.layout.display = "" if is_there else "none"
        self._kept.layout.display = "" if is_there or names else "none"
