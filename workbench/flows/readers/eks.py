"""The network policy agent of EKS: addresses and a verdict, in the three forms that its versions have written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.normalize import transport_of
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.times import from_either, from_rfc3339, from_seconds

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["eks"]

_MESSAGE: Final = re.compile(
    r"Src IP: (?P<sip>\S+) Src Port: (?P<sport>\d+) Dest IP: (?P<dip>\S+) Dest Port: (?P<dport>\d+) "
    r"Proto:? (?P<protocol>\S+) Verdict:? (?P<verdict>[A-Z/]+)"
    r"(?:,? Direction:? (?P<direction>\w+))?(?:,? Tier:? (?P<tier>\w+))?"
)
_FIELDS: Final = {
    "Src IP": "sip",
    "Src Port": "sport",
    "Dest IP": "dip",
    "Dest Port": "dport",
    "Proto": "protocol",
    "Verdict": "verdict",
    "Direction": "direction",
    "Tier": "tier",
}
_CLOUDWATCH: Final = {
    "Node": "node",
    "SIP": "sip",
    "SPORT": "sport",
    "DIP": "dip",
    "DPORT": "dport",
    "PROTOCOL": "protocol",
    "PolicyVerdict": "verdict",
    "Direction": "direction",
    "Tier": "tier",
}
_TIME: Final = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?(?=\s)")
_BEGINS: Final = ("{", "Node: ", "SIP: ", "Flow Info:", "Src IP: ")
_VERDICTS: Final = {"ACCEPT": "allowed", "DENY": "denied"}
_REPORTERS: Final = {"ingress": "destination", "egress": "source"}


def _is_line(line: str) -> bool:
    return "Flow Info:" in line or line.startswith("Src IP: ") or ("SIP: " in line and "PolicyVerdict: " in line)


def _begins_as_one(line: str) -> bool:
    """Tell whether a line is one of the agent's own, and not of a text that quotes one."""
    return _is_line(line) and (line.startswith(_BEGINS) or bool(_TIME.match(line)))


@register_flow_format(
    "eks",
    title="EKS network policy agent",
    records="text-lines",
    detects=_begins_as_one,
    blind_spots=(
        "Lines have addresses and no names.",
        "Replies to forgotten connections look like new connections: who the client is, ports and other records tell.",
    ),
)
def eks(line: str, log: ImportLog) -> Iterator[Observation]:
    """Yield the packet that a line tells of (flow-formats 7).

    Who the client is stays open: after connections were forgotten, lines tell of replies as well.
    """
    if not _is_line(line):
        if line.startswith("{") and not line.endswith("}"):
            message = "it is cut off"
            raise ValueError(message)
        log.skip("other log lines")
        return
    time, fields = _parsed(line)
    verdict = fields["verdict"].upper()
    if verdict in {"EXPIRED", "DELETED", "EXPIRED/DELETED"}:
        log.skip("ends of connections")
        return
    direction = (fields.get("direction") or "").lower()
    reporter = _REPORTERS.get(direction, "unknown")
    row: Observation = {
        "time_start": time,
        "source_address": fields["sip"],
        "source_port": int(fields["sport"]),
        "destination_address": fields["dip"],
        "destination_port": int(fields["dport"]),
        "network_transport": transport_of(fields["protocol"]),
        "network_io_direction": direction if direction in _REPORTERS else "unknown",
        "reporter": reporter,
        "verdict": _VERDICTS.get(verdict, "unknown"),
        "verdict_reason": fields.get("tier"),
    }
    if row["network_transport"] not in {"tcp", "udp", "sctp"}:
        row["source_port"] = row["destination_port"] = None
    if reporter != "unknown":
        row[f"{reporter}_k8s_node_name"] = fields.get("node")
    yield row


def _parsed(line: str) -> tuple[int | None, Mapping[str, Any]]:
    """Return the time of a line, if it has one, and its fields by their names at CloudWatch, in lower case."""
    entry = _entry(line)
    time = _time(entry, line)
    if "Src IP" in entry:
        return time, {ours: str(entry[theirs]) for theirs, ours in _FIELDS.items() if theirs in entry}
    text = str(entry.get("msg") or line)
    if found := _MESSAGE.search(text):
        return time, found.groupdict()
    parts = (part.partition(": ") for part in text[text.find("Node: ") if "Node: " in text else 0 :].split(";"))
    given = {key.strip(): value.strip() for key, _, value in parts}
    return time, {ours: given[theirs] for theirs, ours in _CLOUDWATCH.items() if theirs in given}


def _entry(line: str) -> Mapping[str, Any]:
    """Return the fields of a line that are JSON: all of it, or what stands at its end after a time and a message."""
    if line.startswith("{"):
        found: Mapping[str, Any] = json.loads(line)
        return found
    begin = line.find("{")
    try:
        value = json.loads(line[begin:]) if begin > 0 else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _time(entry: Mapping[str, Any], line: str) -> int | None:
    if (written := from_either(entry.get("ts"), from_seconds)) is not None:
        return written
    found = _TIME.match(line)
    return from_rfc3339(found[0]) if found else None
