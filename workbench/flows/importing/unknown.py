"""What a file is that no reader knows, and what to do about it: a recording in another form, or none at all."""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from workbench.flows.readers import FORMATS, UnknownFlowFormatError

__all__ = ["is_prose", "unknown_format"]

_LINES: Final = 50
"""So many lines are looked at."""
_AS_TABLE: Final = "read it as a table, with a mapping of its columns (--mapping)"
_HUBBLE: Final = "write it again as JSON: hubble observe -o jsonpb"
_CAPTURE: Final = (
    "make a table of it and read that with --mapping: tshark -r FILE -T fields -E header=y -E separator=, "
    "-e frame.time_epoch -e ip.src -e tcp.srcport -e ip.dst -e tcp.dstport"
)


class _Form(NamedTuple):
    """A form in which files come, how it is known, and what to do.

    Attributes
    ----------
    what : str
        What a file of it is, with its article.
    remedy : str
    is_recording : bool
        Whether flows are in it that are not read.
    """

    what: str
    remedy: str
    is_recording: bool = True


_MAGIC: Final[tuple[tuple[bytes, _Form], ...]] = (
    *(
        (magic, _Form("a packet capture (pcap)", _CAPTURE))
        for magic in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\n\r\r\n")
    ),
    (b"BZh", _Form("compressed by bzip2", "unpack it: bunzip2 FILE")),
    (b"\xfd7zXZ\0", _Form("compressed by xz", "unpack it: unxz FILE")),
    (b"\x28\xb5\x2f\xfd", _Form("compressed by Zstandard", "unpack it: unzstd FILE")),
    (b"\x04\x22\x4d\x18", _Form("compressed by LZ4", "unpack it: unlz4 FILE")),
    (b"7z\xbc\xaf\x27\x1c", _Form("a 7-Zip archive", "unpack it: 7z x FILE")),
    (b"PAR1", _Form("a Parquet table", _AS_TABLE, is_recording=False)),
)

_HUBBLE_COMPACT: Final = re.compile(
    r"\S.* (?:->|<-|<>) .*\b(?:FORWARDED|DROPPED|AUDIT|REDIRECTED|TRANSLATED|TRACED|ERROR)\b *(?:\(|$)"
)
_BY_LINE: Final[tuple[tuple[re.Pattern[str], _Form], ...]] = (
    (_HUBBLE_COMPACT, _Form("the text that `hubble observe` prints for people", _HUBBLE)),
    (
        re.compile(r"TIMESTAMP\s+SOURCE\s+DESTINATION\s+TYPE\s+VERDICT|\s*TIMESTAMP: \S"),
        _Form("the text that `hubble observe` prints for people", _HUBBLE),
    ),
    (
        re.compile(r"(?:->|xx|<-|>>) .*\bflow 0x[0-9a-f]+|.* to endpoint \d+.*\bidentity "),
        _Form("the output of `cilium monitor`", _HUBBLE),
    ),
    (
        re.compile(r"(?:version\s+)?account-id\s+interface-id\s|\d\s+\d{12}\s+eni-[0-9a-f]+\s|.*\bsrcaddr\s+dstaddr\b"),
        _Form(
            "a VPC flow log",
            "it sees the interfaces of nodes, not pods; to read it all the same, give its columns names by a first "
            "line, and read it as a table (--mapping, with `delimiter: ' '`)",
        ),
    ),
    (
        re.compile(r"#(?:separator|fields|path)\s"),
        _Form("a log of Zeek", "remove the lines that begin with #, but for the names of #fields, and " + _AS_TABLE),
    ),
    (
        re.compile(r"\d\d:\d\d:\d\d\.\d+ IP6? \S+ > \S+: "),
        _Form("what tcpdump prints", "capture to a file (tcpdump -w FILE.pcap) and make a table of that with tshark"),
    ),
    (
        re.compile(r".*\bSRC=\S+ DST=\S+ .*\bPROTO=\w+"),
        _Form("a log of netfilter (iptables LOG)", "make a table of it, and " + _AS_TABLE),
    ),
    (
        re.compile(r"(?:RUNTIME\.\S+|K8S\.\S+|NODE\s+NAMESPACE\s+POD)\s.*\b(?:SRC|DST|COMM|QR|QTYPE|T)\b"),
        _Form("the columns that Inspektor Gadget prints for people", "write it again with -o json"),
    ),
    (
        re.compile(r'\[\d{4}-\d\d-\d\dT[^\]]+\] "\S+ \S+ \S+" \d'),
        _Form("an access log of Envoy as text", "take the graph from Kiali, or make a table of it and " + _AS_TABLE),
    ),
    (
        re.compile(r"# (?:HELP|TYPE) \w+|\w+\{[^}]*\} [\d.e+-]+(?: \d+)?$"),
        _Form("metrics for Prometheus", "import what the flows themselves are logged to", is_recording=False),
    ),
    (
        re.compile(r"<(?:!doctype html|html|\?xml)", re.IGNORECASE),
        _Form("a page of HTML or XML", "look whether it is a login page in place of the answer", is_recording=False),
    ),
)  # fmt: skip
_PROSE: Final = re.compile(r"#{1,6} \S|```|~~~|#!|(?:import|from|def|class|package|func) \w")
_KUBERNETES: Final = _Form("Kubernetes objects", "give it as manifests (--manifests)", is_recording=False)


