"""The recordings of the shop: the same traffic, whatever the tool, is the same edges."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from workbench import Cluster, evaluate, load_manifests
from workbench.flows import Flows, compare, load_flows, read_mapping

DENIALS_UNSEEN = "denials unseen"
WITHOUT_OUTSIDE = "the outside unseen"
TCP_ALONE = "TCP alone"
FILES = {
    "morning.hubble.jsonl": (),
    "calico-flows.log": (),
    "whisker.json": ("outside unnamed",),
    "gke-policy-action.log": (),
    "network-policy-agent.log": (TCP_ALONE,),
    "acl-audit-log.log": (),
    "antrea-flows.csv": ("allowed untold",),
    "netobserv.jsonl": (DENIALS_UNSEEN,),
    "trace-tcp.jsonl": (DENIALS_UNSEEN, TCP_ALONE),
    "network-neighborhoods.json": (DENIALS_UNSEEN,),
    "rhacs-network-graph.json": (DENIALS_UNSEEN,),
    "kiali-graph.json": (DENIALS_UNSEEN, TCP_ALONE, WITHOUT_OUTSIDE),
}
"""What each tool cannot tell."""


@pytest.fixture(scope="module")
def folder(project: Path) -> Path:
    return project / "data" / "samples" / "flows"


@pytest.fixture(scope="module")
def cluster(project: Path, folder: Path) -> Cluster:
    return load_manifests([project / "data" / "samples" / "shop", folder / "cluster.json"])


@pytest.fixture(scope="module")
def expected(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "edges.csv")


def is_outside(names: pd.Series) -> pd.Series:
    return ~names.str.contains("/", regex=False)


def found_in(flows: Flows) -> set[tuple[str, str, str, int, str]]:
    edges = flows.edges()
    verdicts = ["denied" if denied else "allowed" for denied in edges["flows_denied"]]
    return set(zip(edges.src, edges.dst, edges.protocol, edges.port.astype(int), verdicts, strict=True))


def told_by(expected: pd.DataFrame, cannot: tuple[str, ...]) -> set[tuple[str, str, str, int, str]]:
    told = expected
    if DENIALS_UNSEEN in cannot:
        told = told[told.verdict == "allowed"]
    if TCP_ALONE in cannot:
        told = told[told.protocol == "TCP"]
    if WITHOUT_OUTSIDE in cannot:
        told = told[~(is_outside(told.src) | is_outside(told.dst))]
    if "outside unnamed" in cannot:
        for end in ("src", "dst"):
            told = told.assign(**{end: told[end].where(~is_outside(told[end]), "public network")})
    return set(told.itertuples(index=False, name=None))


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_edges_for_the_same_traffic(
    folder: Path, cluster: Cluster, expected: pd.DataFrame, name: str
) -> None:
    flows = load_flows(folder / name, cluster=cluster)
    assert flows.problems_found == ()
    assert found_in(flows) == told_by(expected, FILES[name])


def test_a_table_of_ones_own_does_too(folder: Path, cluster: Cluster, expected: pd.DataFrame) -> None:
    flows = load_flows(folder / "flows.csv", mapping=read_mapping(folder / "flows.mapping.yaml"), cluster=cluster)
    assert flows.problems_found == ()
    assert found_in(flows) == told_by(expected, ())
    assert flows.edges()["bytes"].sum() == pd.read_csv(folder / "flows.csv")["sent"].sum()


def test_three_days_of_hubble_show_what_the_readme_tells(folder: Path, cluster: Cluster) -> None:
    flows = load_flows(folder / "hubble.jsonl.gz", cluster=cluster)
    assert (len(flows), flows.problems_found) == (4081, ())
    scan = flows.between("2026-11-18 14:03", "2026-11-18 14:04").edges()
    gateway = scan[scan.src == "platform/gateway[Deployment]"]
    assert gateway.loc[gateway.flows_denied == 0, ["dst", "port"]].to_numpy().tolist() == [
        ["payments/db[StatefulSet]", 5432]
    ]
    assert (gateway.flows_denied > 0).sum() == 19


def test_the_next_day_holds_the_new_things_that_the_readme_tells(folder: Path, cluster: Cluster) -> None:
    before, after = (
        load_flows(folder / name, cluster=cluster) for name in ("hubble.jsonl.gz", "next-day.hubble.jsonl.gz")
    )
    assert after.problems_found == ()
    assert str(before.period[1]) < "2026-11-20" < str(after.period[0])
    keys = ["src", "dst", "port"]
    known, seen = (
        set(edges.loc[edges.flows > edges.flows_denied, keys].itertuples(index=False, name=None))
        for edges in (before.edges(), after.edges())
    )
    fulfilment, fraud = "orders/fulfilment[Deployment]", "payments/fraud[Deployment]"
    assert seen - known == {
        (fulfilment, "orders/db[StatefulSet]", 5432),
        (fraud, "203.0.113.150", 443),
        ("payments/api[Deployment]", "198.51.100.60", 443),
        (MAILER, DATABASE, 5432),
        (MAILER, "orders/db[StatefulSet]", 5432),
        (MAILER, "198.51.100.99", 4444),
    }
    assert {src for src, *_ in known - seen} == {"payments/reconcile[CronJob]", "platform/gateway[Deployment]"}
    scan = after.between("2026-11-20 11:31", "2026-11-20 11:32").edges()
    assert (scan.loc[scan.src == MAILER, "flows_denied"] > 0).sum() == 18


def test_the_next_day_agrees_with_the_policies(folder: Path, cluster: Cluster) -> None:
    found = compare(evaluate(cluster), load_flows(folder / "next-day.hubble.jsonl.gz", cluster=cluster))
    assert [len(frame) for frame in (found.not_allowed, found.denied_though_allowed, found.unknown)] == [0, 0, 0]


DATABASE, MAILER = "payments/db[StatefulSet]", "platform/mailer[Deployment]"
NAMES = {
    "orders/fulfilment[Deployment]": ("parcels.carrier.example", "203.0.113.20"),
    "payments/api[Deployment]": ("acquirer.example", "198.51.100.10"),
    "platform/mailer[Deployment]": ("relay.mail.example", "192.0.2.80"),
}


@pytest.mark.parametrize("names", [["morning.hubble.jsonl"], ["trace-tcp.jsonl", "trace-dns.jsonl"]], ids="+".join)
def test_what_was_asked_for_is_known_from_both_that_tell_it(folder: Path, cluster: Cluster, names: list[str]) -> None:
    flows = load_flows([folder / name for name in names], cluster=cluster)
    assert flows.problems_found == ()
    assert {row.src: (row.name, row.address) for row in flows.dns().itertuples()} == NAMES
    named = flows.edges().loc[lambda edges: edges["dst_domains"].map(bool)]
    assert {
        src: (*domains, dst) for src, domains, dst in zip(named.src, named.dst_domains, named.dst, strict=True)
    } == NAMES


def test_what_was_seen_agrees_with_the_policies(folder: Path, cluster: Cluster) -> None:
    found = compare(evaluate(cluster), load_flows(folder / "hubble.jsonl.gz", cluster=cluster))
    assert [len(frame) for frame in (found.not_allowed, found.denied_though_allowed, found.unknown)] == [0, 0, 0]
    decided_by = found.denied.set_index(["src", "dst"])["decided_by"]
    search = decided_by["storefront/catalog[Deployment]", "storefront/search[Deployment]"]
    assert "NetworkPolicy storefront/default-deny" in str(search)
    assert "platform/prometheus[Deployment]" in set(found.active.src)
    unused = found.unused[found.unused["dst"].isin([DATABASE, MAILER])]
    rows = set(unused[["src", "dst", "ports", "decided_by"]].itertuples(index=False, name=None))
    assert (MAILER, DATABASE, "TCP 5432", ("NetworkPolicy payments/db",)) in rows
    assert ("orders/cart[Deployment]", MAILER, "All Connections", ()) in rows


def test_the_script_makes_the_same_files_again(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(folder / "record.py"), str(tmp_path)]
    subprocess.run(command, check=True, cwd=folder.parents[2])  # noqa: S603  (our own script)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert len(made) == len(FILES) + 6
    for name in made:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name
