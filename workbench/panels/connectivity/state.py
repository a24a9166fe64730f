"""Questions about what is allowed, and their answers, without widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyValue
from traitlets import Enum, TraitError, Unicode, validate

from workbench.ground import ArgumentError
from workbench.panels.frame import PanelState

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity import Answer

__all__ = ["PROTOCOLS", "QUESTIONS", "ConnectivityState"]

QUESTIONS = {
    "pair": "Is it allowed?",
    "reach": "What does it reach?",
    "exposure": "What is exposed?",
}
"""What can be asked, with the words for people."""
PROTOCOLS = ("TCP", "UDP", "SCTP")
HIGHEST_PORT = 65_535


class ConnectivityState(PanelState):
    """What is asked about a cluster, and the answer.

    Attributes
    ----------
    question : str
        One of `QUESTIONS`.
    src, dst : str
        Who would send, and who would receive: workloads, Services or addresses, as `Connectivity.query` takes them.
    port : str
        A number or a name, with its protocol before it where that is not TCP: ``5432``, ``UDP 53``, ``http``; empty
        for any port.
    answer : Answer or None
        Of the last question about a pair.
    rows : DataFrame or None
        Of the last question of another kind; for a pair, the steps by which it is reached where not directly.
    """

    question = Enum(list(QUESTIONS), default_value="pair")
    src = Unicode()
    dst = Unicode()
    port = Unicode()
    answer = AnyValue(None, allow_none=True)
    rows = AnyValue(None, allow_none=True)
    remembered = ("question", "src", "dst", "port")

    @validate("port")
    def _readable(self, proposal: dict[str, Any]) -> str:
        text: str = " ".join(proposal["value"].split())
        protocol, _, port = text.rpartition(" ")
        if protocol and protocol.upper() not in PROTOCOLS:
            message = f"{protocol!r} is not a protocol; there are {', '.join(PROTOCOLS)}"
            raise TraitError(message)
        if port.isdecimal() and not 1 <= int(port) <= HIGHEST_PORT:
            message = f"{port} is not a port; ports are 1 to {HIGHEST_PORT}"
            raise TraitError(message)
        return f"{protocol.upper()} {port}".strip()

    @property
    def port_and_protocol(self) -> tuple[int | str | None, str]:
        """The port, None for any, and its protocol."""
        protocol, _, port = self.port.rpartition(" ")
        if port.upper() in PROTOCOLS:
            protocol, port = port.upper(), ""
        return (int(port) if port.isdecimal() else port or None), protocol or "TCP"

    @property
    def ends(self) -> tuple[str, ...]:
        """The names of what can be asked about."""
        return tuple(peer.name for peer in self.scope.connectivity.workloads_named())

    def ask(self) -> None:
        """Answer the question; a pair that is asked about is selected in all panels.

        Raises
        ------
        WorkbenchError
            If it says too little, or names what is not there.
        """
        self.put(self.answered())

    def answered(self) -> tuple[Answer | None, pd.DataFrame | None]:
        """Return the answer to the question; nothing of the state changes, so that it may be done in a thread.

        Raises
        ------
        WorkbenchError
            If it says too little, or names what is not there.
        """
        conn = self.scope.connectivity
        if self.question == "exposure":
            return None, conn.exposure().to_frame()
        port, protocol = self.port_and_protocol
        if not self.src.strip():
            message = "it is not said who would send"
            raise ArgumentError(message, "name a workload, such as shop/web, or an address")
        if self.question == "reach":
            return None, conn.reach(self.src.strip(), port=port, protocol=protocol)
        if not self.dst.strip():
            message = "it is not said who would receive"
            raise ArgumentError(message, "name a workload, such as shop/web, a Service, or an address")
        answer = conn.query(self.src.strip(), self.dst.strip(), port=port, protocol=protocol)
        return answer, None if answer.verdict == "allowed" else self._detour(answer)

    def _detour(self, answer: Answer) -> pd.DataFrame | None:
        """Return the steps of a way over others; None where there is none, or where it cannot be asked for."""
        if answer.dst not in self.ends or answer.src not in self.ends:
            return None
        port, protocol = self.port_and_protocol
        steps = self.scope.connectivity.paths(answer.src, answer.dst, port=port, protocol=protocol)
        return steps if len(steps) > 1 else None

    def put(self, answered: tuple[Answer | None, pd.DataFrame | None]) -> None:
        """Take an answer over.

        Parameters
        ----------
        answered : (Answer or None, DataFrame or None)
            What `answered` returned.
        """
        with self.hold_trait_notifications():
            self.answer, self.rows = answered
        answer = answered[0]
        if answer is not None and not answer.service and self.selection.edge != (answer.src, answer.dst):
            self.selection.select_edge(answer.src, answer.dst)

    def follow_selection(self) -> None:
        """Ask about what is selected elsewhere."""
        selection = self.selection
        known = self.answer is not None and selection.edge == (self.answer.src, self.answer.dst)
        if selection.edge is not None and not known:
            self.src, self.dst = selection.edge
            self.question = "pair"
            self.ask()
        elif selection.workloads:
            self.src = selection.workloads[0]
        elif selection.address:
            self.src = selection.address

    def swap(self) -> None:
        """Ask the other way round."""
        with self.hold_trait_notifications():
            self.src, self.dst = self.dst, self.src
