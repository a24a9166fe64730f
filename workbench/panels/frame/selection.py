"""What a person has chosen, shared by all panels of one scope: choose something in one, and the others follow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from traitlets import Any as AnyValue
from traitlets import Instance, TraitError, Tuple, Unicode, validate

from workbench.ground import parse_block
from workbench.panels.frame.traits import Names, StrictTraits

__all__ = ["Edge", "Selection", "Window"]

Edge = tuple[str, str]
"""Source and destination, by the names that connectivity has for them."""
Window = tuple[datetime | None, datetime | None]
"""From the first moment on, and before the second; None for no limit."""


class Selection(StrictTraits):
    """What is looked at. Any number of panels observe it; it knows none of them.

    Parameters
    ----------
    **traits
        The initial value of any of its attributes.

    Attributes
    ----------
    workloads : tuple of str
        Workloads and other ends, by the names that connectivity has for them: ``shop/web[Deployment]``.
    edge : (str, str) or None
        Source and destination of one connection, or of a pair that has none.
    address : str
        An address or a block of addresses, such as ``203.0.113.0/24``; empty for none.
    namespaces : tuple of str
        Namespaces to keep to; all where it is empty.
    window : (datetime or None, datetime or None)
        The time to keep to: from the first moment on, and before the second. Without a zone they are UTC.
    proposal : Proposal or None
        Policies that are proposed, to be looked at.
    draft : ChangeDraft or None
        A change that is handed on, to be tried: the panel that tries changes takes it, and leaves None.
    tabs : tuple of str
        Names of the tabs that panels stand in; none where they stand alone.
    tab : str
        Name of the tab that is shown; empty where they stand alone.
    """

    workloads = Names()
    edge = Instance(tuple, allow_none=True)
    address = Unicode()
    namespaces = Names()
    proposal = AnyValue(None, allow_none=True)
    draft = AnyValue(None, allow_none=True)
    tabs = Names()
    tab = Unicode()
    window = Tuple(Instance(datetime, allow_none=True), Instance(datetime, allow_none=True), default_value=(None, None))

    @validate("edge")
    def _two_ends(self, proposal: dict[str, Any]) -> Edge | None:
        edge = proposal["value"]
        if edge is not None and (len(edge) != len(("src", "dst")) or not all(isinstance(end, str) for end in edge)):
            message = f"edge is a source and a destination, two names, not {edge!r}"
            raise TraitError(message)
        return edge  # type: ignore[no-any-return]

    @validate("address")
    def _readable(self, proposal: dict[str, Any]) -> str:
        text: str = proposal["value"].strip()
        if text and parse_block(text) is None:
            message = f"{text!r} is neither an address nor a block of addresses, such as 203.0.113.0/24"
            raise TraitError(message)
        return text

    @validate("tab")
    def _there(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        if name and name not in self.tabs:
            message = f"there is no tab {name!r}; there are {', '.join(self.tabs) or 'no tabs'}"
            raise TraitError(message)
        return name

    @validate("window")
    def _in_order(self, proposal: dict[str, Any]) -> Window:
        start, end = (None if each is None else _in_utc(each) for each in proposal["value"])
        if start is not None and end is not None and start >= end:
            message = f"the start of the time window ({start}) is not before its end ({end}); exchange the two"
            raise TraitError(message)
        return start, end

    def select_workload(self, *names: str) -> None:
        """Look at these ends, and no longer at a connection or an address.

        Parameters
        ----------
        *names : str
        """
        with self.hold_trait_notifications():
            self.edge, self.address, self.workloads = None, "", names

    def select_edge(self, src: str, dst: str) -> None:
        """Look at what goes from `src` to `dst`, whether or not anything is allowed.

        Parameters
        ----------
        src, dst : str
        """
        with self.hold_trait_notifications():
            self.workloads, self.address, self.edge = (), "", (src, dst)

    def select_address(self, address: str) -> None:
        """Look at an address or a block, and no longer at a connection or a workload.

        Parameters
        ----------
        address : str
        """
        with self.hold_trait_notifications():
            self.workloads, self.edge, self.address = (), None, address

    def take_over(self, earlier: Selection) -> None:
        """Look at what was looked at before.

        Parameters
        ----------
        earlier : Selection
        """
        with self.hold_trait_notifications():
            for name in ("workloads", "edge", "address", "namespaces", "window"):
                self.set_trait(name, getattr(earlier, name))

    def clear(self) -> None:
        """Look at nothing in particular; namespaces and time stay as they are."""
        with self.hold_trait_notifications():
            self.workloads, self.edge, self.address = (), None, ""


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
