"""The panel of what addresses outside are called: names are given, taken away and taken back, files are imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import ipywidgets as widgets
import pandas as pd

from workbench.external import ExternalFiles
from workbench.ground import Progress, count_of, html_text, visible
from workbench.panels.external.state import VIEWS, AddressBookState
from workbench.panels.frame import (
    FileContent,
    Panel,
    PanelTable,
    Upload,
    Work,
    download_button,
    empty_html,
    free,
    taken_uploads,
)

__all__ = ["AddressBookPanel"]

_TITLES: Final = {
    "cidr": "block",
    "source": "named by",
    "rhacs_id": "id in Red Hat ACS",
    "by": "in common",
    "cidrs": "blocks",
    "wider": "smallest block around",
    "wider_addresses": "addresses in that",
    "last_seen": "last seen (UTC)",
    "first_seen": "first seen (UTC)",
    "dst_domains": "names",
    "src": "from",
    "dst": "to",
    "age_days": "days old",
    "origin": "from",
    "provider_block": "block of the provider",
    "published": "ranges of",
}
_LOOKED_UP: Final = (
    *("address", "name", "cidr", "source", "provider", "provider_block"),
    *("regions", "services", "published", "private"),
)
_NO_FLOWS: Final = "No flows were loaded, so there is nothing to suggest."


class _Field:
    """A text that a person gives, with what is wrong with it beside.

    Parameters
    ----------
    label, placeholder : str
    """

    def __init__(self, label: str, placeholder: str) -> None:
        self.text = widgets.Text(description=label, placeholder=placeholder).add_class("nw-grows")
        self._fault = widgets.HTML().add_class("nw-fault")
        self.widget = widgets.HBox([self.text, self._fault]).add_class("nw-tools").add_class("nw-grows")

    def say(self, fault: str) -> None:
        """Say what is wrong; an empty text takes it away."""
        self._fault.value = f'<span role="alert" class="nw-error">{html_text(fault)}</span>' if fault else ""
        self._fault.layout.display = "" if fault else "none"


class AddressBookPanel(Panel[AddressBookState]):
    """Lists blocks of addresses with their names, and what could have one; names are decided here, and taken back.

    As any panel it takes the traits of its state, `AddressBookState`: ``view="suggestions"``.
    """

    title = "Address book"
    states = AddressBookState

    def build(self) -> Sequence[widgets.Widget]:
        """Return what there is, the choice of what is shown, and that."""
        self._says = widgets.HTML().add_class("nw-says")
        self._undo = _button("Undo", "Take back the last decision about the address book")
        self._why = widgets.Text(
            description="Reason", placeholder="kept with the decision", continuous_update=False
        ).add_class("nw-grows")
        self._view = widgets.ToggleButtons(options=[(words, name) for name, words in VIEWS.items()])
        self._view.style.button_width = "auto"
        self._fields = {
            "name": _Field("Name", "payment provider"),
            "cidr": _Field("Block", "203.0.113.0/24 or an address"),
            "suggested": _Field("Name", "a name for these addresses"),
            "provider": _Field("Whose", "only for files that do not say, such as DigitalOcean's"),
            "addresses": _Field("Addresses", "203.0.113.9, 2001:db8::1"),
        }
        self._work = Work()
        self._tables = self._made_tables()
        self._places = {
            "blocks": self._blocks_form(),
            "suggestions": self._suggestions_form(),
            "providers": self._providers_form(),
            "lookup": self._lookup_form(),
        }
        self._place = widgets.VBox().add_class("nw-column")
        self._connect()
        self._show()
        top = widgets.HBox([self._says, self._undo]).add_class("nw-tools")
        return (widgets.VBox([top, self._view, self._place]).add_class("nw-column").add_class("nw-book"),)

    def _made_tables(self) -> dict[str, PanelTable]:
        edges = ("src", "dst", "protocol", "port", "flows", "last_seen", "dst_domains")
        tables = {
            "blocks": PanelTable(
                "block",
                name="blocks",
                columns=("name", "cidr", "source", "server", "widened"),
                titles=_TITLES,
                empty="No block has a name yet: add one, import a file, or look at what is suggested.",
            ),
            "suggestions": PanelTable(
                "suggestion",
                name="suggestions",
                columns=("name", "by", "callers", "ports", "addresses", "flows", "last_seen", "provider", "wider"),
                titles=_TITLES,
                empty="Every address outside that was seen has a name.",
            ),
            "providers": PanelTable(
                "provider",
                name="providers",
                columns=("provider", "part", "published", "age_days", "blocks", "origin", "hidden"),
                titles=_TITLES,
                empty="No ranges of providers are known: import the files that they publish.",
            ),
            "lookup": PanelTable(
                "address",
                name="addresses",
                columns=_LOOKED_UP,
                titles=_TITLES,
                empty="No address is looked up.",
            ),
            "behind": PanelTable(
                "edge", name="flows-behind", columns=edges, titles=_TITLES, empty="No flow had an end in it.", page=5
            ),
            "problems": PanelTable(
                "problem", name="problems", columns=("severity", "message", "remedy", "file"), page=5
            ),
        }
        for table in tables.values():
            self.hold(table)
        return tables

    def _blocks_form(self) -> Sequence[widgets.Widget]:
        self._add = _button("Add", "Give the block this name", primary=True)
        self._rename = _button("Rename", "Give the selected block this name")
        self._remove = _button("Remove", "Take the selected block out of the book; it can be undone")
        exports = [
            download_button(
                lambda: FileContent("known-servers.yaml", self.state.known_servers_yaml()),
                "KnownServer YAML",
                title="All blocks with names, as Kubescape takes them",
                failed=self.show_error,
            ),
            download_button(
                lambda: FileContent("external-entities.json", self.state.rhacs_json()),
                "Red Hat ACS JSON",
                title="The blocks that a person named, as Red Hat ACS lists them",
                failed=self.show_error,
            ),
        ]
        return (
            widgets.HBox([self._fields["name"].widget, self._fields["cidr"].widget]).add_class("nw-tools"),
            widgets.HBox([self._why, self._add, self._rename, self._remove]).add_class("nw-tools"),
            self._tables["blocks"].widget,
            widgets.HBox([widgets.HTML("<b>Export</b>"), *exports]).add_class("nw-tools"),
        )

    def _suggestions_form(self) -> Sequence[widgets.Widget]:
        self._accept = _button("Name them", "Give exactly the addresses that were seen this name", primary=True)
        self._accept_wider = _button("Name the block around them", "")
        self._told = widgets.HTML()
        form = [self._fields["suggested"].widget, self._accept, self._accept_wider]
        return self._told, widgets.HBox(form).add_class("nw-tools"), self._tables["suggestions"].widget

    def _providers_form(self) -> Sequence[widgets.Widget]:
        self._upload = widgets.FileUpload(
            multiple=True,
            description="Import files",
            tooltip="Files as providers publish them, KnownServers of Kubescape, external entities of Red Hat ACS",
        )
        self._upload.layout.width = "auto"
        self._hide = widgets.Checkbox(description="hide the names of providers", indent=False)
        self._forget = _button("Forget", "Take back what was imported of the selected provider")
        self._warns = widgets.HTML()
        return (
            self._warns,
            widgets.HBox([self._upload, self._fields["provider"].widget, self._hide, self._forget]).add_class(
                "nw-tools"
            ),
            self._work.widget,
            self._tables["providers"].widget,
        )

    def _lookup_form(self) -> Sequence[widgets.Widget]:
        self._look = _button("Look up", "Say what these addresses are called", primary=True)
        line = widgets.HBox([self._fields["addresses"].widget, self._look]).add_class("nw-tools")
        return line, self._tables["lookup"].widget

    def _connect(self) -> None:
        state = self.state
        self.join(self._view, "view")
        self.join(self._why, "why")
        self._fields["addresses"].text.value = state.addresses
        fields = {name: field.text for name, field in self._fields.items()}
        for button, action in (
            (self._undo, state.undo),
            (self._add, lambda: state.add(fields["name"].value, fields["cidr"].value)),
            (self._rename, lambda: state.rename(fields["name"].value)),
            (self._remove, state.remove),
            (self._accept, lambda: state.accept(fields["suggested"].value)),
            (self._accept_wider, lambda: state.accept(fields["suggested"].value, wider=True)),
            (self._forget, self._forget_selected),
        ):
            button.on_click(self.guarded(_pressed(action)))
        self._look.on_click(self.guarded(lambda _button: self._ask()))
        self.follow(self._upload, "value", lambda _change: self._uploaded())
        self.follow(self._hide, "value", self._hidden)
        self.follow(state, "faults", lambda _change: self._say_faults())
        self.follow(state, ["block", "suggestion"], lambda _change: self._look_at())
        self.follow(state, ["view", "imported", "addresses"], lambda _change: self._show())
        self.follow(state.scope, ["address_book", "flows", "cluster"], lambda _change: self._show())
        self.follow(state.selection, "window", lambda _change: self._show())
        for name in VIEWS:
            self._tables[name].on_select(self.guarded(self._selected))

    # --- what a person does -------------------------------------------------------------------------------

    def _selected(self, rows: pd.DataFrame) -> None:
        for _, row in rows.iterrows():
            self.state.select_row(row)
        if self.state.view == "providers":
            self._may_forget()

    def _ask(self) -> None:
        self.state.addresses = self._fields["addresses"].text.value

    def _hidden(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if change.new != self.state.book.hide_providers:
            self.state.hide_providers(hide=change.new)

    def _uploaded(self) -> None:
        files = taken_uploads(self._upload)
        if files:
            self._work.run(lambda progress: self._read(files, progress), self.guarded(self._taken), self.show_error)

    def _read(self, files: Sequence[Upload], progress: Progress) -> ExternalFiles:
        return self.state.read_upload(files, self._fields["provider"].text.value, progress)

    def _taken(self, imported: ExternalFiles) -> None:
        decision = self.state.take(imported)
        if decision is not None:
            said = [f"{count_of(len(one.blocks), 'block')} of {one.key}" for one in imported.ranges]
            said += [
                count_of(len(found), noun)
                for found, noun in ((imported.known_servers, "known server"), (imported.blocks, "block with a name"))
                if found
            ]
            self.say(f"Imported: {', '.join(said)}." if decision.id else "The files say nothing new.")

    def _forget_selected(self) -> object:
        rows = self._tables["providers"].selected
        return self.state.forget(str(rows.iloc[0]["provider"])) if len(rows) else None

    # --- what is shown ------------------------------------------------------------------------------------

    def _show(self) -> None:
        state = self.state
        self._tables[state.view].show(_with_days(state.rows()))
        parts = [*self._places[state.view]]
        if state.view == "providers" and not state.problems.empty:
            self._tables["problems"].show(state.problems)
            parts.append(self._tables["problems"].widget)
        if state.view in {"blocks", "suggestions"}:
            parts.append(self._tables["behind"].widget)
        self._place.children = parts
        self._hide.value = state.book.hide_providers
        self._warns.value = "".join(f'<p role="status" class="nw-note">{html_text(one)}.</p>' for one in state.warnings)
        self._say_all()
        self._say_faults()
        self._look_at()
        self._may_forget()

    def _say_all(self) -> None:
        last = self.state.undoable
        self._undo.disabled = last is None
        if last is not None:
            which = ", ".join(f"{one.kind} {one.key}" for one in last.changes[:1])
            more = f" and {len(last.changes) - 1:,} more" if len(last.changes) > 1 else ""
            self._undo.tooltip = visible(f"Take back decision {last.id} of {last.who} about {which}{more}")
        warnings = len(self.state.warnings)
        old = f" {count_of(warnings, 'warning')}: see “{VIEWS['providers']}”." if warnings else ""
        self._says.value = f'<span role="status">{html_text(self.state.sentence + old)}</span>'

    def _say_faults(self) -> None:
        for name, field in self._fields.items():
            field.say(self.state.faults.get(name, ""))

    def _look_at(self) -> None:
        """Show what is behind what is selected, and offer what may be done with it."""
        state = self.state
        self._rename.disabled, self._remove.disabled = not state.own_name, not state.may_remove
        if state.block:
            self._fields["name"].text.value, self._fields["cidr"].text.value = state.own_name, state.block
        row = state.suggested if state.view == "suggestions" else None
        self._fields["suggested"].text.value = state.proposed_name
        self._accept.disabled = row is None
        self._accept_wider.layout.display = "" if row is not None and row["wider"] else "none"
        if row is not None:
            self._accept.description = f"Name {count_of(len(row['cidrs']), 'block')}"
            self._accept_wider.description = f"Name {visible(str(row['wider']))}"
            self._accept_wider.tooltip = f"It holds {row['wider_addresses']:,.0f} addresses: more than were seen"
        self._told.value = self._told_html()
        looks = bool(state.block if state.view == "blocks" else row is not None)
        self._tables["behind"].widget.layout.display = "" if looks else "none"
        if looks:
            self._tables["behind"].show(state.behind())

    def _told_html(self) -> str:
        row = self.state.suggested
        if self.state.scope.flows is None:
            return empty_html(_NO_FLOWS, "Read recordings in the tab Flows.")
        if row is None:
            return '<p class="nw-note">Select a suggestion to see the flows behind it, and to name its addresses.</p>'
        widened = " A source made its blocks wider than what was seen." if row["widened"] else ""
        said = f"{', '.join(row['cidrs'])}: called by {', '.join(row['callers'])}.{widened}"
        return f"<p>{html_text(said)}</p>"

    def _may_forget(self) -> None:
        rows = self._tables["providers"].selected
        imported = {one.provider for one in self.state.book.imported_ranges}
        self._forget.disabled = rows.empty or str(rows.iloc[0]["provider"]) not in imported

    def static_html(self) -> str:
        """Return what the view lists, and what is behind what is selected in it."""
        state = self.state
        parts = [self._says.value, f"<h4>{html_text(VIEWS[state.view])}</h4>", self._tables[state.view].static_html()]
        if state.block or state.suggestion:
            parts += ["<h4>Flows behind it</h4>", self._tables["behind"].static_html()]
        return "".join(parts)

    def close(self) -> None:
        """Take the panel out of the page, and free what it holds."""
        super().close()
        for parts in self._places.values():
            for part in parts:
                free(part)
        free(self._work.widget)


def _with_days(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in which what is of a day has no hour."""
    if "published" not in frame:
        return frame
    return frame.assign(published=frame["published"].dt.strftime("%Y-%m-%d"))


def _button(label: str, title: str, *, primary: bool = False) -> widgets.Button:
    return widgets.Button(
        description=label, tooltip=title, button_style="primary" if primary else "", layout=widgets.Layout(width="auto")
    )


def _pressed(action: Callable[[], object]) -> Callable[[Any], None]:
    def run(_button: object) -> None:
        action()

    return run
