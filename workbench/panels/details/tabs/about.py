"""The tab Details: what it is that is selected, and the ways to what belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import ipywidgets as widgets
import pandas as pd

from workbench.ground import count_of, first_of, html_text
from workbench.panels.details.about import (
    controller_html,
    namespace_html,
    node_html,
    service_html,
    workload_html,
)
from workbench.panels.details.addresses import Known, known_of, seen_as
from workbench.panels.details.going import Going
from workbench.panels.details.pieces import breakable, heading, items, note, tip
from workbench.panels.details.policies import isolation_of
from workbench.panels.details.registry import register_details
from workbench.panels.details.subject import NODE, SERVICE, SubjectKind
from workbench.panels.details.tab import TabPanel, TabState
from workbench.panels.details.tabs.flows import not_listed_html
from workbench.panels.frame import PanelTable, cell_text

__all__ = ["AboutTab", "AboutTabState"]

MOST_ADDRESSES: Final = 20
"""Addresses that are listed with their icons; the table has all of them."""
_LISTS: Final = {
    "workload": ("workload", "kind", "isolated", "policies", "ports"),
    "address": ("address", "names", "known_as", "named", "talks_to", "flows", "last_seen"),
}
_TITLES: Final = {"last_seen": "last seen", "talks_to": "with", "known_as": "known as", "named": "address book"}
_OF_ADDRESSES: Final = frozenset({SubjectKind.ADDRESS, SubjectKind.SEEN})


class AboutTabState(TabState):
    """What it is that is selected.

    Parameters
    ----------
    details : DetailsState
    **traits
        The initial value of any trait.
    """

    @property
    def html(self) -> str:
        """What is known of it."""
        return self.details.once("about", self._html)

    def _html(self) -> str:  # noqa: PLR0911  (each kind has its own)
        subject, details = self.subject, self.details
        match subject.kind:
            case SubjectKind.NOTHING | SubjectKind.UNKNOWN:
                return not_listed_html(subject)
            case SubjectKind.WORKLOAD:
                return workload_html(details, details.workloads[subject.name])
            case SubjectKind.NAMESPACES:
                return "".join(namespace_html(details, name) for name in subject.names)
            case SubjectKind.NODE:
                return node_html(details, subject.name.removesuffix(NODE))
            case SubjectKind.SERVICE:
                return service_html(details, subject.name.removesuffix(SERVICE))
            case SubjectKind.CONTROLLER:
                return controller_html(details)
            case SubjectKind.EDGE:
                return self._edge_html()
            case SubjectKind.WORKLOADS:
                return note(f"{count_of(len(subject.names), 'workload')}: choose one to see what it is.")
        return self._addresses_html()

    def _edge_html(self) -> str:
        rows = self.details.traffic
        seen = rows[rows["flows"] > 0]
        flows, denied = int(seen["flows"].sum()), int(seen["flows_denied"].sum())
        last = cell_text(seen["last_seen"].max()) if len(seen) else ""
        when = f", last seen {last} UTC" if last else ""
        said = f"{count_of(flows, 'flow')} seen, {denied:,} of them denied{when}" if flows else "not seen"
        ends = [
            f"<b>{html_text(side)}</b> {breakable(name)}"
            for side, name in zip(("source", "destination"), self.subject.names, strict=True)
        ]
        allowed = sorted({str(ports) for ports in rows.loc[rows["status"].isin(("unused", "active")), "ports"]})
        ports = first_of(allowed, 10) if allowed else "nothing"
        return f"{items(ends)}<p>{html_text(said)}.</p><p>Allowed: {html_text(ports)}. The tab Why says why.</p>"

    def _addresses_html(self) -> str:
        frame, known = self.frame, self.known
        parts = [self._own_pod_html()]
        if frame.empty:
            parts.append(note("No flow had one of these addresses at an end. What policies allow is in the tab Flows."))
        shown = frame.head(MOST_ADDRESSES)
        cells = zip(map(str, shown["address"]), shown["talks_to"], strict=True)
        entries = [
            f"{breakable(address)} {tip(known.get(address, Known()).lines(address))} "
            f'<span class="nw-note">with {breakable(first_of(peers))}</span>'
            for address, peers in cells
        ]
        if entries:
            parts.append(heading(f"Seen ({len(frame):,})"))
            parts.append(items(entries, most=MOST_ADDRESSES))
        rest = len(frame) - len(shown)
        if rest > 0:
            parts.append(note(f"and {rest:,} more, in the table below"))
        return "".join(parts)

    def _own_pod_html(self) -> str:
        name = self.subject.name
        if not self.scope.connectivity.knows(name):
            return note(f"{name}: {self._why_seen()}.") if self.subject.kind is SubjectKind.SEEN else ""
        whose = [peer.name for peer in self.scope.connectivity.workloads_named(name)]
        return note(f"{name} is an address of a pod of {first_of(whose)}.")

    def _why_seen(self) -> str:
        """Return why flows have a name that nothing in the cluster has."""
        book = self.scope.readable_book
        blocks = book.blocks_called(self.subject.name) if book else ()
        if blocks:
            return f"a name in the address book, of {count_of(len(blocks), 'block')}: {first_of(blocks)}"
        return "seen in flows; nothing in the cluster has this name"

    # --- lists ------------------------------------------------------------------------------------------------

    @property
    def noun(self) -> str:
        """What is listed: ``workload`` or ``address``; empty where nothing is."""
        if self.subject.kind in {SubjectKind.NAMESPACES, SubjectKind.WORKLOADS}:
            return "workload"
        return "address" if self.subject.kind in _OF_ADDRESSES else ""

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each workload, or address, that belongs to what is selected."""
        made = {"workload": self._workloads, "address": self._addresses}
        noun = self.noun
        return self.details.once("about frame", made[noun] if noun else pd.DataFrame)

    def _workloads(self) -> pd.DataFrame:
        rows = []
        for name in self.details.ends:
            workload = self.details.workloads.get(name)
            policies = self.scope.connectivity.policies_of(name)
            ports = () if workload is None else workload.shapes[0].ports if workload.shapes else ()
            rows.append(
                {
                    "workload": name,
                    "kind": "not in the cluster" if workload is None else workload.kind,
                    "isolated": "" if workload is None else isolation_of(policies).badge,
                    "policies": len(policies),
                    "ports": tuple(dict.fromkeys(f"{port.protocol} {port.port}" for port in ports)),
                }
            )
        return pd.DataFrame(rows, columns=list(_LISTS["workload"]))

    @property
    def known(self) -> Mapping[str, Known]:
        """What is known of the addresses that are listed."""
        return self.details.once("known", lambda: self._known(self.frame["address"]))

    def _known(self, addresses: Iterable[str]) -> Mapping[str, Known]:
        return known_of(self.details.flows, addresses, self.scope.readable_book, self.details.today)

    def _addresses(self) -> pd.DataFrame:
        seen = seen_as(self.details.flows, self.subject.name)
        own = seen["address"]
        known = self._known(own.unique())
        found = [
            {
                "address": str(name),
                "names": known.get(str(name), Known()).domains,
                "known_as": known.get(str(name), Known()).labels,
                "named": known.get(str(name), Known()).named,
                "talks_to": tuple(sorted(map(str, part["peer"].unique()))),
                "flows": int(part["flows"].sum()),
                "last_seen": part["last_seen"].max(),
            }
            for name, part in seen.groupby(own, sort=True)
        ]
        return pd.DataFrame(found, columns=list(_LISTS["address"]))

    def ways(self) -> list[tuple[str, str]]:
        """Return the names of what may be selected from here: what is listed, and whose pods it is."""
        if self.noun:
            names = [*self.frame.iloc[:, 0]]
            if self.scope.connectivity.knows(self.subject.name):
                names.extend(peer.name for peer in self.scope.connectivity.workloads_named(self.subject.name))
        else:
            names = list(self.subject.edge or ())
        return [(name, name) for name in dict.fromkeys(map(str, names)) if name != self.subject.name]


