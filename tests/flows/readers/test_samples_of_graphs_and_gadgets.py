"""What projects publish of these formats is read without loss, in stated numbers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.flows.observed import rows_in
from tests.flows.samples import SAMPLES, needs_samples
from workbench.flows import FlowStore
from workbench.flows.importing.batches import import_file
from workbench.ground import Severity

CONFORMANCE = Path(
    os.environ.get("NETPOL_CONFORMANCE", Path(__file__).resolve().parents[3].parent / "shared" / "conformance")
)


@needs_samples
@pytest.mark.parametrize(
    "file, found, rows, edges",
    [
        ("antrea/flowlogger.csv", "antrea", 1, 1),
        ("inspektor-gadget/trace_tcp.jsonl", "inspektor-gadget", 2, 2),
        ("kiali/test_workload_graph.json", "kiali", 18, 18),
        ("kiali/test_versioned_app_graph.json", "kiali", 18, 18),
    ],
)
def test_a_published_file_is_read(tmp_path: Path, file: str, found: str, rows: int, edges: int) -> None:
    store = FlowStore(tmp_path)
    imported = import_file(store, SAMPLES / file)
    batch = imported.batch
    assert (batch.format, batch.rows, batch.duplicates, batch.broken, dict(batch.skipped)) == (found, rows, 0, 0, {})
    assert not imported.problems
    ends = ("k8s_namespace_name", "k8s_owner_name", "k8s_pod_name", "k8s_service_name", "address")
    keys = [f"{end}_{name}" for end in ("source", "destination") for name in ends]
    keys += ["network_transport", "destination_port"]
    assert len({tuple(row.get(key) for key in keys) for row in rows_in(store)}) == edges


@pytest.mark.skipif(not CONFORMANCE.is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {CONFORMANCE}")
@pytest.mark.parametrize(
    "pattern, files, rows, duplicates, skipped",
    [
        ("kubescape/*/input.yaml", 23, 52, 21, {"objects without spec, as lists of them are": 1}),
        (
            "kubescape-edge/*/input.yaml",
            17,
            17,
            3,
            {"objects of status too-large": 1, "objects without neighbours": 1},
        ),
        # They say what is expected, by hand: nothing of it was seen.
        ("kubescape-node-agent/[0-9]*.yaml", 21, 0, 0, {"objects without status": 22}),
    ],
)
def test_published_objects_of_kubescape_are_read(
    tmp_path: Path, pattern: str, files: int, rows: int, duplicates: int, skipped: dict[str, int]
) -> None:
    paths = sorted(CONFORMANCE.glob(pattern))
    assert len(paths) == files
    path = tmp_path / "objects.yaml"
    path.write_text("\n---\n".join(found.read_text(encoding="utf-8") for found in paths), encoding="utf-8")
    imported = import_file(FlowStore(tmp_path / "store"), path)
    batch = imported.batch
    assert not [problem for problem in imported.problems if problem.severity == Severity.ERROR]
    assert (batch.rows, batch.duplicates, batch.broken, dict(batch.skipped)) == (rows, duplicates, 0, skipped)
