"""A proposal as one value that is kept, and back; and how it stands to an earlier one (generate 12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from workbench.generate.draft import Draft, RuleKey
from workbench.generate.frames import RULE_HISTORY
from workbench.generate.guards import by_name
from workbench.generate.needs import Basis, LeftOutNeed, Need, NeedKey, WhyLeftOut
from workbench.generate.proposal import Proposal, Question
from workbench.generate.registry import written_options
from workbench.ground import NO_PORTS, ArgumentError, PortSet, ProblemLog, UnreadRecord, parse_ports, read_records
from workbench.inventory import Cluster
from workbench.manifests import Manifest, Source
from workbench.policy import Direction, Policy, policy_manifest, read_policy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KIND", "compared_proposals", "proposal_of", "record_of", "renewed", "unread_proposals"]

KIND: Final = "proposal"
"""The kind of the records of proposals."""
_VERSION: Final = 1


def record_of(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as JSON: its policies, their reasons, and what was left out.

    Parameters
    ----------
    proposal : Proposal
    """
    return {
        "version": _VERSION,
        "strategy": proposal.strategy,
        "options": written_options(proposal.options),
        "made_at": proposal.made_at.isoformat(),
        "drafts": [_draft_record(one) for one in proposal.drafts],
        "replaces": list(proposal.replaces),
        "needs": [_need_record(one) for one in proposal.needs],
        "left_out": [
            [one.why.value, one.subject, one.detail, None if one.need is None else _need_record(one.need)]
            for one in proposal.left_out
        ],
        "commands": list(proposal.commands),
        "remarks": list(proposal.comments),
        "asked": {
            "namespaces": list(proposal.asked.namespaces),
            "workloads": list(proposal.asked.workloads),
            "without": _key_records(proposal.asked.without),
            "admit": _key_records(proposal.asked.admit),
        },
        "level": proposal.level,
        "dropped": list(proposal.dropped),
        "since": {key: moment.isoformat() for key, moment in sorted(proposal.since.items())},
    }


