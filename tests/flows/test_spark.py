"""Those who outgrow one machine get the same answers: rules and questions are the same expressions on Spark."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.flows.clusters import cluster_of, deployment, node, pod, service
from tests.flows.rows import Row, after, arrow_of, destination, source
from workbench import load_manifests
from workbench.flows import FlowStore, open_flows
from workbench.flows.engine import connected
from workbench.flows.importing.batches import import_file
from workbench.flows.rules.attribution import attributed
from workbench.flows.rules.blocks import in_blocks, networks_of
from workbench.flows.rules.cluster import lookups_of
from workbench.flows.rules.host_network import mark_host_network, mark_probes
from workbench.flows.rules.orientation import evidence_of, oriented
from workbench.flows.rules.owners import with_owners
from workbench.flows.rules.ports import mark_dns_ports, mark_ephemeral_ports
from workbench.flows.rules.replies import fold_replies
from workbench.flows.rules.reporters import merge_reporters
from workbench.flows.rules.services import through_services
from workbench.flows.rules.snat import mark_snat
from workbench.flows.tagging import Blocks

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not installed (extra `spark`)"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not there"),
    pytest.mark.filterwarnings("ignore"),  # Spark's own, which are many
]

WEB = {"app": "web"}
LOOKUPS = lookups_of(
    cluster_of(
        deployment("web", WEB, [{"containerPort": 8080, "name": "http"}]),
        deployment("canary", {**WEB, "track": "canary"}, [{"containerPort": 9090, "name": "http"}]),
        pod("db-0", "10.0.0.5", owner="StatefulSet/db", labels={"app": "db"}, nodeName="n1"),
        service("web", WEB, [{"port": 80, "targetPort": "http"}], type="NodePort", clusterIP="10.96.0.1"),
        node("n1", "192.168.0.1"),
    )
)
CLIENT = source(namespace="shop", pod="client-7d4899b484-x2z4f", kind="pod", address="10.0.0.9", port=40000)
CALL = {**CLIENT, **destination(address="10.96.0.1", port=80), "connections": 1, "bytes": 10}
DB = {**CLIENT, **destination(address="10.0.0.5", port=5432), "connections": 2, "bytes": 5, "packets": 1}
UNKNOWN = {"orientation": "unknown", "confidence": 0.0}
ROWS: tuple[Row, ...] = (
    CALL,
    {**DB, "reporter": "source", "time_end": after(3)},
    {**DB, "reporter": "destination", "verdict": "denied", "verdict_reason": "POLICY", "destination_domain": ["db"]},
    {**DB, "connections": 0, "bytes": None, "packets": None, "reply_bytes": 77, "reporter": "source"},
    {**source(address="10.96.0.1", port=80), **destination(address="10.0.0.5", port=40001), **UNKNOWN},
    {**source(address="203.0.113.1", port=443, kind="external"), **destination(port=40002), **UNKNOWN},
    {**source(namespace="shop", labels={**WEB, "pod-template-hash": "x"}), **destination(port=53)},
    {**source(namespace="shop", labels={"track": "canary"}), **destination(address="10.77.0.1", port=40003), **UNKNOWN},
    {**source(address="192.168.0.1"), **destination(namespace="shop", owner="web", port=8080)},
    *(
        {**source(address=f"10.1.0.{n}"), **destination(address="10.0.0.77", port=7000), **UNKNOWN, "bytes": n}
        for n in range(3)
    ),
    *(
        {**CLIENT, **destination(address=f"203.0.113.{n}", port=443, kind="external", network_label="aws")}
        for n in range(21)
    ),
)


BLOCKS = Blocks(pd.DataFrame({"cidr": ["203.0.113.8/29"], "name": ["mine"], "basis": ["decided"]}))
Rule = Callable[[ibis.Table], ibis.Table]
FIRST: dict[str, Rule] = {
    "with_owners": with_owners,
    "attributed": lambda rows: attributed(rows, LOOKUPS),
    "fold_replies": fold_replies,
    "merge_reporters": merge_reporters,
    "in_blocks": lambda rows: in_blocks(rows, BLOCKS.of([f"203.0.113.{n}" for n in range(21)])),
    "oriented": lambda rows: oriented(rows, evidence_of(rows)),
    "networks_of": networks_of,
}
ATTRIBUTED: dict[str, Rule] = {
    "oriented_by_cluster": lambda rows: oriented(rows, evidence_of(rows), LOOKUPS),
    "through_services": lambda rows: through_services(rows, LOOKUPS),
    "marks": lambda rows: mark_dns_ports(mark_ephemeral_ports(mark_probes(mark_host_network(rows, LOOKUPS)))),
    "mark_snat": lambda rows: mark_snat(rows, LOOKUPS),
}
"""Rules that are asked after `attributed`."""
EVERY_RUN = {"with_owners", "fold_replies"}
"""Two of them: to start Spark and to translate a rule for it take longer than all that the rule does."""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    from pyspark.sql import SparkSession  # noqa: PLC0415  (only where it is installed)

    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        # To compile code for a handful of rows takes most of the time.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.fixture(scope="module")
def store(project: Path, tmp_path_factory: pytest.TempPathFactory) -> FlowStore:
    found = FlowStore(tmp_path_factory.mktemp("flows") / "store")
    import_file(found, project / "data" / "samples" / "flows" / "morning.hubble.jsonl")
    return found


@pytest.mark.parametrize(
    "name",
    [name if name in EVERY_RUN else pytest.param(name, marks=pytest.mark.repetition) for name in (*FIRST, *ATTRIBUTED)],
)
def test_a_rule_gives_the_same_rows_on_spark(spark: Backend, tmp_path: Path, name: str) -> None:
    file, answer = tmp_path / "rows.parquet", tmp_path / "answer"
    pq.write_table(arrow_of(*ROWS), file)
    rule = FIRST.get(name) or ATTRIBUTED[name]
    here = connected()
    try:
        if name in ATTRIBUTED:
            pq.write_table(here.to_pyarrow(attributed(here.read_parquet(file), LOOKUPS)), file)
        expected = here.to_pyarrow(rule(here.read_parquet(file))).to_pylist()
    finally:
        here.disconnect()
    spark.to_parquet(rule(spark.read_parquet(str(file))), str(answer))
    assert _comparable(pq.read_table(answer).to_pylist()) == _comparable(expected)


@pytest.mark.repetition
def test_edges_names_and_timelines_are_the_same(store: FlowStore, spark: Backend) -> None:
    here, there = open_flows(store), open_flows(store, backend=spark)
    assert len(there) == len(here)
    edges = there.edges()
    pd.testing.assert_frame_equal(edges, here.edges())
    assert ("relay.mail.example",) in set(edges["dst_domains"])
    pd.testing.assert_frame_equal(there.dns(), here.dns())
    pd.testing.assert_frame_equal(there.timeline("1h"), here.timeline("1h"))
    pd.testing.assert_frame_equal(there.denied().summary(), here.denied().summary())


@pytest.mark.repetition
def test_single_rows_and_connections_are_the_same(store: FlowStore, spark: Backend) -> None:
    here, there = open_flows(store), open_flows(store, backend=spark)
    assert _frame_rows(there.to_pandas(40)) == _frame_rows(here.to_pandas(40))
    assert _frame_rows(there.connections()) == _frame_rows(here.connections())


@pytest.mark.repetition
def test_attribution_is_the_same(project: Path, store: FlowStore, spark: Backend) -> None:
    samples = project / "data" / "samples"
    cluster = load_manifests([samples / "shop", samples / "flows" / "cluster.json"])
    here, there = open_flows(store, cluster=cluster), open_flows(store, cluster=cluster, backend=spark)
    pd.testing.assert_frame_equal(there.edges(), here.edges())
    pd.testing.assert_frame_equal(there.dns(), here.dns())
    everyone = pd.DataFrame({"cidr": ["0.0.0.0/0", "::/0"], "name": ["everyone"] * 2, "basis": ["rest"] * 2})
    assert "everyone" in set(there.tagged(everyone).edges()["dst"])
    pd.testing.assert_frame_equal(there.tagged(everyone).edges(), here.tagged(everyone).edges())


def _frame_rows(frame: pd.DataFrame) -> list[str]:
    plain = frame.assign(**{name: frame[name].map(_listed) for name in frame.columns if frame[name].dtype == object})
    return sorted(map(repr, plain.astype(str).to_dict("records")))


def _listed(value: Any) -> Any:  # noqa: ANN401  (a cell)
    """Return lists, which engines give as different sequences, as lists of plain values."""
    return [_listed(one) for one in value] if hasattr(value, "tolist") or isinstance(value, list) else value


def _comparable(rows: list[Row]) -> list[Row]:
    plain = [{name: _plain(name, value) for name, value in row.items()} for row in rows]
    return sorted(plain, key=lambda row: repr(sorted(row.items())))


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401  (a cell)
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if name == "confidence":
        return round(value, 3)
    if name.endswith("_labels") and value is not None:
        return sorted(dict(value).items())
    return value
