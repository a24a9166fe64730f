"""The fields that ask what a report is called and about, what is written in it, and of what it is made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from workbench.ground import count_of, html_text, visible
from workbench.panels.frame import WindowPicker, taken_uploads
from workbench.panels.report.ingredients import INGREDIENTS
from workbench.panels.report.pieces import lacks_html

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.report.state import ReportState

__all__ = ["ScopeBox"]


class ScopeBox:
    """What a report is called and about, and of what it is made.

    Parameters
    ----------
    panel : Panel of ReportState

    Attributes
    ----------
    widget : ipywidgets.VBox
    """

    def __init__(self, panel: Panel[ReportState]) -> None:
        self._panel, self._state = panel, panel.state
        self._is_ours = False
        self._says_key = ""
        initial = {"description_width": "initial"}
        self.title = widgets.Text(
            description="Title", placeholder="Network policy audit", continuous_update=False, style=initial,
            tooltip="What the report is called",
        ).add_class("nw-grows")  # fmt: skip
        self.author = widgets.Text(
            description="Author", placeholder="optional", continuous_update=False, style=initial,
            tooltip="Who made the report", layout={"width": "260px"},
        )  # fmt: skip
        self.namespaces = widgets.TagsInput(allow_duplicates=False, placeholder="all namespaces").add_class("nw-grows")
        self.window = WindowPicker(panel)
        self.used = {
            name: widgets.Checkbox(description=one.title, indent=False, layout={"width": "auto"})
            for name, one in INGREDIENTS.items()
        }
        self.earlier = widgets.Combobox(
            description="Earlier bundle", placeholder="its folder", ensure_option=False, continuous_update=False,
            tooltip="The folder of an earlier bundle: what changed since is a section", style=initial,
        ).add_class("nw-grows")  # fmt: skip
        self.upload = widgets.FileUpload(
            accept=".zip", description="Upload bundle", tooltip="An earlier bundle, as a ZIP archive of its folder"
        )
        self.forget = widgets.Button(description="Without earlier", tooltip="Compare the report with none")
        self.earlier_says = widgets.HTML().add_class("nw-says")
        self.anonymise = widgets.Checkbox(
            description="Stand-ins for names", indent=False, layout={"width": "auto"},
            tooltip="For people who must not learn whose the cluster is: names, labels and addresses are stand-ins",
        )  # fmt: skip
        self.key = widgets.Password(
            description="Key", placeholder="optional", continuous_update=False, style=initial,
            tooltip="The same key gives the same stand-ins in later reports; it is kept nowhere",
            layout={"width": "220px"},
        )  # fmt: skip
        self.anonymised_says = widgets.HTML().add_class("nw-says")
        self.lacks = widgets.HTML()
        self.sections: dict[str, widgets.Checkbox] = {}
        self._section_place = widgets.HBox().add_class("nw-tools").add_class("nw-boxes")
        self.widget = widgets.VBox(
            [
                widgets.HBox([self.title, self.author]).add_class("nw-tools"),
                widgets.HBox([widgets.Label("Namespaces"), self.namespaces]).add_class("nw-tools"),
                widgets.HBox(self.window.widgets).add_class("nw-tools"),
                _group("Made of", widgets.HBox(list(self.used.values())).add_class("nw-tools")),
                widgets.HBox([self.earlier, self.upload, self.forget, self.earlier_says]).add_class("nw-tools"),
                widgets.HBox([self.anonymise, self.key, self.anonymised_says]).add_class("nw-tools"),
                _group("Sections", self._section_place),
                self.lacks,
            ]
        )
        self._connect()
        self.show()

    def _connect(self) -> None:
        panel, state = self._panel, self._state
        panel.join(self.title, "title")
        panel.join(self.author, "author")
        panel.follow(self.namespaces, "value", lambda change: self._chose(change.new))
        for name, box in self.used.items():
            panel.follow(box, "value", partial(self._used, name))
        panel.follow(self.earlier, "value", lambda change: self._named(change.new))
        panel.follow(self.upload, "value", lambda _change: self._sent())
        panel.follow(self.anonymise, "value", lambda change: self._anonymised(wanted=change.new))
        panel.follow(self.key, "value", lambda change: self._given(change.new))
        panel.follow(
            state, ["namespaces", "left_out", "unused", "earlier", "anonymiser", "written"], lambda _change: self.show()
        )
        self.forget.on_click(panel.guarded(lambda _button: self._without()))

    # --- what a person does ---------------------------------------------------------------------------------

    def _chose(self, names: list[str]) -> None:
        if not self._is_ours:
            self._state.namespaces = tuple(names)

    def _used(self, name: str, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if not self._is_ours:
            self._state.use(name, wanted=change.new)

    def _wrote(self, name: str, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if not self._is_ours:
            self._state.write_section(name, wanted=change.new)

    def _named(self, folder: str) -> None:
        if folder.strip():
            self._state.compare_with(folder)

    def _sent(self) -> None:
        for upload in taken_uploads(self.upload):
            self._state.compare_with_upload(upload)
            self._panel.say(f"The report is compared with the bundle of {visible(upload.name)}.")

    def _anonymised(self, *, wanted: bool) -> None:
        if self._is_ours:
            return
        if wanted:
            self._state.anonymise()
            self._says_key = "Another session has other stand-ins: a key gives the same ones again."
        else:
            self._state.anonymiser = None
        self.show()

    def _given(self, key: str) -> None:
        """Take a key; it stays in no field, since fields are saved with notebooks."""
        if not key:
            return
        self.key.value = ""
        self._state.anonymise(key)
        self._says_key = "Stand-ins by the key that was given; it is kept nowhere."
        self.show()

    def _without(self) -> None:
        self._state.earlier, self.earlier.value = None, ""

    # --- what is shown --------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show what is asked for; what is not there cannot be used."""
        state = self._state
        there, known = state.there, state.known_sections
        if [*self.sections] != [one.id for one in known]:
            self._make_sections()
        self._is_ours = True
        try:
            tags = list(state.known_namespaces)
            if self.namespaces.allowed_tags != tags:
                self.namespaces.value, self.namespaces.allowed_tags = [], tags
            self.namespaces.value = list(state.namespaces)
            for name, box in self.used.items():
                is_there = getattr(there, name) is not None
                box.disabled = not is_there or not state.can_use(name)
                box.value = getattr(state.used, name) is not None
                box.tooltip = "" if is_there else INGREDIENTS[name].nothing
            self.anonymise.value = state.anonymiser is not None
            for name, box in self.sections.items():
                box.value = name not in state.left_out
        finally:
            self._is_ours = False
        self.earlier.options = [visible(one) for one in state.bundles.folders]
        self.forget.layout.display = "none" if state.earlier is None else ""
        self.earlier_says.value = self._earlier_html()
        self.key.layout.display = "none" if state.anonymiser is None else ""
        said = "" if state.anonymiser is None else self._says_key
        self.anonymised_says.value = f'<span class="nw-note" role="status">{html_text(said)}</span>' if said else ""
        self.lacks.value = lacks_html(state.lacks)

    def _make_sections(self) -> None:
        """Make a box for each section: others may have been registered since."""
        made = {}
        for one in self._state.known_sections:
            box = widgets.Checkbox(value=True, description=visible(one.title), indent=False, layout={"width": "auto"})
            self._panel.follow(box, "value", partial(self._wrote, one.id))
            made[one.id] = box
        old, self.sections = self._section_place.children, made
        self._section_place.children = tuple(made.values())
        for box in old:
            box.close()

    def _earlier_html(self) -> str:
        earlier = self._state.earlier
        if earlier is None:
            return ""
        said = f"Compared with {visible(earlier.title)} of {earlier.now:%Y-%m-%d %H:%M} UTC"
        return f'<span class="nw-note" role="status">{html_text(said)}.</span>'

    def said(self) -> str:
        """Return what is asked for, in a sentence."""
        state = self._state
        about = ", ".join(map(visible, state.namespaces)) or "all namespaces"
        written = len(state.asked.sections)
        return f"About {about}; {count_of(written, 'section')} of {len(state.known_sections)}."


def _group(words: str, place: widgets.Widget) -> widgets.VBox:
    return widgets.VBox([widgets.HTML(f'<div class="nw-heading">{html_text(words)}</div>'), place])
