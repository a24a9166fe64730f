"""The flows that stand in for others (anonymising 6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.flows.rows import arrow_of, destination, source
from tests.inventory.renaming import renamed_end
from workbench.connectivity import evaluate
from workbench.flows import Flows, FlowStore, TableMapping, compare, load_flows, open_flows
from workbench.flows.addresses import KNOWN
from workbench.flows.rules.owners import derived_owner
from workbench.flows.schema import COLUMNS
from workbench.flows.stand_ins import anonymised_rows
from workbench.flows.stored_rows import STORED
from workbench.ground import UNNAMED_OUTSIDE, Anonymiser, ArgumentError
from workbench.inventory import Cluster, load_manifests

ONE = Anonymiser("the key of these tests")
SAMPLES = (
    "morning.hubble.jsonl", "calico-flows.log", "network-policy-agent.log", "acl-audit-log.log", "antrea-flows.csv",
    "netobserv.jsonl", "trace-dns.jsonl", "rhacs-network-graph.json",
)  # fmt: skip
"""Of those that are alike, one."""
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(project: Path) -> Path:
    return project / "data" / "samples" / "flows"


@pytest.fixture(scope="module")
def cluster(project: Path, folder: Path) -> Cluster:
    return load_manifests([project / "data" / "samples" / "shop", folder / "cluster.json"], cache=False)


def said(edges: pd.DataFrame, anonymiser: Anonymiser | None = None) -> list[tuple[tuple[str, str], ...]]:
    """Return what edges say, sorted; by the names of an anonymiser, if one is given."""
    changes: dict[str, Callable[[Anonymiser, Any], Any]] = {
        **dict.fromkeys(("src", "dst"), renamed_end),
        **dict.fromkeys(("src_namespace", "dst_namespace"), Anonymiser.namespace),
        **dict.fromkeys(("src_kind", "dst_kind"), Anonymiser.kind),
        **dict.fromkeys(("src_block", "dst_block"), Anonymiser.network_label),
        "dst_domains": lambda one, names: [one.domain(name) for name in names],
        "cluster": Anonymiser.cluster,
    }
    rows = []
    for row in edges.to_dict("records"):
        for name, change in changes.items():
            if anonymiser is not None and name in row and not isinstance(row[name], float):
                row[name] = change(anonymiser, row[name])
        row["dst_domains"] = sorted(row["dst_domains"])
        rows.append(tuple((str(name), str(value)) for name, value in row.items()))
    return sorted(rows)


@pytest.mark.parametrize("name", SAMPLES)
def test_edges_are_the_same_by_other_names(folder: Path, cluster: Cluster, name: str) -> None:
    before = load_flows(folder / name, cluster=cluster)
    after = before.anonymised(ONE)
    assert len(after) == len(before)
    assert said(after.edges()) == said(before.edges(), ONE)


@pytest.mark.parametrize("name", ["whisker.json", "network-neighborhoods.json"])
def test_edges_without_a_cluster_are_the_same_by_other_names(folder: Path, name: str) -> None:
    before = load_flows(folder / name)
    assert said(before.anonymised(ONE).edges()) == said(before.edges(), ONE)


def test_edges_against_the_anonymised_cluster_are_judged_alike(folder: Path, cluster: Cluster) -> None:
    before = load_flows(folder / "hubble.jsonl.gz", cluster=cluster)
    after = before.anonymised(ONE)
    assert after.cluster is not None
    judged = [compare(evaluate(known), flows) for known, flows in ((cluster, before), (after.cluster, after))]
    statuses = [sorted(one.to_frame()["status"]) for one in judged]
    assert statuses[0] == statuses[1]
    assert len(set(statuses[0])) > 1


def test_the_owner_of_a_pod_is_derived_by_other_names_alike() -> None:
    for pod in ("web-7d9f8c6b5d-x2x4z", "backup-29312345-x2x4z", "db-0", "web", "web-7d9f8c6b5d-*"):
        owner, found = derived_owner("Pod", pod), derived_owner("Pod", ONE.workload(pod))
        assert owner is not None
        assert found == owner._replace(name=ONE.workload(owner.name))


def test_dns_answers_are_the_same_by_other_names(folder: Path) -> None:
    before = load_flows(folder / "morning.hubble.jsonl")
    found, expected = before.anonymised(ONE).dns(), before.dns()
    assert len(found) == len(expected) > 0
    assert sorted(found["name"]) == sorted(map(ONE.domain, expected["name"]))
    assert sorted(found["address"]) == sorted(map(ONE.address, expected["address"]))
    assert sorted(found["src"]) == sorted(renamed_end(ONE, name) for name in expected["src"])


def test_blocks_have_other_names_and_hold_the_same_ends(folder: Path) -> None:
    table = pd.DataFrame(
        {"cidr": ["203.0.113.0/24", "0.0.0.0/0"], "name": ["marqer", "rest of it"], "basis": ["decided"] * 2}
    )
    before = load_flows(folder / "hubble.jsonl.gz").tagged(table)
    assert said(before.anonymised(ONE).located_edges()) == said(before.located_edges(), ONE)


def test_flows_that_were_chosen_are_taken_by_themselves(folder: Path) -> None:
    chosen = load_flows(folder / "hubble.jsonl.gz").where(verdict="allowed")
    after = chosen.anonymised(ONE)
    assert len(after) == len(chosen)
    assert said(after.edges()) == said(chosen.apart().edges(), ONE)


def test_the_flows_are_kept_in_a_new_store(tmp_path: Path, folder: Path) -> None:
    before = load_flows(folder / "morning.hubble.jsonl")
    before.anonymised(ONE, store=tmp_path / "kept", now=lambda: NOW)
    after = open_flows(tmp_path / "kept")
    assert said(after.edges()) == said(before.edges(), ONE)
    assert [batch.file for batch in FlowStore(tmp_path / "kept").batches() if batch.rows] != []
    with pytest.raises(ArgumentError, match="holds flows"):
        before.anonymised(ONE, store=tmp_path / "kept")


def test_what_sources_lost_stays_counted(folder: Path) -> None:
    before = load_flows(folder / "morning.hubble.jsonl")
    before.lost_events = 7
    assert before.anonymised(ONE).lost_events == 7


def test_a_written_table_is_read_as_the_same_flows(tmp_path: Path, folder: Path) -> None:
    for name in ("morning.hubble.jsonl", "netobserv.jsonl"):
        before = load_flows(folder / name).anonymised(ONE)
        before.to_parquet(tmp_path / f"{name}.parquet")
        after = load_flows(tmp_path / f"{name}.parquet", mapping=TableMapping())
        kept = [one.name for one in COLUMNS if one.name not in {"source_format", "source_file", "source_line"}]
        frames = [flows.to_pandas()[kept].astype("str") for flows in (before, after)]
        rows = [sorted(map(tuple, frame.to_numpy())) for frame in frames]
        assert rows[0] == rows[1]


def test_a_table_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, folder: Path) -> None:
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(OSError, match="taken"):
        load_flows(folder / "trace-dns.jsonl").to_parquet(target)
    assert list(tmp_path.iterdir()) == [target]


LABELS = {
    "team": "marqer",
    "marqer": "x",
    "app": "marqer",
    "acme.example/marqer": "",
    "kubernetes.io/metadata.name": "marqer",
}
MARKED: dict[str, object] = {
    **{
        name: value
        for prefix, make in (("source", source), ("destination", destination))
        for name, value in make(
            address="8.77.66.55", namespace="marqer", pod="marqer-7d9f8c6b5d-x2x4z", owner_kind="Marqer",
            owner="marqer", labels=LABELS, service="marqer", node="marqer", network_label="marqer",
            domain=["marqer.example", "x.marqer.svc.cluster.local"],
        ).items()
        if prefix
    },
    "verdict_reason": "marqer",
    "policies": [dict.fromkeys(("kind", "namespace", "name", "rule", "action", "direction"), "marqer")],
    "service_address": "8.77.66.55",
    "nat_source_address": "8.77.66.55",
    "cluster": "marqer",
    "source_format": "marqer",
    "source_file": "/home/marqer/marqer.jsonl",
    # Values of categories that are none are no way in either.
    **{one.name: "marqer" for one in COLUMNS if one.dtype == "category"},
}  # fmt: skip


def rows_as_text(batches: Iterable[pa.RecordBatch]) -> str:
    return json.dumps([row for batch in batches for row in batch.to_pylist()], default=str)


def test_no_text_comes_through_in_any_column() -> None:
    texts = [one.name for one in COLUMNS if not pa.types.is_primitive(one.stored)]
    assert set(texts) <= MARKED.keys()
    table = arrow_of(MARKED).select(STORED.names)
    assert rows_as_text(table.to_batches()).count("arqer") > 40
    found = rows_as_text(anonymised_rows(batch, ONE) for batch in table.to_batches())
    assert "arqer" not in found
    assert "8.77.66.55" not in found


def test_a_text_of_which_it_is_not_known_what_it_is_is_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.flows import stand_ins  # noqa: PLC0415  (what knows columns)

    known = {name: make for name, make in stand_ins._TEXTS.items() if name not in {"cluster", "source_domain"}}
    monkeypatch.setattr(stand_ins, "_TEXTS", known)
    (batch,) = arrow_of(MARKED).select(STORED.names).to_batches()
    row = anonymised_rows(batch, ONE).to_pylist()[0]
    assert row["cluster"] is None
    assert row["source_domain"] == [None, None]


def test_what_is_missing_stays_missing() -> None:
    table = arrow_of({}, MARKED, {}, source(labels={}, domain=[])).select(STORED.names)
    rows = pa.Table.from_batches([anonymised_rows(batch, ONE) for batch in table.to_batches()]).to_pylist()
    assert [row["source_address"] is None for row in rows] == [True, False, True, True]
    assert [row["source_k8s_pod_labels"] for row in rows[::2]] == [None, None]
    assert dict(rows[1]["source_k8s_pod_labels"]) == ONE.labels(LABELS)
    assert rows[3]["source_k8s_pod_labels"] == rows[3]["source_domain"] == []
    # Of a part of a table, too.
    part = table.slice(1, 2).combine_chunks().to_batches()[0]
    assert dict(anonymised_rows(part, ONE).to_pylist()[0]["source_k8s_pod_labels"]) == ONE.labels(LABELS)


def test_no_file_of_a_store_has_a_text_of_the_original(tmp_path: Path, folder: Path) -> None:
    before = load_flows(folder / "hubble.jsonl.gz")
    words = {"storefront", "checkout", "hubble.jsonl", "203.0.114"}
    before.anonymised(ONE, store=tmp_path / "kept")
    files = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert files
    for path in files:
        if path.suffix == ".parquet":
            text = json.dumps(pq.read_table(path).to_pylist(), default=str)
        else:
            text = path.read_text(errors="replace")
        assert not [word for word in words if word in text], path


def test_hashes_of_rows_are_those_of_the_stand_ins(folder: Path) -> None:
    def ids(flows: Flows) -> set[int]:
        return set(flows.execute(flows.table.select("row_id"))["row_id"])

    before = load_flows(folder / "morning.hubble.jsonl")
    assert not ids(before) & ids(before.anonymised(ONE))


def test_names_by_which_rules_go_stay() -> None:
    labels = {*UNNAMED_OUTSIDE, *KNOWN.values()}
    assert {ONE.network_label(one) for one in labels} == labels
    assert {ONE.address(one) for one in KNOWN} == set(KNOWN)