def proposal_of(record: Mapping[str, Any], cluster: Cluster) -> Proposal:
    """Return the proposal of a record, for a cluster as it is now.

    Parameters
    ----------
    record : mapping
        As `record_of` returns it.
    cluster : Cluster

    Raises
    ------
    ArgumentError
        If it is something else.
    """
    try:
        if record["version"] != _VERSION:
            message = f"this proposal was kept by another version of the workbench ({record['version']})"
            raise ArgumentError(message)
        return Proposal(
            cluster,
            str(record["strategy"]),
            tuple(_draft(one) for one in record["drafts"]),
            datetime.fromisoformat(record["made_at"]),
            tuple(
                LeftOutNeed(WhyLeftOut(why), str(subject), str(detail), None if need is None else _need(need))
                for why, subject, detail, need in record["left_out"]
            ),
            tuple(record["replaces"]),
            tuple(_need(one) for one in record["needs"]),
            MappingProxyType({name: _option(value) for name, value in record["options"].items()}),
            commands=tuple(record["commands"]),
            comments=tuple(record["remarks"]),
            asked=_question(record.get("asked", {})),
            level=str(record.get("level", "exact")),
            dropped=tuple(record.get("dropped", ())),
            since=MappingProxyType({key: datetime.fromisoformat(moment) for key, moment in record["since"].items()}),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        message = f"this is no kept proposal: {error}"
        raise ArgumentError(message) from error


def unread_proposals(records: Mapping[tuple[str, str], Any]) -> tuple[UnreadRecord, ...]:
    """Return the kept proposals that this version does not read.

    Parameters
    ----------
    records : mapping of (kind, key) to value
        Those of other kinds say nothing.
    """
    return read_records(records, KIND, lambda value: proposal_of(value, Cluster()))[1]


def _key_records(keys: Iterable[NeedKey]) -> list[list[str]]:
    return sorted([src, dst, str(ports)] for src, dst, ports in keys)


def _question(record: Mapping[str, Any]) -> Question:
    """Return what was asked; of what was kept by earlier versions, that is not known."""
    keys = (
        frozenset((str(src), str(dst), _ports(ports)) for src, dst, ports in record.get(name, ()))
        for name in ("without", "admit")
    )
    return Question(tuple(record.get("namespaces", ())), tuple(record.get("workloads", ())), *keys)


def _ports(text: str) -> PortSet:
    return NO_PORTS if text == str(NO_PORTS) else parse_ports(text)


def _option(value: Any) -> Any:  # noqa: ANN401  (an option)
    return tuple(value) if isinstance(value, list) else value


def _draft_record(draft: Draft) -> dict[str, Any]:
    return {
        "policy": policy_manifest(draft.policy),
        "workloads": None if draft.workloads is None else sorted(draft.workloads),
        "reasons": [[*_key(key), [_need_record(one) for one in needs]] for key, needs in draft.reasons.items()],
        "anywhere": [[*_key(key), why] for key, why in draft.anywhere.items()],
        "because": draft.because,
        "holder": draft.holder,
    }


def _key(key: RuleKey) -> tuple[str, int]:
    return key[0].value, key[1]


def _draft(record: Mapping[str, Any]) -> Draft:
    log = ProblemLog()
    policy = read_policy(Manifest(record["policy"]), log)
    if not isinstance(policy, Policy):
        message = "; ".join(one.message for one in log)
        raise ArgumentError(message)
    reasons = {
        (Direction(way), int(index)): tuple(_need(one) for one in needs) for way, index, needs in record["reasons"]
    }
    return Draft(
        replace(by_name(policy), source=Source()),
        None if record["workloads"] is None else frozenset(record["workloads"]),
        MappingProxyType(reasons),
        MappingProxyType({(Direction(way), int(index)): str(why) for way, index, why in record["anywhere"]}),
        str(record["because"]),
        record["holder"],
    )


def _need_record(need: Need) -> list[Any]:
    first, last = (None if one is None else one.isoformat() for one in (need.first_seen, need.last_seen))
    return [
        *(need.src, need.dst, str(need.ports), need.basis.value, need.said_by),
        *(need.flows, first, last, list(need.blocks), list(need.domains), need.widened),
    ]


def _need(record: list[Any]) -> Need:
    src, dst, ports, basis, said_by, flows, first, last, blocks, domains, widened = record
    first_seen, last_seen = (None if one is None else datetime.fromisoformat(one) for one in (first, last))
    return Need(
        *(src, dst, _ports(ports), Basis(basis), said_by, flows),
        first_seen=first_seen,
        last_seen=last_seen,
        blocks=tuple(blocks),
        domains=tuple(domains),
        widened=bool(widened),
    )


# --- beside an earlier one ----------------------------------------------------------------------------------


def renewed(proposal: Proposal, earlier: Proposal) -> Proposal:
    """Return a proposal that knows since when each of its rules has been proposed, by an earlier one of its name.

    Parameters
    ----------
    proposal : Proposal
    earlier : Proposal
    """
    known = {key: earlier.since.get(key, earlier.made_at) for key in earlier.rule_sayings()}
    return replace(
        proposal, since=MappingProxyType({key: known[key] for key in proposal.rule_sayings() if key in known})
    )


def compared_proposals(earlier: Proposal, later: Proposal) -> pd.DataFrame:
    """Return which rules are new, gone or as they were, and since when.

    Parameters
    ----------
    earlier, later : Proposal

    Returns
    -------
    DataFrame
        Columns as in `frames.RULE_HISTORY`.
    """
    before, after = earlier.rule_sayings(), later.rule_sayings()
    rows = []
    for key in sorted({*before, *after}):
        status = "stable" if key in before and key in after else "new" if key in after else "gone"
        policy, rule = after.get(key) or before[key]
        since = earlier.since.get(key, earlier.made_at) if key in before else later.made_at
        rows.append((status, policy, rule, key, since))
    return RULE_HISTORY.from_rows(rows)
