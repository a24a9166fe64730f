"""The same questions on Spark, put to the same store: those who outgrow one machine get the same answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from workbench import load_manifests
from workbench.flows import FlowStore, open_flows
from workbench.flows.importing import import_file

if TYPE_CHECKING:
    import ibis

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not installed (extra `spark`)"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not there"),
    pytest.mark.filterwarnings("ignore"),  # Spark's own, which are many
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ibis.BaseBackend]:
    import ibis  # noqa: PLC0415  (not where Spark is missing)
    from pyspark.sql import SparkSession  # noqa: PLC0415

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.fixture(scope="module")
def store(project: Path, tmp_path_factory: pytest.TempPathFactory) -> FlowStore:
    found = FlowStore(tmp_path_factory.mktemp("flows") / "store")
    import_file(found, project / "data" / "samples" / "flows" / "morning.hubble.jsonl")
    return found


def test_edges_names_and_timelines_are_the_same(store: FlowStore, spark: ibis.BaseBackend) -> None:
    here, there = open_flows(store), open_flows(store, backend=spark)
    assert len(there) == len(here)
    pd.testing.assert_frame_equal(there.edges(), here.edges())
    assert "relay.mail.example" in set(there.edges()["dst_domains"])
    pd.testing.assert_frame_equal(there.dns(), here.dns())
    pd.testing.assert_frame_equal(there.timeline("1h"), here.timeline("1h"))
    pd.testing.assert_frame_equal(there.denied().summary(), here.denied().summary())


def test_attribution_is_the_same(project: Path, store: FlowStore, spark: ibis.BaseBackend) -> None:
    samples = project / "data" / "samples"
    cluster = load_manifests([samples / "shop", samples / "flows" / "cluster.json"])
    here, there = open_flows(store, cluster=cluster), open_flows(store, cluster=cluster, backend=spark)
    pd.testing.assert_frame_equal(there.edges(), here.edges())
    pd.testing.assert_frame_equal(there.dns(), here.dns())
