"""Files that other projects have recorded or published are read, with counts that were checked by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.flows.readers.imports import Found, edges_of, import_path

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = Path(os.environ.get("NETPOL_SAMPLES", ROOT.parent / "shared" / "samples"))

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"NETPOL_SAMPLES: there is no folder {SAMPLES}")


class Expected(NamedTuple):
    """What is kept of a file, what is skipped, and how many edges there are among allowed rows."""

    file: str
    format_name: str
    rows: int
    edges: int
    duplicates: int
    skipped: dict[str, int]


FILES = (
    Expected("hubble/basic-sample-10-flows.jsonl", "hubble", 10, 5, 0, {}),
    Expected(
        "hubble/basic-sample-400-tcp-flows.jsonl",
        "hubble",
        174,
        14,
        0,
        {"layer 7 records": 65, "packets between nodes": 50, "packets to the proxy": 111},
    ),
    Expected("hubble/basic-sample-400-icmpv4-flows.jsonl", "hubble", 11, 2, 0, {"packets between nodes": 7}),
    Expected("hubble/basic-sample-5-dns-flows.jsonl", "hubble", 3, 1, 0, {"DNS answers": 2}),
    Expected("hubble/basic-sample-5-http-flows.jsonl", "hubble", 5, 4, 0, {}),
    Expected("calico/flows.log", "calico", 3, 2, 0, {}),
    Expected("calico/whisker-flows.json", "whisker", 1, 1, 0, {}),
    # The same packets were seen at several interfaces.
    Expected("netobserv/loki_flow_records.json", "netobserv", 31, 20, 7, {"ICMP errors of other flows": 12}),
    Expected("gke/network-policy-log.jsonl", "gke", 2, 1, 0, {}),
    Expected("aws-netpol/network-policy-agent.log", "eks", 5, 2, 0, {}),
    Expected("ovn/acl-audit-log.log", "ovn", 3, 2, 0, {}),
)


@pytest.fixture(scope="module", params=FILES, ids=lambda expected: expected.file)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Expected, Found]:
    expected: Expected = request.param
    return expected, import_path(tmp_path_factory.mktemp("samples"), SAMPLES / expected.file)


def test_rows_and_skips_are_those_that_were_counted(case: tuple[Expected, Found]) -> None:
    expected, found = case
    assert found.batch.format == expected.format_name
    assert (found.batch.rows, found.batch.duplicates) == (expected.rows, expected.duplicates)
    assert dict(found.batch.skipped) == expected.skipped


def test_no_record_is_broken(case: tuple[Expected, Found]) -> None:
    _, found = case
    assert found.batch.broken == 0
    assert {problem.code for problem in found.problems} <= {"only-layer-7"}


def test_the_edges_are_those_that_were_counted(case: tuple[Expected, Found]) -> None:
    expected, found = case
    assert len(edges_of(found.rows)) == expected.edges


def test_the_edges_of_ten_lines_are_known_by_name(tmp_path: Path) -> None:
    found = import_path(tmp_path, SAMPLES / "hubble/basic-sample-10-flows.jsonl")
    reviews, dns = "bookinfo/reviews-v1-545db77b95-s6jb8", "kube-system/kube-dns-6c7b8dc9f9-gnxh2"
    assert edges_of(found.rows) == {
        ("host", reviews, "tcp", 15020),
        ("istio-system/prometheus-6655946b9f-hx9ln", reviews, "tcp", 15090),
        (
            "istio-system/istio-telemetry-85cf8ddf5f-kw64q",
            "istio-system/istio-galley-7994d74d58-s2pwm",
            "tcp",
            9901,
        ),
        ("kube-system/event-exporter-gke-67986489c8-svnrf", "world", "tcp", 443),
        ("host", dns, "tcp", 10054),
    }
