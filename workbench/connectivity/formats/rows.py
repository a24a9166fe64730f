"""What several formats print of an answer: headings, and its parts as texts; names as they were read."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from workbench.ground import visible
from workbench.inventory import NetworkKind
from workbench.policy import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Headings
    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges
    from workbench.connectivity.exposure.answer import Exposure, ExposureLine
    from workbench.connectivity.focus import Focus
    from workbench.connectivity.networks import Networks
    from workbench.ground import PortSet
    from workbench.inventory import Network

__all__ = [
    "DIRECTIONS",
    "NetworkRow",
    "PortTexts",
    "Row",
    "diff_rows",
    "diff_table",
    "exposure_tables",
    "exposure_title",
    "focus_title",
    "is_silent",
    "map_rows",
    "map_table",
    "network_rows",
    "network_table",
    "network_title",
    "section_title",
    "with_notes",
]

TextTable: TypeAlias = "tuple[tuple[str, ...], Iterable[Sequence[str]]]"
"""The names of columns, and rows."""
DIRECTIONS = (Direction.EGRESS, Direction.INGRESS)
"""In the order in which exposures are written."""


class PortTexts(dict["PortSet", str]):
    """Gives the text of a port set, and remembers it: a large map has few different ones."""

    def __missing__(self, ports: PortSet) -> str:
        return self.setdefault(ports, str(ports))


def focus_title(answer: ConnectivityLike | Networks) -> str:
    """Return the ports that all of a map, or of several, is about, such as ``TCP 80``; empty where it is about all.

    Where it is not, the columns and labels that would repeat them fall away (formats 1).
    """
    scope: Focus | None = getattr(answer, "scope", None)
    return str(scope.ports) if scope is not None and scope.one_connection else ""


def with_notes(text: str, answer: object) -> str:
    """Return an answer's text, and below it what none of its lines says."""
    notes: tuple[str, ...] = getattr(answer, "notes", ())
    blank = "\n" if text and notes else ""
    return "".join((text, blank, *(f"Note: {visible(note)}\n" for note in notes)))


# --- maps -------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """One connection as text."""

    src: str
    dst: str
    conn: str


def map_rows(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> Iterator[Row]:
    """Yield the connections as texts, in the order of the map."""
    texts = PortTexts()
    for src, dst, ports in connectivity.connections(ip_ranges):
        yield Row(src.name, dst.name, texts[ports])


def map_table(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> TextTable:
    """Return a map as a table, without ``conn`` where `focus_title` says it."""
    rows = map_rows(connectivity, ip_ranges)
    if focus_title(connectivity):
        return Row._fields[:2], (row[:2] for row in rows)
    return Row._fields, rows


# --- several networks ---------------------------------------------------------------------------------------


class NetworkRow(NamedTuple):
    """One connection on a network as text."""

    src: str
    dst: str
    conn: str
    network: str


def network_rows(networks: Networks, ip_ranges: IpRanges) -> dict[Network, list[NetworkRow]]:
    """Return the connections of each network as texts, sorted."""
    from workbench.connectivity.cross_network import name_on  # noqa: PLC0415  (brings numpy)

    texts = PortTexts()
    return {
        network: sorted(
            (
                NetworkRow(name_on(src, network), name_on(dst, network), texts[ports], network.name)
                for src, dst, ports in found
            ),
            key=_ORDER,
        )
        for network, found in networks.connections(ip_ranges).items()
    }


def network_table(networks: Networks, ip_ranges: IpRanges) -> TextTable:
    """Return the maps of several networks as one table, without ``conn`` where `focus_title` says it."""
    rows = sorted((row for found in network_rows(networks, ip_ranges).values() for row in found), key=_ORDER)
    if focus_title(networks):
        return ("src", "dst", "network"), ((src, dst, network) for src, dst, _, network in rows)
    return NetworkRow._fields, rows


_ORDER = attrgetter("src", "dst", "network")


def network_title(network: Network) -> str:
    """Return what a network is called in headings: ``pod-network``, ``primary UDN green``."""
    if network.kind is NetworkKind.POD_NETWORK:
        return network.name
    return f"{'primary' if network.primary else 'secondary'} {network.kind} {network.name}"


# --- differences ------------------------------------------------------------------------------------------


class DiffRow(NamedTuple):
    """One change as text."""

    kind: str
    src: str
    dst: str
    before: str
    after: str
    workloads: str


def is_silent(diff: ConnectivityDiff) -> bool:
    """Tell whether a format writes nothing at all, as netpol-analyzer in every format where nothing differs."""
    return not len(diff) and diff.wording == "reference"


def diff_rows(diff: ConnectivityDiff) -> Iterator[DiffRow]:
    """Yield the changes as texts, in the order in which they are listed."""
    texts = PortTexts()
    for change in diff:
        yield DiffRow(
            change.kind.value,
            change.src.name,
            change.dst.name,
            texts[change.before],
            texts[change.after],
            change.workloads_text,
        )


def diff_table(diff: ConnectivityDiff, headings: Headings) -> TextTable:
    """Return the changes as a table."""
    return ("diff-type", "source", "destination", *headings, "workloads-diff-info"), diff_rows(diff)


# --- exposures --------------------------------------------------------------------------------------------


def exposure_title(exposure: Exposure) -> str:
    """Return the heading of the whole, which names the ports where all lines are about the same."""
    focus = focus_title(exposure.connectivity)
    return f"Exposure Analysis Result{focus and f' On {focus}'}:"


def section_title(direction: Direction) -> str:
    """Return the heading of one direction."""
    return f"{direction.capitalize()} Exposure:"


def exposure_tables(exposure: Exposure) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Yield the heading of each direction, the columns of its table and their rows, of which there may be none.

    The workload comes first; ``conn`` is left out where the title says it, ``reasons`` where they were not asked for.
    """
    says_conn = not focus_title(exposure.connectivity)
    more = (*(("conn",) if says_conn else ()), *(("reasons",) if exposure.explained else ()))
    for direction in DIRECTIONS:
        ends = ("src", "dst") if direction is Direction.EGRESS else ("dst", "src")
        rows = [
            (
                line.workload.name,
                line.other.name,
                *((line.conn,) if says_conn else ()),
                *((_reasons_text(line),) if exposure.explained else ()),
            )
            for line in exposure.of(direction)
        ]
        yield section_title(direction), (*ends, *more), rows


def _reasons_text(line: ExposureLine) -> str:
    """Return what decides about a line, in words: what it opens, and what it does not."""
    return "; ".join(f"{'' if allowed else 'not '}{ports}: {text}" for allowed, ports, text, _ in line.reasons())
