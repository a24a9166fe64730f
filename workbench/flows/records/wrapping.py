"""What a record is wrapped in on its way out of a cluster: prefixes of lines, and envelopes of JSON around them.

Container runtimes, syslog, log collectors and the stores that they send to each put something of their own around a
line. All of it is taken off here, for every format alike; the time that it tells stands in where the record has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from workbench.flows.times import from_milliseconds, from_nanoseconds, from_rfc3339

__all__ = ["Line", "Payload", "begins_json", "is_event_field", "joined", "unprefixed", "unwrapped"]

_LOKI_TIME: Final = "_time_ns"
"""Where a record keeps the time that Loki tells of it, in nanoseconds, until it is unwrapped."""
DEEPEST: Final = 8
"""Envelopes within envelopes; further in, nothing is taken off."""
LONGEST_JOINED: Final = 16 << 20

_ISO: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)"
_CRI: Final = re.compile(rf"({_ISO}) (stdout|stderr) ([FP])(?::\S+)? ?(.*)", re.DOTALL)
_NAME: Final = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
_RECORD: Final = r"(?=\{|\d{4}-\d\d-\d\dT|\d+,\d+,|[A-Za-z]+: )"
"""How the lines begin that are recordings: JSON, a time, a number in a table, a field."""
_PREFIXES: Final = (
    # RFC 5424 (over TCP with the length before it), RFC 3164, and the short forms of journalctl
    re.compile(
        rf"(?:\d+ )?<\d{{1,3}}>1 (?P<time>{_ISO}|-)(?: \S+){{4}} (?:-|(?:\[(?:[^\]\\]|\\.)*\])+) ?\ufeff?(?P<rest>.*)"
    ),
    re.compile(
        r"(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? [\w.:-]+ [^\s:\[]+(?:\[\d+\])?: (?P<rest>.*)"
    ),
    re.compile(rf"(?:<\d{{1,3}}>)?(?P<time>{_ISO}) [\w.-]+ [^\s:;\[]+(?:\[\d+\])?: (?P<rest>.*)"),
    # logcli, the client of Loki, which writes the labels of a stream
    re.compile(rf'(?P<time>{_ISO}) \{{(?:\w+="(?:[^"\\]|\\.)*",? ?)*\}}\s+(?P<rest>.*)'),
    # kubectl logs with --prefix, with --timestamps, with both, and stern, which writes pod and container
    re.compile(rf"(?:\[pod/[^\]\s]+\] |{_NAME} {_NAME} )(?:(?P<time>{_ISO}) )?(?P<rest>{_RECORD}.*)"),
    re.compile(rf"(?P<time>{_ISO})[ \t](?P<rest>{_RECORD}.*)"),
    re.compile(r"\[pod/[^\]\s]+\] (?P<rest>.*)"),
    # a stream of events (server-sent events)
    re.compile(r"data: ?(?P<rest>.*)"),
)
_JSON: Final = re.compile(r"\{|\[\s*[\[{\]\"]")
_EVENT_FIELD: Final = re.compile(r":|(?:event|id|retry):")
_DOCKER: Final = '{"log"'

_TEXTS: Final = ("message", "log", "MESSAGE", "textPayload", "_raw", "@message", "line")
"""Fields in which collectors and stores put a line: ViaQ, Elasticsearch, Fluent Bit, Docker, journald, Cloud Logging,
Splunk, CloudWatch, Loki."""
_OBJECTS: Final = ("_source", "structured", "result")
"""Fields in which they put a record that they have decoded."""
_ANSWERS: Final = ("events", "logEvents", "items", "results", "streams", "stream", "hits", "data", "jsonPayload")
_MARKS: Final = frozenset({*_TEXTS, *_OBJECTS, *_ANSWERS})
_TIMES: Final = ("@timestamp", "time", "timestamp", "ts", "eventTime")


class Line(NamedTuple):
    """A line of a file, without what a container runtime put before it; several where it had cut one in parts.

    `is_log` tells that it came out of the log of a container, which may hold lines of all kinds.
    """

    text: str
    number: int
    is_whole: bool
    time: int | None = None
    is_log: bool = False


class Payload(NamedTuple):
    """The content of a wrapper, decoded or as text, and the time in microseconds that its wrapper states."""

    value: Any
    time: int | None = None


def joined(lines: Iterable[tuple[str, int, bool]]) -> Iterator[Line]:
    """Yield lines without the prefix of a container runtime (CRI, Docker); those that it had cut are whole again."""
    parts: dict[str, Line] = {}
    for text, number, is_whole in lines:
        found = _runtime_line(text)
        if found is None:
            yield Line(text, number, is_whole)
            continue
        stream, content, is_last, time = found
        before = parts.pop(stream, None)
        line = Line(content, number, is_whole, time, is_log=True)
        if before is not None:
            line = before._replace(text=before.text + content, is_whole=is_whole)
        if is_last or len(line.text) > LONGEST_JOINED:
            if line.text.strip():
                yield line._replace(text=line.text.strip())
        else:
            parts[stream] = line
    for line in parts.values():
        yield line._replace(is_whole=False)


def _runtime_line(text: str) -> tuple[str, str, bool, int | None] | None:
    """Return the stream, the content, whether it ends there, and the time of a line that a runtime wrote."""
    if text.startswith(_DOCKER):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict) or not isinstance(content := value.get("log"), str) or "time" not in value:
            return None
        return str(value.get("stream")), content, content.endswith("\n"), _time_of(value)
    if text[:1].isdecimal() and (found := _CRI.match(text)):
        time, stream, tag, content = found.groups()
        return stream, content, tag == "F", _moment(from_rfc3339, time.replace(",", "."))
    return None


def unprefixed(text: str) -> Payload:
    """Return a line without what syslog or a stream of events put before it, and the time that this states."""
    for prefix in _PREFIXES:
        if found := prefix.match(text):
            time = found.groupdict().get("time")
            stated = None if time in {None, "-"} else _moment(from_rfc3339, str(time))
            return Payload(found["rest"].strip(), stated)
    return Payload(text)


def begins_json(text: str) -> bool:
    """Tell whether a text begins as an object of JSON does, or an array of them; `[` may also begin a prefix."""
    return bool(_JSON.match(text))


def is_event_field(text: str) -> bool:
    """Tell whether a line of a stream of events holds no data."""
    return bool(_EVENT_FIELD.match(text))


def unwrapped(value: Any, time: int | None = None, depth: int = 0) -> Iterator[Payload]:  # noqa: ANN401  (JSON)
    """Yield the records in a value: of an array each, of an answer of a store each hit, of an envelope its content.

    What was decoded comes as a value, a line that was kept as text comes as text.
    """
    if isinstance(value, list) and depth < DEEPEST and any(isinstance(item, (dict, list)) for item in value):
        for item in value:
            # What stands beside objects is none, such as the time that Fluent Bit puts before each.
            if isinstance(item, (dict, list)):
                yield from unwrapped(item, time, depth + 1)
    elif isinstance(value, str):
        yield from _of_text(value.strip(), time, depth + 1)
    elif not isinstance(value, dict) or depth >= DEEPEST or value.keys().isdisjoint(_MARKS):
        yield Payload(value, time)
    else:
        inner = _content(value)
        if inner is None:
            yield Payload(value, time)
            return
        stated = _time_of(value)
        for content in inner:
            if isinstance(content, str):
                yield from _of_text(content.strip(), stated or time, depth + 1)
            elif isinstance(content, dict) and _LOKI_TIME in content:
                entry = {name: field for name, field in content.items() if name != _LOKI_TIME}
                yield from unwrapped(entry, _moment(from_nanoseconds, content[_LOKI_TIME]) or time, depth + 1)
            else:
                yield from unwrapped(content, stated or time, depth + 1)


def _content(value: Mapping[str, Any]) -> Iterable[Any] | None:
    """Return what an envelope holds; None if a value is none."""
    several = _answer_of_store(value)
    if several is not None:
        return several
    inner = next((value[name] for name in _OBJECTS if isinstance(value.get(name), dict)), None)
    if inner is None:
        texts = (value[name] for name in _TEXTS if isinstance(value.get(name), (str, dict)))
        inner = next((text for text in texts if text), None)
    return None if inner is None else (inner,)


def _answer_of_store(value: Mapping[str, Any]) -> Iterable[Any] | None:
    """Return the entries in what a store of logs answers; None if a value is not such a answer."""
    found: Iterable[Any] | None = None
    match value:
        case {"hits": {"hits": list(items)}} | {"data": {"result": list(items)}} | {"streams": list(items)}:
            found = items
        case {"stream": dict(labels), "values": list(entries)}:
            found = [_labelled(entry, labels) for entry in entries]
        case {"stream": dict(labels), "value": list(entry)}:
            found = [_labelled(entry, labels)]
        case {"labels": dict(labels), "line": str(line)}:
            found = [_merged(line, labels)]
        case {"results": list(rows)}:
            found = [_fields(row) for row in rows]
        case {"events": list(items)} | {"logEvents": list(items)} | {"items": list(items)} if "apiVersion" not in value:
            found = items
        # A payload of GKE's own logging needs what stands beside it.
        case {"jsonPayload": dict(payload)} if "connection" not in payload:
            found = [payload]
    return found


def _labelled(entry: Any, labels: Mapping[str, Any]) -> Any:  # noqa: ANN401  (JSON)
    """Return an entry of a stream of Loki, which is a time and a line, with the labels of its stream."""
    match entry:
        case [time, str(line), *_]:
            return _merged(line, {**labels, _LOKI_TIME: time})
    return entry


def _merged(line: str, labels: Mapping[str, Any]) -> Any:  # noqa: ANN401  (JSON)
    """Return a line with labels beside it where it is an object, else an envelope of it."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return {**labels, **value}
    return {"message": line, _LOKI_TIME: labels.get(_LOKI_TIME)}


