"""Bundles: the report is written as one, and any is proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import ipywidgets as widgets

from workbench.ground import visible
from workbench.panels.details import heading
from workbench.panels.frame import PanelTable
from workbench.panels.report.pieces import verified_html, written_html

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import pandas as pd

    from workbench.panels.frame import Panel
    from workbench.panels.report.state import ReportState

__all__ = ["BundleBox", "Runs"]

_COLUMNS: Final = ("kind", "file", "message", "table", "row", "column", "kept", "computed")
_SHORT: Final = 12
_TITLES: Final = {"message": "what", "kept": "as it was written", "computed": "as it is now"}


class Runs(Protocol):
    """Does what may take long beside the page."""

    def __call__(self, task: Callable[..., Any], put: Callable[[Any], None]) -> None:
        """Do it, and hand on what came of it."""


class BundleBox:
    """Writes bundles, and proves them.

    Parameters
    ----------
    panel : Panel of ReportState
    run : callable
        Does what may take long.

    Attributes
    ----------
    widget : ipywidgets.VBox
    table : PanelTable
        What differs in the bundle that was proved.
    """

    def __init__(self, panel: Panel[ReportState], run: Runs) -> None:
        self._panel, self._state, self._run = panel, panel.state, run
        initial = {"description_width": "initial"}
        self.target = widgets.Text(
            description="New folder", continuous_update=False, style=initial,
            tooltip="Where the bundle is written; the folder around it is there",
        ).add_class("nw-grows")  # fmt: skip
        self.write = widgets.Button(
            description="Write bundle",
            tooltip="Write report, data and inputs with the hash of each file: all of it or nothing",
        )
        self.written = widgets.HTML()
        self.folder = widgets.Combobox(
            description="Bundle", placeholder="its folder", ensure_option=False, continuous_update=False,
            tooltip="The folder of the bundle that is proved", style=initial,
        ).add_class("nw-grows")  # fmt: skip
        self.digest = widgets.Text(
            description="Digest", placeholder="optional", continuous_update=False, style=initial,
            tooltip="That was told when the bundle was written", layout={"width": "300px"},
        )  # fmt: skip
        self.verify = widgets.Button(
            description="Verify", tooltip="Compare its files with their hashes, and make its answers anew"
        )
        self.verified = widgets.HTML()
        self.table = panel.hold(
            PanelTable(
                "difference", name="differences", columns=_COLUMNS, titles=_TITLES, empty="Nothing differs.",
                whole=panel.state.differences,
            )
        )  # fmt: skip
        self._writing = widgets.VBox(
            [
                widgets.HTML(heading("Write the report as a bundle")),
                widgets.HBox([self.target, self.write]).add_class("nw-tools"),
                self.written,
            ]
        )
        self.widget = widgets.VBox(
            [
                self._writing,
                widgets.HTML(heading("Verify a bundle")),
                widgets.HBox([self.folder, self.digest, self.verify]).add_class("nw-tools"),
                self.verified,
                self.table.widget,
            ]
        )
        panel.join(self.folder, "folder")
        panel.follow(panel.state, ["written", "verification"], lambda _change: self.show())
        self.write.on_click(panel.guarded(lambda _button: self._write_it()))
        self.verify.on_click(panel.guarded(lambda _button: self._verify_it()))

    def _write_it(self) -> None:
        self._run(self._state.writing(self.target.value), self._state.put_written)

    def _verify_it(self) -> None:
        self._run(self._state.verifying(self.digest.value), self._state.put_verified)

    def show(self) -> None:
        """Show what was written and proved last, and which bundles there are."""
        state = self._state
        self._writing.layout.display = "none" if state.made is None else ""
        if state.made is not None:
            proposed = state.bundles.proposed(state.made)
            self.target.placeholder = visible(proposed) or "such as audit-2026-q4"
        if state.written is not None and self.target.value.strip() == str(state.written.folder):
            self.target.value = ""
        self.folder.options = [visible(one) for one in state.bundles.folders]
        self.written.value = written_html(state.written)
        self.verified.value = verified_html(state.verification)
        differs = state.verification is not None and not state.verification.ok
        self.table.widget.layout.display = "" if differs else "none"
        if differs:
            self.table.show(_in_short(state.differences()))

    def static_html(self) -> str:
        """Return what was written and proved last."""
        state = self._state
        differs = state.verification is not None and not state.verification.ok
        table = self.table.static_html(_in_short(state.differences())) if differs else ""
        return f"{written_html(state.written)}{verified_html(state.verification)}{table}"


def _in_short(differences: pd.DataFrame) -> pd.DataFrame:
    """Return differences with so much of each hash as tells it from others: what is copied has the whole."""
    hashes = differences["kind"] == "file"
    cut = {name: differences[name].mask(hashes, differences[name].map(_first_of_hash)) for name in ("kept", "computed")}
    return differences.assign(**cut)


def _first_of_hash(text: str) -> str:
    return f"{text[:_SHORT]}…" if len(text) > _SHORT else text
