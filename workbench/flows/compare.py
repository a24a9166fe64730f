"""What is allowed beside what was seen: used, never used, seen though not allowed, denied though allowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from workbench.connectivity.ends import addresses_named
from workbench.flows.frames import COMPARED
from workbench.policy.addresses import AddressSet
from workbench.policy.ports import PROTOCOLS, PortSet

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity
    from workbench.connectivity.query import Answer
    from workbench.flows.flows import Flows

__all__ = ["Comparison", "compare"]

ACTIVE: Final = "active"
UNUSED: Final = "allowed, never used"
NOT_ALLOWED: Final = "seen, not allowed"
DENIED: Final = "denied"
DENIED_THOUGH_ALLOWED: Final = "denied, though allowed"
UNKNOWN: Final = "unknown"
NOWHERE: Final = AddressSet()


class _End(NamedTuple):
    """A workload by its name; or addresses outside, whose name is empty."""

    name: str
    addresses: AddressSet

    @classmethod
    def of(cls, text: str) -> _End:
        """Return the end that is called `text`."""
        addresses = addresses_named(text)
        return cls(text, NOWHERE) if addresses is None else cls("", addresses)


class _Seen(NamedTuple):
    """The ports that were seen in use between two ends, and the addresses of the end that is outside."""

    ports: PortSet
    addresses: AddressSet


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is allowed beside what was seen; columns of all frames as in `frames.COMPARED`.

    Attributes
    ----------
    frame : DataFrame
        One row per edge that was seen, and per connection that is allowed and was never used.
    """

    frame: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return everything."""
        return self.frame

    @property
    def active(self) -> pd.DataFrame:
        """What is allowed and was seen."""
        return self._of(ACTIVE)

    @property
    def unused(self) -> pd.DataFrame:
        """What is allowed and was never seen: candidates for tighter policies."""
        return self._of(UNUSED)

    @property
    def not_allowed(self) -> pd.DataFrame:
        """What was seen to pass though these policies deny it; ``decided_by`` names those that do."""
        return self._of(NOT_ALLOWED)

    @property
    def denied(self) -> pd.DataFrame:
        """What was seen to be denied, as these policies say."""
        return self._of(DENIED)

    @property
    def denied_though_allowed(self) -> pd.DataFrame:
        """What was seen to be denied though these policies allow it."""
        return self._of(DENIED_THOUGH_ALLOWED)

    @property
    def unknown(self) -> pd.DataFrame:
        """What was seen between ends that are not known, or on no port that policies are about."""
        return self._of(UNKNOWN)

    def _of(self, status: str) -> pd.DataFrame:
        return self.frame[self.frame["status"] == status].reset_index(drop=True)


def compare(allowed: Connectivity, flows: Flows) -> Comparison:
    """Compare what a cluster's policies allow with what was seen.

    Parameters
    ----------
    allowed : Connectivity
    flows : Flows
        Attributed to the same cluster (`Flows.attributed`).

    Returns
    -------
    Comparison
    """
    seen: defaultdict[tuple[str, str], list[_Seen]] = defaultdict(list)
    rows = []
    for edge in flows.edges().to_dict("records"):
        row, used = _judged(allowed, edge)
        rows.append(row)
        if used is not None:
            ends = [_End.of(str(edge[end])) for end in ("src", "dst")]
            seen[ends[0].name, ends[1].name].append(_Seen(used, ends[0].addresses | ends[1].addresses))
    rows.extend(_never_used(allowed, seen))
    frame = pd.DataFrame(rows, columns=list(COMPARED)).astype(dict(COMPARED))
    return Comparison(frame.sort_values(["src", "dst", "ports", "status"], ignore_index=True))


def _judged(allowed: Connectivity, edge: Mapping[Any, Any]) -> tuple[dict[str, object], PortSet | None]:
    """Return the row of an edge that was seen, and the ports that are in use if it was seen to pass."""
    ports = _ports(edge)
    row: dict[str, object] = {
        "status": UNKNOWN,
        **{name: edge[name] for name in ("src", "dst", "flows", "flows_denied", "first_seen", "last_seen")},
        "ports": str(edge["protocol"]) if ports is None else str(ports),
        "decided_by": "",
        "reason": "",
    }
    passed, denied = edge["flows"] > edge["flows_denied"], edge["flows_denied"] > 0
    if ports is None:
        return row | {"reason": f"no policy is about {edge['protocol']} without a port"}, None
    try:
        answer = allowed.query(str(edge["src"]), str(edge["dst"]), int(edge["port"]), str(edge["protocol"]))
    except (LookupError, ValueError) as error:
        return row | {"reason": str(error.args[0])}, None
    row |= {"decided_by": ", ".join(_deciding(answer, ports))}
    if answer.allowed:
        row |= {"status": DENIED_THOUGH_ALLOWED if denied else ACTIVE}
    else:
        row |= {"status": NOT_ALLOWED if passed else DENIED}
    return row, ports if passed and answer.allowed else None


def _ports(edge: Mapping[Any, Any]) -> PortSet | None:
    if edge["protocol"] not in PROTOCOLS or pd.isna(edge["port"]) or not edge["port"]:
        return None
    return PortSet.of(str(edge["protocol"]), int(edge["port"]))


def _deciding(answer: Answer, ports: PortSet) -> Iterator[str]:
    """Yield the policies behind an answer: of a denial, those of the ends that deny."""
    found = dict.fromkeys(
        reason.ref
        for verdict in answer.verdicts
        if answer.allowed or ports - verdict.ports
        for reason in verdict.reasons
        if reason.ref
    )
    yield from found


def _never_used(allowed: Connectivity, seen: Mapping[tuple[str, str], list[_Seen]]) -> Iterator[dict[str, object]]:
    """Yield the rows of what is allowed and was not seen to be used.

    A range of addresses counts as used on a port if any of its addresses was seen there.
    """
    for connection in allowed.connections():
        src, dst = _End.of(connection.src.name), _End.of(connection.dst.name)
        outside = src.addresses | dst.addresses
        used = [one.ports for one in seen.get((src.name, dst.name), ()) if not outside or one.addresses & outside]
        left = connection.ports - PortSet.union_of(used)
        if left:
            yield {
                "status": UNUSED,
                "src": connection.src.name,
                "dst": connection.dst.name,
                "ports": str(left),
                "flows": 0,
                "flows_denied": 0,
                "first_seen": None,
                "last_seen": None,
                "decided_by": "",
                "reason": "some of its ports are used" if used else "",
            }
