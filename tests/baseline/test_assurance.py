"""How sure baselines are, and whether probabilities of what is gone are what happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.baseline.seen import API, DB, HOUR, JOB, START, WEB, Seen, flows, shop
from tests.baseline.test_properties import edges_between
from workbench.baseline import Baselines, assurance, probably_gone
from workbench.baseline.schedules import longest_pause, schedules_of
from workbench.flows import load_flows
from workbench.ground import ArgumentError
from workbench.inventory import load_manifests

DAY = timedelta(days=1)
CRON = """
apiVersion: batch/v1
kind: CronJob
metadata: {{name: weekly, namespace: shop}}
spec:
  schedule: "{schedule}"
  suspend: {suspend}
  jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: c}}]}}}}}}}}
"""


@pytest.mark.parametrize(
    "schedule, pause",
    [
        ("10 2 * * *", DAY),
        ("0 3 * * 0", 7 * DAY),
        ("@weekly", 7 * DAY),
        ("0 8-20 * * *", 12 * HOUR),
        ("0 0 1 * *", 31 * DAY),
        ("*/15 * * * *", HOUR / 4),
        ("5/20 * * * *", HOUR / 3),
        ("0 0 29 2 *", 2921 * DAY),  # there is none in 2100
        # more runs a day than are looked at one by one: nights and weekends are pauses all the same
        ("* 9-17 * * *", 15 * HOUR + HOUR / 60),
        ("* 9-17 * * 1-5", 63 * HOUR + HOUR / 60),
        ("*/5 8-18 * * MON-FRI", 61 * HOUR + HOUR / 12),
        # days of the month and of the week: either will do, unless one of them is any
        ("0 0 13 * 5", 7 * DAY),
        ("0 0 */2 * 1", 2 * DAY),
        ("0 0 ? * 0", 7 * DAY),
        ("@yearly", 366 * DAY),
        ("@daily", DAY),
        ("@hourly", HOUR),
        ("@every 90m", 1.5 * HOUR),
        ("@every 1h30m", 1.5 * HOUR),
        ("CRON_TZ=Europe/Berlin 0 3 * * *", DAY),
        ("TZ=UTC @weekly", 7 * DAY),
        # what never runs, or is no schedule of Kubernetes
        ("0 0 30 2 *", None),
        ("every day", None),
        ("", None),
        ("@reboot", None),
        ("@every", None),
        ("@every day", None),
        ("61 * * * *", None),
        ("30-10 * * * *", None),
        ("0 0 0 * * *", None),
        ("0 0 L * *", None),
        ("0 0 * * 5#2", None),
        ("0 0 * * 5L", None),
        ("0/0 * * * *", None),
    ],
)
def test_the_longest_pause_of_a_schedule(schedule: str, pause: timedelta | None) -> None:
    assert longest_pause(schedule, START) == pause


@pytest.mark.parametrize("suspend, expected", [("false", {"shop/weekly[CronJob]": 7 * DAY}), ("true", {})])
def test_cron_jobs_give_their_schedules_unless_they_are_suspended(
    tmp_path: Path, suspend: str, expected: dict[str, timedelta]
) -> None:
    path = tmp_path / "cron.yaml"
    path.write_text(CRON.format(schedule="0 3 * * 0", suspend=suspend), encoding="utf-8")
    assert schedules_of(load_manifests(path)) == expected


def test_a_baseline_says_what_makes_it_unsure(tmp_path: Path) -> None:
    cluster = shop()
    seen = flows(
        tmp_path, *[Seen("web", "api", 80, at) for at in range(4)], Seen("web", "db", 5432, 3.5), cluster=cluster
    )
    base = Baselines().learn(cluster, seen, period=8 * HOUR)
    rows = assurance(base, cluster, seen, lost_events=3).set_index("workload")
    web = rows.loc[WEB]
    assert (web["flows_in_baseline"], web["seen_once"], web["covered"], web["drift"]) == (2, 1, 0.5, 0.5)
    assert web["suggested"] == 8 * HOUR
    assert web["reason"] == (
        "only 50% of the period was recorded; sources lost 3 events; 1 flow seen once; "
        "50% of its flows are of one half of the period only"
    )
    assert rows.loc[API, "sure"] > web["sure"] > rows.loc[JOB, "sure"]
    assert "nothing was learnt" in str(rows.loc[JOB, "reason"])


def test_what_only_one_half_of_the_period_has_is_drift(tmp_path: Path) -> None:
    seen = flows(tmp_path, Seen("web", "api", 80), Seen("web", "api", 80, 7), Seen("web", "db", 5432, 6))
    base = Baselines().learn(shop(), seen, period=8 * HOUR)
    assert assurance(base, None, seen).set_index("workload").loc[WEB, "drift"] == 0.5


def test_drift_is_of_the_period_of_each_workload(tmp_path: Path) -> None:
    """An edge that was seen before and after it, and not in it, does not count; one that is all of the time does."""
    early = [Seen("web", "api", 80, at) for at in (0, 0.25, 0.75, 30)]
    late = [Seen("job", "db", 5432, at) for at in (10, 12, 28, 31)]
    seen = flows(tmp_path, *early, *late, Seen("job", "api", 80, 31))
    periods = {WEB: HOUR, JOB: 20 * HOUR, DB: 40 * HOUR, API: HOUR}
    base = Baselines().learn(shop(), seen, periods=periods)
    drift = assurance(base, None, seen).set_index("workload")["drift"].to_dict()
    assert drift == {WEB: 0.0, API: 0.0, DB: 0.0, JOB: 0.0}
    longer = assurance(base.observe(JOB, START + 10 * HOUR, 25 * HOUR), None, seen).set_index("workload")["drift"]
    assert longer[JOB] == 0.5


def test_events_that_recordings_say_they_lost_make_a_baseline_less_sure(tmp_path: Path) -> None:
    seen = flows(tmp_path, Seen("web", "api", 80))
    (path,) = tmp_path.glob("*.jsonl")
    lost = [
        json.dumps({"lost_events": {"source": "HUBBLE_RING_BUFFER", "num_events_lost": number}})
        for number in ("41", "1")
    ]
    path.write_text("\n".join([path.read_text(encoding="utf-8").strip(), *lost]) + "\n", encoding="utf-8")
    poorer = load_flows([path], cluster=shop())
    base = Baselines().learn(shop(), seen)
    for recorded in (poorer, poorer.between(START), poorer.of_cluster(""), poorer.tagged(None)):
        assert recorded.lost_events == 42
        rows = assurance(base, None, recorded)
        assert set(rows["lost_events"]) == {42}
        assert (rows["sure"] <= assurance(base, None, seen)["sure"]).all()
    assert set(assurance(base, None, poorer, lost_events=7)["lost_events"]) == {7}


def test_a_job_that_runs_more_rarely_than_the_period_is_long_asks_for_a_longer_one(tmp_path: Path) -> None:
    samples = Path(__file__).resolve().parents[2] / "data" / "samples"
    cluster = load_manifests([samples / "shop", samples / "flows" / "cluster.json"])
    seen = flows(tmp_path, Seen("web", "api", 80), cluster=cluster)
    base = Baselines().learn(cluster, seen, period=HOUR, now=START)
    row = assurance(base, cluster, seen).set_index("workload").loc["payments/reconcile[CronJob]"]
    assert row["too_rare"] == ("payments/reconcile[CronJob]",)
    assert row["suggested"] == 2 * DAY


def simulated(number: int, seed: int) -> tuple[pd.DataFrame, datetime, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return edges of daily, weekly and monthly jobs as they were seen, and which of them have ended.

    A job runs at its pause with some jitter, misses a run now and then, and ends after an exponential time. The
    recording lasts 120 days; some jobs begin within it.
    """
    chance = np.random.default_rng(seed)
    end = 120.0
    rows: list[tuple[float, float, int]] = []
    gone: list[bool] = []
    while len(rows) < number:
        pause = chance.choice([1.0, 7.0, 30.4])
        begin = chance.uniform(-30, end)
        death = begin + chance.exponential(90.0)
        count = int((min(death, end) - begin) / pause) + 2
        times = begin + pause * np.arange(count) + chance.uniform(-0.1, 0.1, count) * pause
        times = times[(times >= 0) & (times < min(death, end)) & (chance.uniform(size=count) > 0.02)]
        if len(times):
            rows.append((times[0], times[-1], len(times)))
            gone.append(death < end)
    first, last, runs = (np.array(cells) for cells in zip(*rows, strict=True))
    start = pd.Timestamp(START)
    edges = edges_between([(WEB, API, 80, "TCP")] * number).assign(
        first_seen=(start + pd.to_timedelta(first, unit="D")).as_unit("us"),
        last_seen=(start + pd.to_timedelta(last, unit="D")).as_unit("us"),
        runs=runs,
    )
    return edges, START + timedelta(days=end), np.array(gone)