@register_details("about", title="Details", order=40)
class AboutTab(TabPanel[AboutTabState]):
    """What it is that is selected."""

    title = "Details"
    states = AboutTabState

    def build(self) -> Sequence[widgets.Widget]:
        """Return what is known, what is listed, and ways there."""
        self._html = widgets.HTML()
        self._tables = {
            noun: PanelTable(noun, name=f"{noun}s", columns=names, titles=_TITLES, empty=f"No {noun} is known.")
            for noun, names in _LISTS.items()
        }
        self._going = Going("Go to", self.state.details.go)
        self._going.button.on_click(self.guarded(self._going.pressed))
        for table in self._tables.values():
            table.on_select(self.guarded(self._selected))
        return self._html, self._going.widget, *(table.widget for table in self._tables.values())

    def _selected(self, rows: pd.DataFrame) -> None:
        if len(rows) and str(rows.iloc[0, 0]) != self.state.subject.name:
            self.state.details.go(str(rows.iloc[0, 0]))

    def refresh(self) -> None:
        """Show what is selected now."""
        self._html.value = self.state.html
        self._going.show(self.state.ways())
        for noun, table in self._tables.items():
            shown = noun == self.state.noun
            table.widget.layout.display = "" if shown else "none"
            if shown:
                table.show(self.state.frame)

    def static_html(self) -> str:
        """Return what is known, and the first rows of what is listed."""
        if not self.state.noun:
            return self.state.html
        table = self._tables[self.state.noun]
        return f"{self.state.html}{table.static_html(self.state.frame)}"
