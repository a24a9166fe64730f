"""Recordings that are read, and what they hold, without widgets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from traitlets import Any as AnyValue
from traitlets import Enum

from workbench.ground import ArgumentError, Problem, Progress, count_of, no_progress, problems_frame
from workbench.panels.frame import PanelState, Upload, uploaded

if TYPE_CHECKING:
    from workbench.flows import Flows, LoadedFlows

__all__ = ["VIEWS", "FlowsState"]

VIEWS = {
    "edges": "Who talked to whom",
    "denied": "Denied",
    "names": "DNS names",
    "summary": "Formats and verdicts",
    "files": "What was read",
}
"""What can be listed, with the words for people."""


class FlowsState(PanelState):
    """The flows of a scope, and how they came there.

    Attributes
    ----------
    view : str
        One of `VIEWS`.
    loaded : LoadedFlows or None
        What this panel has read itself: it knows what became of each file.
    """

    view = Enum(list(VIEWS), default_value="edges")
    loaded = AnyValue(None, allow_none=True)
    remembered = ("view",)

    # --- reading ------------------------------------------------------------------------------------------

    def read(self, paths: str | Path | Iterable[str | Path], progress: Progress = no_progress) -> LoadedFlows:
        """Return the flows of recordings, beside those that the workspace keeps; nothing of the state changes.

        In a workspace that outlives this program, they are kept.

        Parameters
        ----------
        paths : str, Path, or iterable of these
            As `load_flows` takes them.
        progress : Progress, optional

        Raises
        ------
        WorkbenchError
            If no path is given or one does not exist, or if no file holds flows.
        """
        from workbench.flows import load_flows  # noqa: PLC0415  (ibis takes its time)

        given = [str(each).strip() for each in ([paths] if isinstance(paths, (str, Path)) else paths)]
        if not any(given):
            message = "no recording is named"
            raise ArgumentError(message, "name a file or a folder, or upload files")
        return load_flows(
            [each for each in given if each],
            store=self.scope.workspace.flows_for(self.scope.name) if self.scope.is_kept else None,
            cluster=self.scope.cluster,
            progress=progress,
        )

    def read_upload(self, files: Sequence[Upload], progress: Progress = no_progress) -> LoadedFlows:
        """Return the flows of uploaded recordings; nothing of the state changes.

        Parameters
        ----------
        files : sequence of Upload
        progress : Progress, optional

        Raises
        ------
        WorkbenchError
            If no file holds flows.
        """
        with uploaded(files) as places:
            return self.read(places, progress)

    def take(self, flows: LoadedFlows) -> None:
        """Look at flows that were read, in all panels.

        Parameters
        ----------
        flows : LoadedFlows
        """
        self.loaded = flows
        self.scope.flows = flows

    # --- what is there ------------------------------------------------------------------------------------

    @property
    def flows(self) -> Flows | None:
        """The flows of the time that is selected."""
        return self.scope.windowed_flows

    @property
    def sentence(self) -> str:
        """What became of the recordings, in one sentence; empty where others have read them."""
        if self.loaded is None:
            return ""
        batches = list({one.batch.id: one.batch for one in self.loaded.imported}.values())
        repeated = len(self.loaded.imported) - len(batches)
        skipped: dict[str, int] = {}
        for batch in batches:
            for reason, number in batch.skipped.items():
                skipped[reason] = skipped.get(reason, 0) + number
        parts = [
            count_of(sum(batch.rows for batch in batches), "row"),
            *(f"{number:,} records skipped ({reason})" for reason, number in skipped.items()),
        ]
        for number, words in (
            (repeated, "files that hold the same as another"),
            (sum(batch.duplicates for batch in batches), "rows that were there already"),
            (sum(batch.broken for batch in batches), "records that could not be read"),
        ):
            if number:
                parts.append(f"{number:,} {words}")
        return f"{count_of(len(batches), 'file')}: {', '.join(parts)}"

    @property
    def problems(self) -> pd.DataFrame:
        """What was wrong with the recordings; columns as in `ground.PROBLEMS`."""
        found: list[Problem] = []
        if self.loaded is not None:
            found = [*self.loaded.problems_found, *(each for one in self.loaded.imported for each in one.problems)]
        return problems_frame(dict.fromkeys(found))

    def rows(self) -> pd.DataFrame:
        """Return what the view lists."""
        flows = self.flows
        if self.view == "files":
            return self._files()
        if flows is None:
            return pd.DataFrame()
        if self.view == "edges":
            _, judgement = self.scope.judged()
            return pd.DataFrame() if judgement is None else judgement.to_frame()
        if self.view == "denied":
            return flows.denied().edges()
        return flows.dns() if self.view == "names" else flows.summary()

    def _files(self) -> pd.DataFrame:
        imported = () if self.loaded is None else self.loaded.imported
        return pd.DataFrame(
            {
                "file": [Path(one.batch.file).name for one in imported],
                "format": [one.batch.format for one in imported],
                "rows": [one.batch.rows for one in imported],
                "duplicates": [one.batch.duplicates for one in imported],
                "broken": [one.batch.broken for one in imported],
                "skipped": [
                    ", ".join(f"{number:,} {reason}" for reason, number in one.batch.skipped.items())
                    for one in imported
                ],
                "first": [one.batch.first for one in imported],
                "last": [one.batch.last for one in imported],
            }
        )

    def select_row(self, row: pd.Series) -> None:
        """Select in all panels what a row of the view is about.

        Parameters
        ----------
        row : Series
            Of the frame that `rows` returns.
        """
        if {"src", "dst"} <= set(row.index):
            self.selection.select_edge(str(row["src"]), str(row["dst"]))
        elif self.view == "names" and row["address"]:
            self.selection.select_address(str(row["address"]))
