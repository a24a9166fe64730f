"""The form that opens a cluster: a folder or file, files of the person's own machine, or the sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from workbench.ground import Progress
from workbench.panels.app.sources import Source, open_sample, open_source, open_upload
from workbench.panels.app.state import WorkbenchState
from workbench.panels.frame import Panel, Work, empty_html, taken_uploads

__all__ = ["OpenPanel"]


class OpenPanel(Panel[WorkbenchState]):
    """Opens sources for a workbench.

    Parameters
    ----------
    state : WorkbenchState
        What is opened is added to it.
    """

    title = "Open"

    def build(self) -> Sequence[widgets.Widget]:
        """Return the form."""
        wide = widgets.Layout(width="min(520px, 100%)")
        self._path = widgets.Text(
            description="Manifests", placeholder="folder, file or archive where JupyterLab runs", layout=wide
        )
        self._flows = widgets.Text(
            description="Flows", placeholder="recordings, if there are any; else what the workspace keeps", layout=wide
        )
        self._open = widgets.Button(description="Open", tooltip="Open what the fields name", button_style="primary")
        self._upload = widgets.FileUpload(
            multiple=True, description="Upload manifests", tooltip="YAML or JSON files, or an archive of them"
        )
        self._sample = widgets.Button(
            description="Open the sample", tooltip="An application of ours, and what was seen in it"
        )
        for button in (self._upload, self._sample):
            button.layout.width = "auto"
        self._work = Work()
        self._open.on_click(self.guarded(lambda _button: self._start(self._named)))
        self._sample.on_click(self.guarded(lambda _button: self._start(open_sample)))
        self.follow(self._upload, "value", lambda _change: self._uploaded())
        return (
            widgets.HTML(empty_html("Open a cluster: its manifests, and what was recorded in it if you have that.")),
            self._path,
            self._flows,
            widgets.HBox([self._open, self._upload, self._sample]).add_class("nw-tools"),
            self._work.widget,
        )

    def _named(self, progress: Progress) -> Source:
        paths, flows = ([text.strip()] if text.strip() else [] for text in (self._path.value, self._flows.value))
        return open_source(paths, flows, progress=progress)

    def _uploaded(self) -> None:
        files = taken_uploads(self._upload)
        if files:
            self._start(lambda progress: open_upload(files, progress))

    def _start(self, task: Callable[[Progress], Source]) -> None:
        self._work.run(task, self._opened, self.show_error)

    def _opened(self, source: Source) -> None:
        self.state.open(source)
        if source.cluster.objects.workloads:
            self.say(f"{source.name}: {source.sentence}")
        else:
            self.say(f"{source.name} has no workloads: {source.sentence}. Is it a folder of Kubernetes manifests?")

    def static_html(self) -> str:
        """Return what is open."""
        names = ", ".join(self.state.sources) or "nothing"
        return empty_html(f"Open is {names}.")