def _fields(row: Any) -> Any:  # noqa: ANN401  (JSON)
    """Return a row of CloudWatch Logs Insights, a list of fields and values, as one object."""
    if isinstance(row, list) and all(isinstance(cell, dict) for cell in row):
        return {str(cell.get("field")): cell.get("value") for cell in row}
    return row


def _of_text(text: str, time: int | None, depth: int) -> Iterator[Payload]:
    """Yield what a line within an envelope holds; it may be wrapped itself."""
    if found := _runtime_line(text):
        _, text, _, stated = found
        text, time = text.strip(), stated or time
    if not begins_json(text):
        rest, stated = unprefixed(text)
        text, time = str(rest), stated or time
    if begins_json(text):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, (dict, list)):
            yield from unwrapped(value, time, depth)
            return
    if text:
        yield Payload(text, time)


def _time_of(envelope: Mapping[str, Any]) -> int | None:
    """Return the time that an envelope tells, if any."""
    for name in _TIMES:
        match envelope.get(name):
            case str(text):
                time = _moment(from_rfc3339, text)
            case bool():
                time = None
            case int(number):  # CloudWatch
                time = _moment(from_milliseconds, number)
            case _:
                time = None
        if time is not None:
            return time
    return None


def _moment(reads: Callable[[Any], int], text: Any) -> int | None:  # noqa: ANN401  (JSON)
    try:
        return reads(text)
    except (ValueError, TypeError, OverflowError):
        return None
