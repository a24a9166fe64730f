"""What of checks is kept: declared facts, and accepted findings, as records (workspace 18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final

from workbench.checks.accepted import Accepted, AcceptedFinding
from workbench.checks.declared import NOTHING_DECLARED, DeclaredFacts
from workbench.ground import ArgumentError, UnreadRecord, read_records

__all__ = [
    "ACCEPTED_KIND",
    "CHECK_KINDS",
    "DECLARED_KEY",
    "DECLARED_KIND",
    "accepted_records",
    "declared_record",
    "kept_accepted",
    "kept_declared",
    "unread_checks",
]

DECLARED_KIND: Final = "declared-facts"
"""Kind of the one record of what a person declares about a cluster."""
DECLARED_KEY: Final = "cluster"
ACCEPTED_KIND: Final = "accepted-finding"
"""Kind of the records of findings that somebody answers for."""
CHECK_KINDS: Final = (DECLARED_KIND, ACCEPTED_KIND)


def declared_record(declared: DeclaredFacts) -> dict[str, Any]:
    """Return declared facts as JSON, without those that are as nobody declares them.

    Parameters
    ----------
    declared : DeclaredFacts
    """
    values = {one.name: getattr(declared, one.name) for one in fields(declared)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value != getattr(NOTHING_DECLARED, name)
    }


def _declared(record: object) -> DeclaredFacts:
    if not isinstance(record, dict):
        message = "declared facts are a mapping"
        raise ArgumentError(message)
    known = {one.name: getattr(NOTHING_DECLARED, one.name) for one in fields(NOTHING_DECLARED)}
    given: dict[str, Any] = {}
    for name, value in record.items():
        usual = known.get(name, _declared)
        if isinstance(usual, tuple) and isinstance(value, list) and all(isinstance(one, str) for one in value):
            given[name] = tuple(value)
        elif (name == "enforces" and isinstance(value, bool)) or (isinstance(usual, str) and isinstance(value, str)):
            given[name] = value
        else:
            message = f"{name} is nothing that can be declared, or is {value!r:.80}"
            raise ArgumentError(message)
    return DeclaredFacts(**given)


def kept_declared(records: Mapping[tuple[str, str], Any]) -> DeclaredFacts:
    """Return what is declared.

    Parameters
    ----------
    records : mapping of (kind, key) to value
    """
    found, _ = read_records(records, DECLARED_KIND, _declared)
    return found.get(DECLARED_KEY, NOTHING_DECLARED)


def accepted_records(accepted: Accepted) -> dict[tuple[str, str], Any]:
    """Return accepted findings as records, each under its fingerprint, or what it is about.

    Parameters
    ----------
    accepted : Accepted
    """
    return {(ACCEPTED_KIND, _key(one)): _record(one) for one in accepted.listed}


def _key(one: AcceptedFinding) -> str:
    return one.fingerprint or f"{one.check} {one.object}"


def _record(one: AcceptedFinding) -> dict[str, str]:
    return {
        "check": one.check,
        "object": one.object,
        "owner": one.owner,
        "reason": one.reason,
        "expires": "" if one.expires is None else one.expires.isoformat(),
        "fingerprint": one.fingerprint,
    }


def _accepted(record: object) -> AcceptedFinding:
    names = ("check", "object", "owner", "reason", "expires", "fingerprint")
    if not isinstance(record, dict) or set(record) != set(names):
        message = f"an accepted finding has {', '.join(names)}"
        raise ArgumentError(message)
    if not all(isinstance(record[name], str) for name in names) or not record["owner"] or not record["reason"]:
        message = "an accepted finding has an owner and a reason, as texts"
        raise ArgumentError(message)
    try:
        expires = date.fromisoformat(record["expires"]) if record["expires"] else None
    except ValueError as error:
        message = f"expires is no day: {error}"
        raise ArgumentError(message) from error
    return AcceptedFinding(
        *(record["check"], record["object"], record["owner"], record["reason"], expires, record["fingerprint"])
    )


def kept_accepted(records: Mapping[tuple[str, str], Any]) -> Accepted:
    """Return the accepted findings, in the order of checks and objects.

    Parameters
    ----------
    records : mapping of (kind, key) to value
    """
    found, _ = read_records(records, ACCEPTED_KIND, _accepted)
    return Accepted(tuple(sorted(found.values(), key=lambda one: (one.check, one.object, one.fingerprint))))


def unread_checks(records: Mapping[tuple[str, str], Any]) -> tuple[UnreadRecord, ...]:
    """Return the records that this version does not read.

    Parameters
    ----------
    records : mapping of (kind, key) to value
    """
    readers = {DECLARED_KIND: _declared, ACCEPTED_KIND: _accepted}
    return tuple(one for kind, read in readers.items() for one in read_records(records, kind, read)[1])