def unknown_format(name: str, head: bytes) -> UnknownFlowFormatError:
    """Return the error that says what a file is that begins so, and what to do.

    Parameters
    ----------
    name : str
        What the file is called.
    head : bytes
        Its begin, decompressed.
    """
    form = _form(head)
    if form is None:
        failed = (problem.message for problem in FORMATS.problems)
        message = "; ".join([f"{name} is not in a known format", *failed])
        remedy = f"name the format if it is one of {', '.join(FORMATS.names())}, or {_AS_TABLE}"
        return UnknownFlowFormatError(message, remedy)
    return UnknownFlowFormatError(f"{name} is {form.what}", form.remedy, is_recording=form.is_recording)


def is_prose(head: bytes) -> bool:
    """Tell whether a file that begins so was written by people: a text with headings or code, a program."""
    return any(_PROSE.match(line) for line in _lines(head))


def _form(head: bytes) -> _Form | None:
    if not head.strip():
        return _Form("empty", "", is_recording=False)
    if found := next((form for magic, form in _MAGIC if head.startswith(magic)), None):
        return found
    if b"\0" in head:
        return _Form("a binary file", "", is_recording=False)
    lines = _lines(head)
    for line in lines:
        for pattern, form in _BY_LINE:
            if pattern.match(line):
                return form
    return _of_json(head) or _of_yaml(lines) or _of_table(lines)


def _lines(head: bytes) -> list[str]:
    lines = head.decode("utf-8-sig", "replace").splitlines()
    return [line for line in lines if line.strip()][:_LINES]


def _of_json(head: bytes) -> _Form | None:
    """Tell what JSON is, by the fields of its first object."""
    text = head.decode("utf-8-sig", "replace").lstrip("[ \t\r\n")
    if not text.startswith("{"):
        return None
    fields = re.findall(r'"([^"\\]{1,60})"\s*:', text)
    if {"apiVersion", "kind"} <= set(fields):
        return _KUBERNETES
    if {"flowTuples", "flows"} & set(fields):
        return _Form("a flow log of Azure network security groups or virtual networks", "it sees nodes, not pods: make "
                     "a table of it, and " + _AS_TABLE)  # fmt: skip
    try:
        first, _end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    shown = ", ".join(list(first)[:8])
    what = f"JSON whose records ({shown}) no format has"
    remedy = f"name the format if it is one of {', '.join(FORMATS.names())}, or make a table of it and {_AS_TABLE}"
    return _Form(what, remedy, is_recording=False)


def _of_yaml(lines: list[str]) -> _Form | None:
    keys = {line.partition(":")[0] for line in lines if not line.startswith((" ", "#", "-"))}
    return _KUBERNETES if {"apiVersion", "kind"} <= keys else None


def _of_table(lines: list[str]) -> _Form | None:
    """Tell whether lines are those of a table: all with as many separators as the first."""
    for separator, name in ((",", "commas"), ("\t", "tabs"), (";", "semicolons")):
        counts = {line.count(separator) for line in lines[: _LINES - 1]}
        if len(lines) > 1 and len(counts) == 1 and min(counts) > 0:
            return _Form(f"a table with {name} between its columns", _AS_TABLE, is_recording=False)
    return None
