"""Simulations that are kept: what was asked, and what came of it, to be taken up again later (what-if 15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from workbench.ground import ArgumentError, Shown, UnreadRecord, WorkbenchError, read_records
from workbench.inventory import Cluster
from workbench.policy import LeftOut, Policy, write_policies
from workbench.whatif.change import ClusterChange
from workbench.whatif.frames import COUNTS, SIMULATIONS
from workbench.whatif.several import outcome_counts
from workbench.whatif.verdicts import PolicyStatus

if TYPE_CHECKING:
    import pandas as pd

    from workbench.whatif.simulation import Simulation

__all__ = [
    "SIMULATION_KIND",
    "KeptSimulation",
    "kept_simulation",
    "kept_simulations",
    "simulation_record",
    "simulations_frame",
    "unread_simulations",
]

SIMULATION_KIND: Final = "simulation"
"""The kind of the records of simulations."""
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, repr=False)
class KeptSimulation(Shown):
    """A simulation that was kept: what was asked, when and by whom, and what came of it. Flows are not kept.

    Attributes
    ----------
    made_at : datetime
    who : str
    text : str
        The policies that were added or modified, as YAML; empty without any.
    removed : tuple of str
        References of those that were deleted.
    verdict : str
        In one line.
    counts : mapping of str to int
        By the columns of `frames.SIMULATIONS`.
    note : str
        What a person wrote beside it.
    missing : tuple of str
        References of policies that cannot be written, and are not in `text`.
    """

    made_at: datetime
    who: str
    text: str
    removed: tuple[str, ...]
    verdict: str
    counts: Mapping[str, int]
    note: str = ""
    missing: tuple[str, ...] = ()

    def change(self, cluster: Cluster) -> ClusterChange:
        """Return the change again, of a cluster as it is now; what it deletes and is not there is passed over.

        Parameters
        ----------
        cluster : Cluster
        """
        there = {one.ref for one in cluster.objects.policies} | {one.policy.ref for one in cluster.objects.left_out}
        removed = [ref for ref in self.removed if ref in there]
        return ClusterChange.of(cluster, f"{self.text}\n" if self.text else (), removed)

    def _facts(self) -> Iterator[str]:
        yield f"{self.who}, {self.made_at:%Y-%m-%d %H:%M} UTC"
        yield self.verdict
        if self.note:
            yield self.note


def simulation_record(found: Simulation, *, made_at: datetime, who: str, note: str = "") -> dict[str, Any]:
    """Return what is kept of a simulation, as JSON.

    Parameters
    ----------
    found : Simulation
    made_at : datetime
        In UTC.
    who : str
        Who keeps it.
    note : str, optional
    """
    after = [one.after for one in found.change.changed if one.after is not None]
    text, missing = _written(after)
    given = found.change.text
    return {
        "version": _VERSION,
        "made_at": made_at.isoformat(timespec="seconds"),
        "who": who,
        "text": given if _says(given, text) else text,
        "removed": [one.ref for one in found.change.changed if one.status is PolicyStatus.DELETED],
        "verdict": found.verdict,
        "counts": outcome_counts(found),
        "note": note,
        "missing": missing,
    }


def _written(after: Iterable[Policy | LeftOut]) -> tuple[str, list[str]]:
    """Return policies as YAML, and which of them cannot be written."""
    texts, missing = [], []
    for one in after:
        try:
            if isinstance(one, LeftOut):
                missing.append(one.policy.ref)
            else:
                texts.append(write_policies(one))
        except ArgumentError:
            missing.append(one.ref)
    return "---\n".join(texts), missing


def _says(given: str, text: str) -> bool:
    """Tell whether a text that was given says the same wherever it is read, so that it can be kept as it is."""
    try:
        return bool(given) and _meant(given) == _meant(f"{text}\n")
    except WorkbenchError:
        return False


def _meant(text: str) -> str:
    change = ClusterChange.of(Cluster(), text)
    return write_policies(sorted((one for one in change.added if isinstance(one, Policy)), key=lambda one: one.ref))


def kept_simulation(record: Mapping[str, Any]) -> KeptSimulation:
    """Return the simulation of a record.

    Parameters
    ----------
    record : mapping
        As `simulation_record` returns it.

    Raises
    ------
    ArgumentError
        If it is something else.
    """
    try:
        if record["version"] != _VERSION:
            message = f"this simulation was kept by another version of the workbench ({record['version']})"
            raise ArgumentError(message)
        made_at = datetime.fromisoformat(record["made_at"])
        if made_at.tzinfo is None:
            message = "its time has no zone"
            raise ArgumentError(message)
        return KeptSimulation(
            made_at,
            _text(record["who"]),
            _text(record["text"]),
            tuple(map(_text, record["removed"])),
            _text(record["verdict"]),
            {name: int(record["counts"].get(name, 0)) for name in COUNTS},
            _text(record["note"]),
            tuple(map(_text, record["missing"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        if isinstance(error, ArgumentError):
            raise
        message = f"this is no kept simulation: {error}"
        raise ArgumentError(message) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        message = f"{value!r:.80} is no text"
        raise TypeError(message)
    return value


def unread_simulations(records: Mapping[tuple[str, str], Any]) -> tuple[UnreadRecord, ...]:
    """Return the kept simulations that this version does not read.

    Parameters
    ----------
    records : mapping of (kind, key) to value
        Those of other kinds say nothing.
    """
    return read_records(records, SIMULATION_KIND, kept_simulation)[1]


def kept_simulations(records: Mapping[tuple[str, str], Any]) -> dict[str, KeptSimulation]:
    """Return the kept simulations by name, the latest first; those that are not read are left out.

    Parameters
    ----------
    records : mapping of (kind, key) to value
    """
    found, _ = read_records(records, SIMULATION_KIND, kept_simulation)
    return dict(sorted(found.items(), key=lambda one: one[1].made_at, reverse=True))


def simulations_frame(kept: Iterable[tuple[str, str, KeptSimulation]]) -> pd.DataFrame:
    """Return one row for each kept simulation; columns as in `frames.SIMULATIONS`.

    Parameters
    ----------
    kept : iterable of (str, str, KeptSimulation)
        With the cluster and the name.
    """
    return SIMULATIONS.from_rows(
        (cluster, name, one.made_at, one.who, one.note, one.verdict, *(one.counts[count] for count in COUNTS))
        for cluster, name, one in kept
    )
