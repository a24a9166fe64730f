"""The answer to a question that is true or false, with connections that show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from workbench.connectivity.frames import WITNESSES
from workbench.ground import FEW_ROWS, FirstRows, PortSet, Result, first_rows, visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Statement", "Witness", "one_port"]

_SHOWN = 10
"""So many witnesses are listed in a text."""


class Witness(NamedTuple):
    """One pair of ends that shows that something is so.

    Attributes
    ----------
    src, dst : str
        Names as the map prints them; twice the same for the pods of one workload among themselves.
    first, second : PortSet
        What the first and the second input allow.
    ports : PortSet
        What is shown; never empty, but where one of the inputs lacks the workload `src`.
    """

    src: str
    dst: str
    first: PortSet
    second: PortSet
    ports: PortSet

    @property
    def port(self) -> tuple[str, int] | None:
        """One protocol and port of `ports`, the lowest."""
        return one_port(self.ports)

    def __str__(self) -> str:
        if not self.ports:
            return f"{visible(self.src)} exists only on one side"
        ends = f"{visible(self.src)} => {visible(self.dst)}"
        return f"{ends} : {self.ports} (first: {self.first}; second: {self.second})"


@dataclass(frozen=True, slots=True, repr=False)
class Statement(Result):
    """Something about one or two clusters that holds or does not. True in conditions where it holds.

    Attributes
    ----------
    question : str
        Name of the question, such as ``equivalent``.
    holds : bool
    witnesses : tuple of Witness
        Connections that show it, sorted by the names of source and destination. Where there are
        very many, the first of them.
    count : int
        Number of all such connections.
    """

    _columns = ("src", "dst", "ports", "first", "second")
    question: str
    holds: bool
    witnesses: tuple[Witness, ...] = ()
    count: int = 0
    origins: tuple[Result, ...] = field(default=(), compare=False)

    def __bool__(self) -> bool:
        return self.holds

    def _facts(self) -> Iterable[str]:
        yield f"{self.question}: {'yes' if self.holds else 'no'}"
        yield f"{self.count:,} {'witness' if self.count == 1 else 'witnesses'}"

    def _first_rows(self) -> FirstRows:
        few = replace(self, witnesses=self.witnesses[:FEW_ROWS])
        return first_rows(few.to_frame(), self._columns, noun="connection", counted=(len(few.witnesses), self.count))

    def __str__(self) -> str:
        lines = [f"{self.question}: {'yes' if self.holds else 'no'}"]
        lines += [f"  - {witness}" for witness in self.witnesses[:_SHOWN]]
        if self.count > _SHOWN:
            lines.append(f"  … and {self.count - _SHOWN} more")
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per witness; columns as in `frames.WITNESSES`."""
        return WITNESSES.from_rows(
            (
                witness.src,
                witness.dst,
                *(witness.port or ("", None)),
                str(witness.ports),
                str(witness.first),
                str(witness.second),
            )
            for witness in self.witnesses
        )


def one_port(ports: PortSet) -> tuple[str, int] | None:
    """Return the lowest protocol and port of a set; None for the empty set."""
    return next(((protocol, first) for protocol, first, _ in ports.intervals), None)
