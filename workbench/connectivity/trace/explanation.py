"""Why may these ends talk, and why may those not: every decision between them, pair by pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from workbench.connectivity.decisions import PairPart
from workbench.connectivity.engine import INGRESS_CONTROLLER, Peer, Wording
from workbench.connectivity.frames import EXPLANATIONS, rule_cells
from workbench.ground import FirstRows, Result, count_of, first_rows, one_line
from workbench.inventory import Network
from workbench.manifests import field_path
from workbench.policy import Direction

if TYPE_CHECKING:
    import pandas as pd

_FEW_PAIRS = 3
"""So many pairs are shown in a notebook: each has several rows."""

__all__ = ["ExplainOnly", "Explanation", "PairExplanation", "only_those"]

ExplainOnly: TypeAlias = Literal["allow", "deny"]


class PairExplanation(NamedTuple):
    """What decides about each port from `src` to `dst`; the parts are disjoint.

    `network` is given where networks are distinguished (semantics 17).
    """

    src: Peer
    dst: Peer
    parts: tuple[PairPart, ...]
    network: Network | None = None

    def __repr__(self) -> str:
        """Return the ends, and into how many parts their ports fall."""
        return one_line(f"PairExplanation({self.src.name} => {self.dst.name}, {count_of(len(self.parts), 'part')})")


def only_those(
    pairs: Iterable[PairExplanation], wanted: ExplainOnly, wording: Wording, *, one_connection: bool
) -> tuple[PairExplanation, ...]:
    """Return what pairs say of what is allowed, or of what is denied.

    For netpol-analyzer, a pair is a whole: one of which something is allowed is allowed. What comes from the
    ingress controller is listed, whatever is wanted, unless the question is about one connection.
    """
    allowed = wanted == "allow"
    if wording == "reference":
        return tuple(
            pair
            for pair in pairs
            if any(part.allowed for part in pair.parts) is allowed
            or (pair.src == INGRESS_CONTROLLER and not one_connection)
        )
    kept = (pair._replace(parts=tuple(part for part in pair.parts if part.allowed is allowed)) for pair in pairs)
    return tuple(pair for pair in kept if pair.parts)


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Result):
    """Why pairs of ends may talk, or may not. Made by `Connectivity.explain`.

    Attributes
    ----------
    pairs : tuple of PairExplanation
        Sorted by the names of source and destination.
    only : {"allow", "deny"} or None
        Whether it is only about what is allowed, or only about what is denied.
    apart : bool
        Whether there are further pairs, of different networks, that cannot talk and are not listed.
    wording : {"people", "reference"}
        As `Semantics` has it: in which order the text gives the decisions of one side.
    """

    _written_as = "explanation"
    _columns = ("src", "dst", "ports", "verdict", "direction", "reason")
    pairs: tuple[PairExplanation, ...]
    only: ExplainOnly | None = None
    apart: bool = False
    wording: Wording = "people"
    origins: tuple[Result, ...] = ()

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[PairExplanation]:
        return iter(self.pairs)

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self), "pair")
        if self.only is not None:
            yield f"{'allowed' if self.only == 'allow' else 'denied'} alone"

    def _first_rows(self) -> FirstRows:
        few = replace(self, pairs=self.pairs[:_FEW_PAIRS])
        rows = few.to_frame()
        return first_rows(rows, self._columns, most=len(rows), noun="pair", counted=(len(few), len(self)))

    def __str__(self) -> str:
        return self.render()

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each decision about some ports of a pair; columns as in `frames.EXPLANATIONS`."""
        return EXPLANATIONS.from_rows(self._rows())

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for pair in self.pairs:
            network = "" if pair.network is None else pair.network.name
            for part in pair.parts:
                about = (pair.src.name, pair.dst.name, str(part.ports), _verdict(allowed=part.allowed))
                intervals = part.ports.intervals
                for direction, ruling in ((Direction.EGRESS, part.egress), (Direction.INGRESS, part.ingress)):
                    for decision in ruling.listed:
                        yield (
                            *about,
                            direction.value,
                            _verdict(allowed=ruling.allowed),
                            decision.effect.value,
                            decision.ref,
                            field_path(decision.path),
                            *rule_cells(decision.rule),
                            decision.text(direction, pair.src, pair.dst),
                            intervals,
                            network,
                            decision.file,
                            decision.line,
                        )


def _verdict(*, allowed: bool) -> str:
    return "allowed" if allowed else "denied"
