"""However records leave a cluster, the same ones are read: prefixes, envelopes, arrays, pretty-printed JSON, YAML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flows.examples import EXAMPLES
from workbench.flows.importing.detection import detect_format
from workbench.flows.log import ImportLog
from workbench.flows.readers.registry import RecordKind
from workbench.flows.records import Recording, records_of

TCP = EXAMPLES["inspektor-gadget"]
TWO = [TCP, {**TCP, "timestamp": "2026-11-21T09:00:07Z"}]
LINE = json.dumps(TCP)
OVN = (
    '2026-11-02T16:28:54.139Z|00004|acl_log(ovn_pinctrl0)|INFO|name="NP:shop:Ingress", verdict=drop, severity=alert, '
    "direction=to-lport: tcp,nw_src=10.131.0.39,nw_dst=10.129.2.35,tp_src=58496,tp_dst=80"
)
EKS = "SIP: 10.0.0.9;SPORT: 42188;DIP: 10.0.0.5;DPORT: 8080;PROTOCOL: TCP;PolicyVerdict: DENY"
MOMENT = 1_795_251_601_000_000
"""2026-11-21T09:00:01Z"""


def read(folder: Path, content: str | bytes, kind: RecordKind = "json-lines") -> tuple[list[Any], ImportLog]:
    path = folder / "recording"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    log = ImportLog(str(path))
    return list(records_of(path, kind, log)), log


LAYOUTS = {
    "lines": "\n".join(map(json.dumps, TWO)),
    "array on a line": json.dumps(TWO),
    "array of lines": "[" + ",\n".join(map(json.dumps, TWO)) + "]\n",
    "pretty": "\n".join(json.dumps(one, indent=2) for one in TWO),
    "pretty array": json.dumps(TWO, indent=4),
    "one after another in a line": "".join(map(json.dumps, TWO)),
    "one after another, later": f"{json.dumps(TWO[0])}\n\n{' '.join(map(json.dumps, TWO[1:]))}\n",
    "lines that end on commas": "".join(f"{json.dumps(one)},\n" for one in TWO),
    "an array of texts": json.dumps([json.dumps(one) for one in TWO], indent=1),
    "several arrays": json.dumps(TWO[:1]) + "\n" + json.dumps(TWO[1:], indent=1),
    "crlf": json.dumps(TWO, indent=2).replace("\n", "\r\n"),
    "marked": "\ufeff" + json.dumps(TWO),
    "yaml": "\n---\n".join(yaml.safe_dump(one) for one in TWO),
    "yaml list": yaml.safe_dump({"items": TWO}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_records_are_the_same_however_they_lie_in_a_file(tmp_path: Path, layout: str) -> None:
    found, log = read(tmp_path, LAYOUTS[layout])
    assert [record.value for record in found] == TWO
    assert (log.broken, dict(log.skipped)) == (0, {})
    assert detect_format(Recording("recording", tmp_path / "recording")).name == "inspektor-gadget"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_an_encoding_is_known_by_its_mark_or_by_its_zero_bytes(tmp_path: Path, encoding: str) -> None:
    found, _ = read(tmp_path, LAYOUTS["lines"].encode(encoding))
    assert [record.value for record in found] == TWO


def test_values_have_the_lines_on_which_they_begin(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "[\n" + json.dumps({"a": 1}, indent=1) + ",\n\n" + json.dumps({"a": 2}, indent=1) + "\n]")
    assert [(record.value["a"], record.line) for record in found] == [(1, 2), (2, 6)]


def test_a_broken_value_is_told_with_its_line_and_the_next_ones_are_read(tmp_path: Path) -> None:
    text = json.dumps([{"a": 1}, {"a": 2}, {"a": 3}], indent=2).replace('"a": 2', '"a" 2')
    found, log = read(tmp_path, text)
    assert [record.value["a"] for record in found] == [1, 3]
    assert [(problem.code, problem.line) for problem in log.problems] == [("broken-record", 6)]


def test_a_value_that_is_cut_off_at_the_end_may_still_be_written(tmp_path: Path) -> None:
    found, log = read(tmp_path, json.dumps([{"a": 1}, {"a": "two"}], indent=2)[:-9])
    assert [record.value["a"] for record in found] == [1]
    assert [problem.code for problem in log.problems] == ["truncated-record"]


def test_a_value_may_be_larger_than_what_is_read_at_once(tmp_path: Path) -> None:
    large = {"a": "x" * 300_000, "b": [1, 2]}
    found, log = read(tmp_path, json.dumps([large, large], indent=1))
    assert [record.value for record in found] == [large, large]
    assert log.broken == 0


STAMP = "2026-11-21T09:00:01.000Z"
WRAPPED = {
    "cri": f"{STAMP} stdout F {LINE}",
    "cri in parts": f"{STAMP} stdout P {LINE[:50]}\n{STAMP} stdout P {LINE[50:90]}\n{STAMP} stdout F {LINE[90:]}",
    "docker": json.dumps({"log": LINE + "\n", "stream": "stdout", "time": STAMP}),
    "docker in parts": "\n".join(
        json.dumps({"log": part, "stream": "stdout", "time": STAMP}) for part in (LINE[:50], LINE[50:] + "\n")
    ),
    "syslog of 2009": f"<14>1 {STAMP} node-a gadget 12 - - {LINE}",
    "syslog with its length": f"200 <14>1 {STAMP} node-a gadget 12 - - {LINE}",
    "syslog of 2001": f"<14>Nov 21 09:00:01 node-a gadget[12]: {LINE}",
    "journal": f"{STAMP} node-a gadget[12]: {LINE}",
    "viaq": json.dumps({"message": LINE, "@timestamp": STAMP, "log_type": "audit"}),
    "decoded by a collector": json.dumps({"structured": TCP, "@timestamp": STAMP}),
    "elasticsearch": json.dumps({"hits": {"total": 1, "hits": [{"_source": {"message": LINE, "@timestamp": STAMP}}]}}),
    "a hit": json.dumps({"_source": TCP, "_index": "flows"}),
    "loki": json.dumps({"data": {"result": [{"stream": {"pod": "a"}, "values": [["1795251601000000000", LINE]]}]}}),
    "cloudwatch": json.dumps({"events": [{"timestamp": 1795251601000, "message": LINE}]}, indent=1),
    "a subscription of cloudwatch": json.dumps({"logEvents": [{"timestamp": 1795251601000, "message": LINE}]}),
    "fluent bit": json.dumps([[1795251601.0, {"log": LINE}]]),
    "insights": json.dumps(
        {"results": [[{"field": "@timestamp", "value": STAMP}, {"field": "@message", "value": LINE}]]}
    ),
    "cloud logging": json.dumps([{"jsonPayload": TCP, "timestamp": STAMP}]),
    "splunk": json.dumps({"preview": False, "result": {"_raw": LINE, "_time": STAMP}}),
    "a stream of events": f"event: flow\ndata: {LINE}",
    "kubectl logs --prefix": f"[pod/gadget-x/gadget] {LINE}",
    "kubectl logs --timestamps": f"{STAMP} {LINE}",
    "logcli": f'{STAMP} {{app="a", path="C:\\\\\\"x"}} {LINE}',
    "kubectl logs with both": f"[pod/gadget-x/gadget] {STAMP} {LINE}",
    "stern": f"gadget-x gadget {LINE}",
    "cri within docker": json.dumps({"log": f"{STAMP} stdout F {LINE}\n", "stream": "stdout", "time": STAMP}),
}  # fmt: skip


@pytest.mark.parametrize("wrapper", WRAPPED)
def test_what_collectors_and_stores_put_around_a_record_is_taken_off(tmp_path: Path, wrapper: str) -> None:
    found, log = read(tmp_path, WRAPPED[wrapper] + "\n")
    (record,) = found
    assert {name: record.value.get(name) for name in TCP} == TCP
    assert log.broken == 0
    assert detect_format(Recording("recording", tmp_path / "recording")).name == "inspektor-gadget"


@pytest.mark.parametrize(
    "wrapper",
    ["cri", "docker", "viaq", "loki", "cloudwatch", "insights", "syslog of 2009", "kubectl logs --timestamps"],
)
def test_the_time_of_a_wrapper_is_kept_for_records_without(tmp_path: Path, wrapper: str) -> None:
    (record,), _ = read(tmp_path, WRAPPED[wrapper])
    assert record.time == MOMENT


TEXTS = {
    "plain": (OVN, OVN),
    "cri": (f"{STAMP} stderr F {OVN}", OVN),
    "syslog": (f"Nov 21 09:00:01 node-a ovn-controller: {OVN}", OVN),
    "viaq": (json.dumps({"message": OVN, "@timestamp": STAMP}), OVN),
    "pretty array": (json.dumps([{"message": OVN}], indent=1), OVN),
    "kubectl logs --timestamps": (f"{STAMP} {OVN}", OVN),
    "kubectl logs with both": (f"[pod/ovn-x/ovn-controller] {STAMP} {OVN}", OVN),
    "logcli": (f'{STAMP} {{app="a"}} {OVN}', OVN),
    "stern": (f"ovn-x ovn-controller {OVN}", OVN),
    "stern of a table": ("antrea-x flow-aggregator 1637706961,1637706973,10.0.0.1", "1637706961,1637706973,10.0.0.1"),
    "a collector's own time and tag": (f"{STAMP}\tkube.var\t{json.dumps({'log': OVN})}", OVN),
    "texts in an array": (json.dumps([OVN]), OVN),
    "its own time": (f"{STAMP} Node: n1;{EKS}", f"Node: n1;{EKS}"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_lines_of_text_are_taken_out_as_well(tmp_path: Path, name: str) -> None:
    content, expected = TEXTS[name]
    found, _ = read(tmp_path, content, "text-lines")
    assert [record.value for record in found] == [expected]


def test_a_line_that_goes_on_with_something_else_is_broken(tmp_path: Path) -> None:
    found, log = read(tmp_path, f"{LINE}\n{LINE} and more\n{LINE}{LINE[:40]}\n")
    assert (len(found), log.broken) == (1, 2)


def test_other_lines_in_the_log_of_a_container_are_counted(tmp_path: Path) -> None:
    found, log = read(tmp_path, f"{STAMP} stdout F level=info starting\n{STAMP} stdout F {LINE}\n")
    assert (len(found), log.broken, dict(log.skipped)) == (1, 0, {"other log lines": 1})


def test_a_part_of_a_line_whose_end_is_missing_is_cut_off(tmp_path: Path) -> None:
    found, log = read(tmp_path, f"{STAMP} stdout P {LINE[:50]}\n")
    assert (found, [problem.code for problem in log.problems]) == ([], ["truncated-record"])