def test_of_10000_jobs_as_many_are_gone_as_was_predicted() -> None:
    parts = [simulated(10_000, seed) for seed in range(10)]  # few are in doubt: so often that each bin has hundreds
    predicted = np.concatenate([probably_gone(edges, now)["probability"].to_numpy() for edges, now, _ in parts])
    gone = np.concatenate([ended for _, _, ended in parts])
    bins = np.minimum((predicted * 10).astype(int), 9)
    differences = {number: abs(predicted[bins == number].mean() - gone[bins == number].mean()) for number in range(10)}
    assert np.bincount(bins, minlength=10).min() > 200
    assert {number: round(off, 3) for number, off in differences.items() if off > 0.1} == {}


def test_the_longer_an_edge_is_unseen_the_likelier_it_is_gone() -> None:
    edges = edges_between([(WEB, API, 80, "TCP")]).assign(runs=5)
    edges["first_seen"] = edges["last_seen"] - pd.Timedelta(days=4)
    last = edges["last_seen"][0].to_pydatetime()
    found = [probably_gone(edges, last + timedelta(days=days))["probability"][0] for days in (0, 1, 2, 5, 30)]
    assert found == sorted(found)
    assert found[0] < 0.01
    assert found[-1] > 0.99
    with pytest.raises(ArgumentError, match="were seen after"):
        probably_gone(edges, datetime(2000, 1, 1, tzinfo=UTC))
