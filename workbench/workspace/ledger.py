"""What is read from and written to the decisions database, within one transaction of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, tuple_, update

from workbench.ground import NotFoundError
from workbench.workspace.decisions import Change, ConflictError, KeptDecision, Key
from workbench.workspace.schema import CHANGES, DECISIONS, RECORDS

__all__ = ["decided", "kept", "last_id", "records_in", "replaced", "undoing"]

_AT_ONCE: Final = 200
"""So many records are asked for in one statement."""
_PLACE: Final = and_(
    RECORDS.c.cluster == bindparam("of_cluster"),
    RECORDS.c.kind == bindparam("of_kind"),
    RECORDS.c.key == bindparam("of_key"),
)
"""The record that parameters name."""


def records_in(connection: Connection, cluster: str, kinds: Iterable[str]) -> dict[Key, str]:
    """Return the values that hold now as JSON, ordered by kind and key; of all kinds where none is named."""
    wanted = list(kinds)
    asked = select(RECORDS.c.kind, RECORDS.c.key, RECORDS.c.value).where(RECORDS.c.cluster == cluster)
    if wanted:
        asked = asked.where(RECORDS.c.kind.in_(wanted))
    return dict(sorted(((row.kind, row.key), row.value) for row in connection.execute(asked)))


def replaced(
    connection: Connection,
    cluster: str,
    wanted: Mapping[Key, str | None],
    base: Mapping[Key, str | None] | None,
) -> tuple[Change, ...]:
    """Return what changes, where these values are wanted; what is so already is left out.

    Parameters
    ----------
    connection : Connection
        Of one writer at a time.
    cluster : str
    wanted, base : mapping
        JSON by kind and key; `base` is what the person saw, if that is to be compared.

    Raises
    ------
    ConflictError
        If a value is neither what the person saw nor what is wanted (workspace 3).
    """
    now = _values(connection, cluster, list(wanted))
    changes = []
    for named in sorted(wanted):
        found, value = now.get(named), wanted[named]
        if found == value:
            continue
        if base is not None and found != base.get(named):
            _refuse(connection, cluster, named, found, value)
        changes.append(Change(*named, found, value))
    return tuple(changes)


def undoing(connection: Connection, decision_id: int) -> tuple[str, tuple[Change, ...]]:
    """Return the cluster of a decision, and the changes that take it back.

    Raises
    ------
    NotFoundError
        If there is no such decision.
    ConflictError
        If it is undone already, or if a later decision changed one of its values.
    """
    (decision,) = decided(connection, first=decision_id, last=decision_id) or (None,)
    if decision is None:
        message = f"there is no decision {decision_id}"
        raise NotFoundError(message, "the history lists them")
    by = undone_by(connection).get(decision_id)
    if by is not None:
        message = f"decision {decision_id} is undone already, by decision {by}"
        raise ConflictError(message, f"undo decision {by} to have it again")
    changes = tuple(change.reverse for change in decision.changes)
    now = _values(connection, decision.cluster, [(change.kind, change.key) for change in changes])
    for change in changes:
        found = now.get((change.kind, change.key))
        if found != change.before:
            _refuse(connection, decision.cluster, (change.kind, change.key), found, change.after)
    return decision.cluster, changes


def undone_by(connection: Connection) -> dict[int, int]:
    """Return by which decision each is undone now: an undo that was itself undone does not count."""
    asked = select(DECISIONS.c.id, DECISIONS.c.undoes).where(DECISIONS.c.undoes.is_not(None))
    found: dict[int, int] = {}
    for row in connection.execute(asked.order_by(DECISIONS.c.id.desc())):  # the latest cannot be undone by an earlier
        if row.id not in found:
            found.setdefault(row.undoes, row.id)
    return found


def last_id(connection: Connection) -> int:
    """Return the number of the last decision; 0 without any."""
    return int(connection.execute(select(func.coalesce(func.max(DECISIONS.c.id), 0))).scalar_one())


def kept(connection: Connection, decision: KeptDecision) -> None:
    """Write a decision with its changes, and the values that hold since."""
    connection.execute(
        insert(DECISIONS),
        {
            "id": decision.id,
            "cluster": decision.cluster,
            "who": decision.who,
            "why": decision.why,
            "decided_at": decision.decided_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "undoes": decision.undoes,
        },
    )
    rows = [
        {"decision": decision.id, "kind": one.kind, "key": one.key, "before": one.before, "after": one.after}
        for one in decision.changes
    ]
    connection.execute(insert(CHANGES), rows)
    gone = [_place(decision, one) for one in decision.changes if one.after is None]
    new = [_row(decision, one) for one in decision.changes if one.before is None and one.after is not None]
    other = [
        {**_place(decision, one), "after": one.after}
        for one in decision.changes
        if one.before is not None and one.after is not None
    ]
    # What is learnt changes very many records: a statement for each kind of change, and not for each record.
    for statement, records in (
        (delete(RECORDS).where(_PLACE), gone),
        (insert(RECORDS), new),
        (update(RECORDS).where(_PLACE).values(value=bindparam("after")), other),
    ):
        if records:
            connection.execute(statement, records)


def _place(decision: KeptDecision, change: Change) -> dict[str, str]:
    return {"of_cluster": decision.cluster, "of_kind": change.kind, "of_key": change.key}


def _row(decision: KeptDecision, change: Change) -> dict[str, str | None]:
    return {"cluster": decision.cluster, "kind": change.kind, "key": change.key, "value": change.after}


def decided(
    connection: Connection, *, cluster: str | None = None, first: int = 1, last: int | None = None
) -> tuple[KeptDecision, ...]:
    """Return decisions in their order.

    Parameters
    ----------
    connection : Connection
    cluster : str, optional
        Only those about it.
    first, last : int, optional
        Their numbers.
    """
    asked = select(DECISIONS).where(DECISIONS.c.id >= first).order_by(DECISIONS.c.id)
    changed = select(CHANGES).where(CHANGES.c.decision >= first)
    if last is not None:
        asked, changed = asked.where(DECISIONS.c.id <= last), changed.where(CHANGES.c.decision <= last)
    if cluster is not None:
        asked = asked.where(DECISIONS.c.cluster == cluster)
    rows = sorted(connection.execute(changed), key=lambda row: (row.decision, row.kind, row.key))
    changes = {number: tuple(map(_change, group)) for number, group in groupby(rows, key=lambda row: int(row.decision))}
    return tuple(
        KeptDecision(
            row.id,
            row.cluster,
            row.who,
            row.why,
            datetime.fromisoformat(row.decided_at),
            changes.get(row.id, ()),
            row.undoes,
        )
        for row in connection.execute(asked)
    )


def _change(row: Any) -> Change:  # noqa: ANN401  (a row of sqlalchemy)
    return Change(row.kind, row.key, row.before, row.after)


def _values(connection: Connection, cluster: str, named: Sequence[Key]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for start in range(0, len(named), _AT_ONCE):
        some = list(named[start : start + _AT_ONCE])
        place = and_(RECORDS.c.cluster == cluster, tuple_(RECORDS.c.kind, RECORDS.c.key).in_(some))
        asked = select(RECORDS.c.kind, RECORDS.c.key, RECORDS.c.value).where(place)
        found.update({(row.kind, row.key): row.value for row in connection.execute(asked)})
    return found


def _refuse(connection: Connection, cluster: str, named: Key, found: str | None, wanted: str | None) -> None:
    """Say who changed a value since, to what, and what was wanted instead.

    Raises
    ------
    ConflictError
        Always.
    """
    kind, key = named
    place = and_(CHANGES.c.kind == kind, CHANGES.c.key == key, DECISIONS.c.cluster == cluster)
    latest = select(func.max(DECISIONS.c.id)).join(CHANGES, CHANGES.c.decision == DECISIONS.c.id).where(place)
    number = connection.execute(latest).scalar_one()
    by = "" if number is None else _by(decided(connection, first=number, last=number)[0])
    message = f"{kind} {key!r} was changed meanwhile{by}: it is {_said(found)}, and {_said(wanted)} was wanted"
    raise ConflictError(message, "look at it as it is now, and decide again")


def _by(decision: KeptDecision) -> str:
    why = f" ({decision.why})" if decision.why else ""
    return f" by {decision.who} in decision {decision.id}, {decision.decided_at:%Y-%m-%d %H:%M} UTC{why}"


def _said(value: str | None) -> str:
    if value is None:
        return "no value"
    return value if len(value) <= _AT_ONCE else f"{value[:_AT_ONCE]}…"
