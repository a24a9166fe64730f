"""The files that a draft would change, and what of it cannot be changed in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets

from workbench.ground import html_text
from workbench.panels.frame import PanelTable
from workbench.panels.generate import notes_html

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.whatif.sharing import PatchSaid
    from workbench.panels.whatif.state import WhatIfState

__all__ = ["FileBox"]

_TITLES: Final = {"change": "what becomes of it", "policies": "policies that change in it"}


class FileBox:
    """The files of a patch.

    Parameters
    ----------
    panel : Panel of WhatIfState

    Attributes
    ----------
    widget : ipywidgets.VBox
    table : PanelTable
    """

    def __init__(self, panel: Panel[WhatIfState]) -> None:
        self._state = panel.state
        self.root = widgets.Text(
            description="Root", placeholder="the folder of the repository", continuous_update=False,
            tooltip="The folder that the patch begins at; by default the innermost that holds what changes",
            style={"description_width": "initial"}, layout={"width": "min(520px, 100%)"},
        )  # fmt: skip
        self.says = widgets.HTML()
        self.table = panel.hold(
            PanelTable("file", name="files", titles=_TITLES, empty="No file changes.")
        )  # fmt: skip
        self.widget = widgets.VBox([widgets.HBox([self.root]).add_class("nw-tools"), self.says, self.table.widget])
        panel.join(self.root, "root")

    def show(self) -> None:
        """Show the files as they are now."""
        found = self._state.sharing.patch_said()
        self.says.value = _said(found)
        self.table.show(found.files)

    def static_html(self) -> str:
        """Return what was shown last: files are not read again for it."""
        return f"{self.says.value}{self.table.static_html()}"


def _said(found: PatchSaid) -> str:
    return f'<p role="status">{html_text(found.head)}</p>{notes_html(found.notes)}'
