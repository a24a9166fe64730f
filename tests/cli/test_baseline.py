"""``baseline``: learn, look, decide, and see what breaks what is locked, as people see it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.cli.test_calls import plain
from workbench import sample_path
from workbench.workspace import Workspace

DAYS, NEXT = sample_path("flows/hubble.jsonl.gz"), sample_path("flows/next-day.hubble.jsonl.gz")
MANIFESTS = ("-m", sample_path("shop"), "-m", sample_path("flows/cluster.json"))
DB, MAILER = "payments/db[StatefulSet]", "platform/mailer[Deployment]"


@pytest.fixture
def learnt(tmp_path: Path) -> Path:
    """Return a workspace in which three days were learnt."""
    folder = tmp_path / "w"
    result = command("baseline", "learn", DAYS, *MANIFESTS, "-w", folder, "--all")
    assert (result.stdout, result.exit_code) == ("decision 1: 18 baselines, 43 flows more than before\n", 0)
    return folder


def test_learning_twice_changes_nothing(learnt: Path) -> None:
    again = command("baseline", "learn", DAYS, *MANIFESTS, "-w", learnt, "--all")
    assert again.stdout == "nothing changed: it was so already\n"


def test_flows_of_the_workspace_are_learnt_from(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    command("flows", "import", DAYS, "-w", folder)
    result = command("baseline", "learn", *MANIFESTS, "-w", folder, "--period", "2d", "--why", "two days")
    assert result.stdout.startswith("decision 1: 18 baselines, 43 flows")
    with Workspace(folder) as workspace:
        assert workspace.decisions()[0].why == "two days"


def test_a_period_is_given_to_some_alone(learnt: Path) -> None:
    command("baseline", "learn", DAYS, *MANIFESTS, "-w", learnt, "--period", "1 week", "--for", "payments")
    with Workspace(learnt) as workspace:
        heads = workspace.baselines().heads
    lengths = {name.partition("/")[0]: (head.period_end - head.begun).days for name, head in heads.items()}
    assert lengths == {"kube-system": 0, "orders": 0, "payments": 7, "platform": 0, "storefront": 0}


@pytest.mark.parametrize(
    "words, message",
    [
        (("--period", "soon"), "write it like 8h"),
        (("--for", "payments"), "give that, too"),
    ],
)
def test_what_cannot_be_learnt_so_is_refused(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    result = command("baseline", "learn", DAYS, "-w", tmp_path / "w", *words)
    assert result.exit_code == 2
    assert message in plain(result.stderr)
    assert not (tmp_path / "w").exists()


def test_status_lists_baselines(learnt: Path) -> None:
    command("baseline", "lock", "payments", "-w", learnt)
    rows = json.loads(command("baseline", "status", "payments", "-w", learnt, "-o", "json").stdout)
    assert {row["mode"] for row in rows} == {"protect"}
    assert len(rows) == 4
    text = command("baseline", "status", "-w", learnt).stdout
    assert len(text.splitlines()) == 19
    assert "2026-11-17 02:10" in text


def test_violations_of_the_next_day_are_found_and_deserve_a_status(learnt: Path) -> None:
    ask = ("baseline", "violations", NEXT, *MANIFESTS, "-w", learnt)
    before = command(*ask, "--exit-code")
    assert (before.stdout.splitlines()[1:], before.exit_code) == ([], 0)
    assert "no baseline is locked" in before.stderr
    assert command("baseline", "lock", "payments", "-w", learnt).stdout == "decision 2: locked payments\n"
    found = command(*ask, "--exit-code")
    assert found.exit_code == 3
    assert f"{MAILER} connected to {DB}:5432" in found.stdout
    assert found.stderr == "21 violations\n"
    assert command(*ask).exit_code == 0


@pytest.mark.parametrize("name", ["csv", "jsonl", "sarif", "webhook"])
def test_violations_are_written_for_other_tools(learnt: Path, tmp_path: Path, name: str) -> None:
    command("baseline", "lock", "payments", "-w", learnt)
    file = tmp_path / f"violations.{name}"
    result = command("baseline", "violations", NEXT, *MANIFESTS, "-w", learnt, "-f", file)
    assert (result.stdout, result.exit_code) == ("", 0)
    assert MAILER in file.read_text()


def test_anomalies_are_added_at_once_and_are_no_violations_then(learnt: Path, tmp_path: Path) -> None:
    command("baseline", "lock", "payments", "-w", learnt)
    file = tmp_path / "anomalies.csv"
    command("baseline", "anomalies", NEXT, *MANIFESTS, "-w", learnt, "-f", file)
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    added = command("baseline", "add", "--rows", file, "-w", learnt)
    assert added.stdout == f"decision 3: {len(rows)} flows added to the baseline\n"
    left = command("baseline", "violations", NEXT, *MANIFESTS, "-w", learnt, "--exit-code")
    assert (left.stderr, left.exit_code) == ("0 violations\n", 0)


def test_a_flow_is_marked_and_added_by_its_ends(learnt: Path) -> None:
    flow = ("platform/gateway", "payments/db", "5432")
    marked = command("baseline", "mark", *flow, "-w", learnt, "--why", "their trial is over")
    assert marked.stdout == "decision 2: platform/gateway → payments/db:5432 marked as anomalous\n"
    rows = json.loads(command("baseline", "anomalies", DAYS, *MANIFESTS, "-w", learnt, "-o", "json").stdout)
    assert {row["workload"] for row in rows if row["marked"]} == {DB, "platform/gateway[Deployment]"}
    command("baseline", "add", *flow, "-w", learnt)
    rows = json.loads(command("baseline", "anomalies", DAYS, *MANIFESTS, "-w", learnt, "-o", "json").stdout)
    assert not any(row["marked"] for row in rows)
    with Workspace(learnt) as workspace:
        assert [one.why for one in workspace.decisions()][1] == "their trial is over"


@pytest.mark.parametrize(
    "words, message",
    [
        ((), "name one flow as SRC DST PORT"),
        (("payments/db", "5432"), "three words"),
        (("payments/db", "payments/api", "many"), "three words"),
        (("payments/db", "payments/api", "70000"), "70000 is no port"),
        (("internet", "203.0.113.7", "443"), "neither internet nor 203.0.113.7 has a baseline"),
        (("--rows", "nowhere.csv"), "cannot be read as a table"),
        (("payments/db", "payments/api", "1", "--rows", "x.csv"), "name one flow"),
    ],
)
def test_a_flow_that_is_not_understood_is_refused(learnt: Path, words: tuple[str, ...], message: str) -> None:
    result = command("baseline", "mark", *words, "-w", learnt)
    assert result.exit_code == 2
    assert message in " ".join(plain(result.stderr).replace("│", " ").split())


def test_a_name_that_means_nothing_is_refused(learnt: Path) -> None:
    result = command("baseline", "lock", "nowhere", "-w", learnt)
    assert result.exit_code == 2
    assert "no baseline is called 'nowhere'" in plain(result.stderr)


@pytest.mark.parametrize("name", ["status", "anomalies", "violations", "export"])
def test_without_baselines_the_way_to_them_is_told(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "w"
    command("flows", "import", DAYS, "-w", folder)
    result = command("baseline", name, "-w", folder)
    assert result.exit_code == 2
    assert "there are no baselines yet: learn from flows first" in " ".join(
        plain(result.stderr).replace("│", " ").split()
    )


def test_baselines_are_written_as_red_hat_acs_has_them(learnt: Path) -> None:
    documents = json.loads(command("baseline", "export", "payments", "-w", learnt, "--cluster-id", "c1").stdout)
    assert [one["deploymentName"] for one in documents] == ["api", "db", "fraud", "reconcile"]
    assert {one["clusterId"] for one in documents} == {"c1"}


def test_clusters_of_one_workspace_have_baselines_of_their_own(learnt: Path) -> None:
    command("baseline", "learn", NEXT, *MANIFESTS, "-w", learnt, "--all", "--cluster", "east")
    command("baseline", "lock", "payments", "-w", learnt, "--cluster", "east")
    rows = json.loads(command("baseline", "status", "payments", "-w", learnt, "-o", "json").stdout)
    assert "protect" not in {row["mode"] for row in rows}
