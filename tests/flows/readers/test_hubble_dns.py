"""What Hubble's lines of layer 7 tell of DNS (flow-formats 1; flow-rules N13)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.flows.observed import Observed, json_lines, observed

TIME = "2026-11-02T08:00:00.5Z"
WEB = {
    "namespace": "shop",
    "pod_name": "web-5d8f6c7b9-x2x4z",
    "workloads": [{"name": "web", "kind": "Deployment"}],
}
DNS = {"namespace": "kube-system", "pod_name": "coredns-1"}
SAID = {"query": "One.Example.", "ips": ["1.1.1.1"], "ttl": 30, "qtypes": ["A"]}
Line = dict[str, Any]


def line(said: object = None, **fields: Any) -> Line:  # noqa: ANN401  (whatever a line may hold)
    """Return what a name server answered the web; fields that are None are left out."""
    flow = {
        "time": TIME,
        "verdict": "FORWARDED",
        "IP": {"source": "10.0.1.8", "destination": "10.0.0.7"},
        "l4": {"UDP": {"source_port": 53, "destination_port": 41000}},
        "source": DNS,
        "destination": WEB,
        "Type": "L7",
        "node_name": "east/node-a",
        "l7": {"type": "RESPONSE", "dns": SAID if said is None else said},
        "event_type": {"type": 129},
        "traffic_direction": "EGRESS",
        "is_reply": True,
        **fields,
    }
    return {"flow": {name: value for name, value in flow.items() if value is not None}, "time": TIME}


def read(folder: Path, *lines: object) -> Observed:
    return observed(folder, json_lines(*lines), "hubble")


def test_the_client_of_an_answer_is_the_destination_of_the_packet(tmp_path: Path) -> None:
    (answer,) = read(tmp_path, line()).answers
    time = datetime(2026, 11, 2, 8, 0, 0, 500_000)  # noqa: DTZ001  (files hold UTC, naive)
    assert answer == {
        "time": time,
        "expires": time + timedelta(seconds=30),
        "cluster": "east",
        "client_address": "10.0.0.7",
        "client_k8s_namespace_name": "shop",
        "client_k8s_pod_name": "web-5d8f6c7b9-x2x4z",
        "client_k8s_owner_kind": "Deployment",
        "client_k8s_owner_name": "web",
        "name": "one.example",
        "address": "1.1.1.1",
    }


def test_an_answer_of_several_addresses_is_several_and_still_one_line_that_is_no_flow(tmp_path: Path) -> None:
    found = read(tmp_path, line(SAID | {"ips": ["1.1.1.1", "::ffff:1.1.1.2", "2001:DB8::1"]}), line())
    assert sorted(answer["address"] for answer in found.answers) == ["1.1.1.1", "1.1.1.2", "2001:db8::1"]
    assert (found.rows, found.skipped, found.imported.batch.answers) == ([], {"DNS answers": 2}, 3)


@pytest.mark.parametrize(
    "none",
    [
        line(SAID | {"rcode": 3}),
        line({"query": "one.example.", "qtypes": ["MX"]}),
        line(SAID | {"ips": []}),
        line(verdict="DROPPED"),
        line(time="yesterday"),
    ],
    ids=["no such name", "no addresses", "an empty list", "withheld", "no time"],
)
def test_what_names_no_address_to_the_client_is_counted_alone(tmp_path: Path, none: Line) -> None:
    found = read(tmp_path, none)
    assert (found.answers, found.skipped, found.messages) == ([], {"DNS answers": 1}, [])


def test_a_question_is_no_answer(tmp_path: Path) -> None:
    asked = line(is_reply=False, l7={"type": "REQUEST", "dns": {"query": "one.example."}})
    found = read(tmp_path, asked)
    assert (found.answers, found.skipped, len(found.rows)) == ([], {}, 1)


@pytest.mark.parametrize(
    "ttl, seconds", [(None, 0), (0, 0), (2**32 - 1, 0), (2**64 - 1, 0), (-5, 0), ("soon", 0), (60, 60)]
)
def test_a_lifetime_that_is_none_is_none(tmp_path: Path, ttl: object, seconds: int) -> None:
    """Hubble writes -1 as 4294967295 (RFC 2181, section 8, has such a lifetime taken for none)."""
    (answer,) = read(tmp_path, line(SAID | {"ttl": ttl})).answers
    assert (answer["expires"] - answer["time"]).total_seconds() == seconds


ODD: tuple[object, ...] = (
    "text",
    [1],
    {},
    {"query": 3, "ips": ["1.1.1.1"]},
    {"query": ".", "ips": ["1.1.1.1"]},
    {"query": "odd.example", "ips": "1.1.1.1"},
    {"query": "odd.example", "ips": {"1": "1.1.1.1"}},
    {"query": "odd.example", "ips": [None, 7, {}, ["1.1.1.1"], "nowhere", ""]},
)


def test_answers_that_are_none_do_not_take_the_others_with_them(tmp_path: Path) -> None:
    found = read(tmp_path, *map(line, ODD), line())
    assert [answer["name"] for answer in found.answers] == ["one.example"]
    assert (found.skipped, found.messages) == ({"DNS answers": len(ODD) + 1}, [])


def test_answers_are_read_from_a_file_with_broken_lines_as_well(tmp_path: Path) -> None:
    """Such a file is read again, line by line."""
    found = read(tmp_path, line(), json.loads('{"hello": "world"}'), line(time="2026-11-02T08:00:01Z"))
    assert len(found.answers) == 2
    assert len(found.messages) == 1
