"""A file that no reader knows is named for what it is, with what to do; what is no recording at all is skipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.flows.examples import EXAMPLES
from workbench.flows import UnknownFlowFormatError, load_flows
from workbench.flows.importing.detection import detect_format
from workbench.flows.records import Recording

EKS = '{"level":"info","ts":"2026-05-31T21:57:47Z","msg":"Flow Info:  ","Src IP":"10.0.0.9","Verdict":"DENY"}'
COMPACT = (
    "Nov 21 09:00:01.123: shop/web-1:41000 (ID:4318) -> shop/db-0:5432 (ID:4314) to-endpoint FORWARDED (TCP Flags: SYN)"
)
VPC = "2 123456789010 eni-1235b8ca 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"
RECORDINGS: dict[str, tuple[str | bytes, str]] = {
    "hubble for people": (COMPACT, "hubble observe -o jsonpb"),
    "hubble with markers": (COMPACT.replace("-> ", "<- ").replace("FORWARDED", "DROPPED"), "hubble observe -o jsonpb"),
    "hubble table": ("TIMESTAMP   SOURCE   DESTINATION   TYPE   VERDICT   SUMMARY\nNov 21", "hubble observe -o jsonpb"),
    "cilium monitor": ("-> endpoint 1234 flow 0x1a2b , identity 1->2 state new ifindex lxc1 orig-ip 1.1.1.1", "hubble"),
    "pcap": (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + b"\0" * 40, "tshark"),
    "pcapng": (b"\n\r\r\n\x1c\x00\x00\x00M<+\x1a", "tshark"),
    "vpc": (VPC, "--mapping"),
    "vpc with names": (f"version account-id interface-id srcaddr dstaddr\n{VPC}", "--mapping"),
    "zeek": ("#separator \\x09\n#fields\tts\tuid\tid.orig_h", "mapping of its columns"),
    "tcpdump": ("09:00:01.123456 IP 10.0.0.1.41000 > 10.0.0.2.80: Flags [S], seq 1", "tshark"),
    "netfilter": ("Nov 21 09:00:01 node kernel: IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=60 PROTO=TCP", "mapping"),
    "gadget columns": ("K8S.NODE   K8S.NAMESPACE   K8S.PODNAME   COMM   SRC   DST\nn1 shop web", "-o json"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x00", "unzstd"),
    "xz": (b"\xfd7zXZ\0\x00\x04", "unxz"),
}
OTHERS: dict[str, tuple[str | bytes, str]] = {
    "prose": ("# How to record\n\n```\n" + EKS + "\n```\n", ""),
    "program": ("import json\n\nLINE = '" + EKS + "'\nfor _ in range(9):\n    print(LINE)\n", ""),
    "objects": (json.dumps({"apiVersion": "v1", "kind": "List", "items": []}, indent=1), "--manifests"),
    "manifests": ("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n", "--manifests"),
    "table": ("src,dst,verdict\na,b,allowed\nc,d,denied\n", "--mapping"),
    "page": ("<!DOCTYPE html><html></html>", "login page"),
    "metrics": ('# HELP flows Flows\n# TYPE flows counter\nflows{a="b"} 3\n', "logged to"),
    "parquet": (b"PAR1\x15\x04", "--mapping"),
    "empty": ("", ""),
    "binary": (b"\x00\x01\x02\x00\x03\x05", ""),
    "json": (json.dumps({"colour": "red"}), "colour"),
    "notes": ("buy milk\n", "gke"),
}


def written(folder: Path, content: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_in_another_form_is_recognised_and_told_what_to_do(tmp_path: Path, name: str) -> None:
    content, remedy = RECORDINGS[name]
    path = written(tmp_path, content)
    with pytest.raises(UnknownFlowFormatError) as raised:
        detect_format(Recording(str(path), path, is_found=True))
    assert raised.value.is_recording
    assert remedy in raised.value.remedy


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_recording_is_named_for_what_it_is(tmp_path: Path, name: str) -> None:
    content, said = OTHERS[name]
    path = written(tmp_path, content)
    with pytest.raises(UnknownFlowFormatError) as raised:
        detect_format(Recording(str(path), path, is_found=True))
    assert not raised.value.is_recording
    assert said in str(raised.value)
    assert str(path) in raised.value.message


def test_among_the_files_of_a_folder_what_is_no_recording_is_skipped_in_one_line(tmp_path: Path) -> None:
    for name, (content, _) in OTHERS.items():
        written(tmp_path, content, name)
    written(tmp_path, json.dumps(EXAMPLES["inspektor-gadget"]), "flows.jsonl")
    flows = load_flows(tmp_path)
    assert len(flows) == 1
    (problem,) = flows.problems_found
    assert (problem.severity.value, problem.code) == ("info", "no-recording")
    assert problem.message.startswith(f"{len(OTHERS)} files are not recordings")
    written(tmp_path, RECORDINGS["pcap"][0], "capture.pcap")
    assert [problem.code for problem in load_flows(tmp_path).problems_found] == ["unknown-flow-format", "no-recording"]


@pytest.mark.parametrize("name", ["prose", "notes", "empty"])
def test_a_file_without_flows_is_an_error_in_python_as_on_the_command_line(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, OTHERS[name][0], "README.md") if name != "prose" else written(tmp_path, "# Title\n\ntext")
    with pytest.raises(UnknownFlowFormatError, match="no flows were read"):
        load_flows(path)
    result = command("flows", "edges", path)
    assert (result.exit_code, "no flows were read" in result.stderr.replace("\n", " ")) == (2, True)


def test_a_folder_without_flows_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(UnknownFlowFormatError, match="there is no file"):
        load_flows(tmp_path)
    written(tmp_path, "buy milk")
    with pytest.raises(UnknownFlowFormatError, match="not a recording"):
        load_flows(tmp_path)
