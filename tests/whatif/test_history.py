"""What a cluster was at which time, and the folder that keeps it (what-if 4)."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.connectivity.manifests import policy as written
from tests.generate.town import Seen, cluster_of, flows_of, namespace, policy, workload
from workbench.ground import ArgumentError, MissingFileError
from workbench.inventory import load_manifests
from workbench.whatif import ClusterChange, History, PolicyStatus, keep_moment, simulate

NS = namespace("shop")
WEB, DB = workload("shop/web", "10.0.0.1"), workload("shop/db", "10.0.0.2")
ONE, TWO = cluster_of(NS, WEB), cluster_of(NS, WEB, DB)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)


def test_a_cluster_is_as_it_was_until_the_next_moment() -> None:
    history = History.of([(TUESDAY, TWO), (MONDAY, ONE)])
    assert history.at(MONDAY - timedelta(seconds=1)) is None
    assert history.at(MONDAY) is ONE
    assert history.at(TUESDAY - timedelta(seconds=1)) is ONE
    assert history.at((TUESDAY + timedelta(days=9)).replace(tzinfo=None)) is TWO
    assert [(one.start, one.end) for one in history.spans] == [(MONDAY, TUESDAY), (TUESDAY, None)]


def test_a_moment_at_which_nothing_had_changed_begins_no_span() -> None:
    again = cluster_of(NS, WEB)
    assert len(History.of([(MONDAY, ONE), (TUESDAY, again)]).spans) == 1


def test_two_clusters_of_one_time_are_refused() -> None:
    with pytest.raises(ArgumentError, match="two clusters of 2026-11-16"):
        History.of([(MONDAY, ONE), (MONDAY, TWO)])


def test_a_folder_keeps_moments_and_gives_them_back(tmp_path: Path) -> None:
    keep_moment(tmp_path / "kept", MONDAY, ONE)
    file = keep_moment(tmp_path / "kept", TUESDAY.astimezone(), TWO)
    assert file.name == "2026-11-17T00-00-00Z.yaml"
    found = History.read(tmp_path / "kept")
    assert [one.time for one in found.moments] == [MONDAY, TUESDAY]
    assert [len(one.cluster.objects.workloads) for one in found.moments] == [1, 2]
    with pytest.raises(ArgumentError, match="is of that time"):
        keep_moment(tmp_path / "kept", MONDAY, TWO)


def test_a_moment_has_the_policies_as_they_are_whatever_the_cluster_was_read_from(tmp_path: Path) -> None:
    db, web = (
        written("podSelector: {matchLabels: {app: X}}", name, "shop").replace("X", name) for name in ("db", "web")
    )
    cluster = load_manifests(yaml.safe_dump_all([NS, *WEB]) + "---" + db + web)
    closed = written("podSelector: {}, policyTypes: [Egress]", "web", "shop")
    added = load_manifests(closed + written("podSelector: {}", "all", "shop"))
    changed = cluster.with_policies(added, remove="NetworkPolicy shop/db")
    keep_moment(tmp_path, MONDAY, cluster)
    keep_moment(tmp_path, TUESDAY, changed)
    for moment, expected in zip(History.read(tmp_path).moments, (cluster, changed), strict=True):
        change = ClusterChange.of(expected, moment.cluster)
        assert {one.status for one in change.policies} == {PolicyStatus.UNCHANGED}
        assert len(moment.cluster.objects.workloads) == 1
    assert "matchLabels" in (tmp_path / "2026-11-16T00-00-00Z.yaml").read_text()


def test_a_policy_of_which_it_is_not_known_what_it_says_is_kept_as_it_was_written(tmp_path: Path) -> None:
    wrong = written("podSelectr: {}", "wrong", "shop")
    cluster = load_manifests(yaml.safe_dump_all([NS, *WEB]) + "---" + wrong)
    keep_moment(tmp_path, MONDAY, cluster)
    assert [one.ref for one in History.read(tmp_path).moments[0].cluster.objects.left_out] == [
        "NetworkPolicy shop/wrong"
    ]
    with pytest.raises(ArgumentError, match="NetworkPolicy shop/wrong cannot be written"):
        keep_moment(tmp_path, TUESDAY, ONE.with_policies(load_manifests(wrong)))


@pytest.mark.parametrize(
    "name",
    ["2026-11-16T00:00:00Z.yaml", "2026-11-16T000000Z.yaml", "2026-11-16T00-00.yaml", "2026-11-16T00-00-00Z_a.yaml"],
)
def test_a_moment_is_named_by_its_time(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(yaml.safe_dump_all([NS, *WEB]))
    assert [one.time for one in History.read(tmp_path).moments] == [MONDAY]


def test_a_moment_may_be_a_folder_or_packed(tmp_path: Path) -> None:
    (tmp_path / "2026-11-16T00-00-00Z").mkdir()
    (tmp_path / "2026-11-16T00-00-00Z" / "a.yaml").write_text(yaml.safe_dump_all([NS, *WEB]))
    (tmp_path / "2026-11-17T00-00-00Z.yaml.gz").write_bytes(gzip.compress(yaml.safe_dump_all([NS, *WEB, *DB]).encode()))
    assert [len(one.cluster.objects.workloads) for one in History.read(tmp_path).moments] == [1, 2]


def test_what_has_no_time_is_passed_over_and_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("ours\n")
    (tmp_path / "2026-13-40T00-00-00Z.yaml").write_text("ours\n")
    (tmp_path / ".hidden").write_text("ours\n")
    keep_moment(tmp_path, MONDAY, ONE)
    assert sorted(Path(one.file).name for one in History.read(tmp_path).said if one.code == "no-moment") == [
        "2026-13-40T00-00-00Z.yaml",
        "notes.txt",
    ]


def test_a_folder_without_moments_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="keeps no moment"):
        History.read(tmp_path)
    with pytest.raises(MissingFileError):
        History.read(tmp_path / "nowhere")


def test_a_flow_older_than_the_history_is_uncertain(tmp_path: Path) -> None:
    flows = flows_of(tmp_path, TWO, Seen("shop/web", "shop/db", 80), Seen("shop/web", "shop/db", 80, at=24))
    history = History.of([(datetime(2026, 11, 17, 12, tzinfo=UTC), TWO)])
    found = simulate(TWO, yaml.safe_dump(policy("shop/deny")), flows, history=history)
    rows = found.flows()
    to_db = rows[rows["dst"].str.startswith("shop/db")]
    assert sorted(zip(to_db["verdict"], to_db["doubt"], strict=True)) == [("cut", ""), ("uncertain", "no-moment")]


def test_a_workload_that_is_no_longer_there_is_judged_by_what_it_was(tmp_path: Path) -> None:
    flows = flows_of(tmp_path, TWO, Seen("shop/web", "shop/db", 80))
    history = History.of([(MONDAY, TWO), (MONDAY + timedelta(days=3), ONE)])
    deny = yaml.safe_dump(policy("shop/deny", {"app": "db"}))
    assert simulate(ONE, deny, flows, history=history).count("cut") == 1
    assert simulate(ONE, deny, flows.attributed(ONE)).count("cut") == 0


def test_policies_of_that_time_count(tmp_path: Path) -> None:
    denied = TWO.with_policies(policy("shop/deny", {"app": "db"}))
    flows = flows_of(tmp_path, TWO, Seen("shop/web", "shop/db", 80))
    history = History.of([(MONDAY, denied), (MONDAY + timedelta(days=3), TWO)])
    found = simulate(TWO, yaml.safe_dump(policy("shop/other", {"app": "db"})), flows, history=history)
    assert (found.count("cut"), found.count("still-denied")) == (0, 1)


def test_an_address_that_two_pods_had_meanwhile_is_of_neither(tmp_path: Path) -> None:
    def pod(name: str, made: datetime) -> dict[str, object]:
        metadata = {"name": name, "namespace": "shop", "creationTimestamp": made.isoformat().replace("+00:00", "Z")}
        spec = {"containers": [{"name": "c", "image": "i"}]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {"podIP": "10.0.0.9"}}

    began = MONDAY + timedelta(days=1, hours=6)
    first, second = cluster_of(NS, WEB, pod("old", MONDAY)), cluster_of(NS, WEB, pod("new", began))
    history = History.of([(MONDAY, first), (MONDAY + timedelta(days=3), second)])
    flows = flows_of(tmp_path, first, Seen("shop/web", "10.0.0.9", 80, at=1), Seen("shop/web", "10.0.0.9", 80, at=9))
    rows = simulate(second, yaml.safe_dump(policy("shop/deny")), flows, history=history).flows()
    rows = rows[rows["src"].str.startswith("shop/web")]
    assert {(row.dst, row.verdict, row.doubt) for row in rows.itertuples()} == {
        ("shop/old[Pod]", "cut", ""),
        ("10.0.0.9", "uncertain", "reused-address"),
    }
