"""The answer to "what is it exposed to": one line for everything that may reach a workload, or be reached by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from workbench.connectivity.decisions import Decision, Part
from workbench.connectivity.edges import ConnectivityLike
from workbench.connectivity.engine import Peer, Wording
from workbench.connectivity.exposure.representatives import ENTIRE_CLUSTER, Representative
from workbench.connectivity.frames import EXPOSURES
from workbench.ground import (
    EXTERNAL,
    FEW_ROWS,
    PROTOCOLS,
    FirstRows,
    PortSet,
    Problem,
    Result,
    count_of,
    first_rows,
    ports_text,
    visible,
)
from workbench.policy import Direction, NamedPort

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity.engine import IpRanges

__all__ = ["Exposure", "ExposureLine"]


class ExposedMap(ConnectivityLike, Protocol):
    """The map that is printed beside an exposure."""

    @property
    def wording(self) -> Wording:
        """What ends are called, as `Semantics` has it."""
        ...

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class ExposureLine:
    """One line of an exposure: to whom a workload is open in one direction, and on which ports.

    Attributes
    ----------
    direction : Direction
    workload : Peer
    other : Peer or Representative
        Addresses outside, or all pods that meet selectors, also those that are deployed later.
    ports : PortSet
        Empty if these are denied what all other pods of the cluster may do.
    named : tuple of (NamedPort, Decision)
        Ports that egress rules give by a name, which only the destination will resolve.
    """

    direction: Direction
    workload: Peer
    other: Peer | Representative
    ports: PortSet
    named: tuple[tuple[NamedPort, Decision], ...]
    evaluate: Callable[[], tuple[Part, ...]]
    """Returns all ports, divided by what decides about them."""
    wording: Wording = "people"

    def __repr__(self) -> str:
        """Return the line as the text has it."""
        src, dst = map(visible, self.ends)
        return f"ExposureLine({src} => {dst} : {self.conn})"

    @property
    def conn(self) -> str:
        """The ports as text; named ports follow the numbers of their protocol: ``TCP 80,http``."""
        return ",".join(self.parts) if self.named else str(self.ports)

    @property
    def parts(self) -> tuple[str, ...]:
        """The ports of each protocol, named ones among them, as text."""
        names = {(port.protocol, port.name) for port, _ in self.named}
        numbers = self.ports.by_protocol()
        texts = []
        for protocol in PROTOCOLS:
            listed = [ports_text(numbers[protocol])] if protocol in numbers else []
            listed.extend(sorted(name for of, name in names if of == protocol))
            if listed:
                texts.append(f"{protocol} {','.join(listed)}")
        # The reference writes an empty protocol before such a name.
        word = "" if self.wording == "reference" else "named"
        texts.extend(f"{word} {name}" for name in sorted(name for of, name in names if of is None))
        return tuple(texts)

    @property
    def representative(self) -> Representative | None:
        """The representative pods; None if the line is about addresses."""
        return None if isinstance(self.other, Peer) else self.other

    @property
    def ends(self) -> tuple[str, str]:
        """The names of source and destination."""
        names = (self.workload.name, self.other.name)
        return names if self.direction is Direction.EGRESS else (names[1], names[0])

    def reasons(self) -> Iterator[tuple[bool, str, str, Decision]]:
        """Yield each decision: whether the ports are allowed, which ports, what decides in words, and the decision."""
        other = self.other if isinstance(self.other, Peer) else Peer(self.other.name, "", "", "")
        src, dst = (self.workload, other) if self.direction is Direction.EGRESS else (other, self.workload)
        for ports, ruling in self.evaluate():
            for decision in ruling.listed:
                yield ruling.allowed, str(ports), decision.text(self.direction, src, dst), decision
        for port, decision in self.named:
            yield (
                True,
                f"{port.protocol or 'named'} {port.name}",
                decision.text(self.direction, src, dst),
                decision,
            )


@dataclass(frozen=True, eq=False, repr=False)
class Exposure(Result):
    """What workloads are exposed to beyond the pods that were read. Made by `Connectivity.exposure`.

    Attributes
    ----------
    connectivity : ExposedMap
        The map that the formats print beside it.
    lines : tuple of ExposureLine
        Egress, then ingress; each sorted by workload and other end.
    unprotected : tuple of (Peer, Direction)
        Workloads and their directions that no policy selects.
    ip_ranges : {"merged", "split"}
    explained : bool
        Whether the formats say of each line which policies and rules open it.
    """

    _written_as = "exposure"
    _columns = ("workload", "direction", "peer", "ports", "protected", "reasons")
    connectivity: ExposedMap
    lines: tuple[ExposureLine, ...]
    unprotected: tuple[tuple[Peer, Direction], ...]
    ip_ranges: IpRanges = "merged"
    explained: bool = False

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input of the map."""
        return self.connectivity.problems_found

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[ExposureLine]:
        return iter(self.lines)

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self), "line")
        for direction in Direction:
            count = sum(found is direction for _, found in self.unprotected)
            yield f"{direction.value} of {count_of(count, 'workload')} unprotected"

    def _first_rows(self) -> FirstRows:
        few = replace(self, lines=self.lines[:FEW_ROWS])
        return first_rows(few.to_frame(), self._columns, noun="line", counted=(len(few), len(self)))

    def __str__(self) -> str:
        return self.render()

    def of(self, direction: Direction) -> list[ExposureLine]:
        """Return the lines of one direction."""
        return [line for line in self.lines if line.direction is direction]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each line, with its reasons; columns as in `frames.EXPOSURES`."""
        return EXPOSURES.from_rows(map(self._row, self.lines))

    def _row(self, line: ExposureLine) -> tuple[Any, ...]:
        return (
            line.workload.name,
            line.direction.value,
            line.other.name,
            _kind(line.other),
            line.conn,
            line.ports.intervals,
            tuple(sorted({port.name for port, _ in line.named})),
            (line.workload, line.direction) not in self.unprotected,
            tuple(f"{ports}: {text}" for allowed, ports, text, _ in line.reasons() if allowed),
        )


def _kind(other: Peer | Representative) -> str:
    if isinstance(other, Peer):
        return EXTERNAL
    return "Cluster" if other == ENTIRE_CLUSTER else "Pods"
