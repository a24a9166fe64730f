"""``baseline``: learn, look, decide, and see what breaks what is locked, as people see it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.cli.test_calls import plain
from workbench import sample_path
from workbench.workspace import Workspace

DAYS, NEXT = sample_path("flows/hubble.jsonl.gz"), sample_path("flows/next-day.hubble.jsonl.gz")
MANIFESTS = ("-m", sample_path("shop"), "-m", sample_path("flows/cluster.json"))
DB, MAILER = "payments/db[StatefulSet]", "platform/mailer[Deployment]"


@pytest.fixture(scope="module")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace in which three days were learnt, to be copied."""
    folder = tmp_path_factory.mktemp("learnt") / "w"
    result = command("baseline", "learn", DAYS, *MANIFESTS, "-w", folder, "--all")
    assert (result.stdout, result.exit_code) == ("decision 1: 18 baselines, 43 flows more than before\n", 0)
    return folder


@pytest.fixture
def learnt(three_days: Path, tmp_path: Path) -> Path:
    """Return a workspace of its own in which three days were learnt."""
    return Path(shutil.copytree(three_days, tmp_path / "w"))


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


def test_baselines_of_red_hat_acs_come_in_and_go_out_the_same(learnt: Path, tmp_path: Path) -> None:
    command("external", "add", "acquirer", "198.51.100.10", "-w", learnt)
    command("baseline", "add", "payments/api", "acquirer", "443", "-w", learnt)
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    command("baseline", "export", "-w", learnt, "--cluster-id", "c1", "-f", first)
    outside = [
        peer["entity"]["info"]["externalSource"]["cidr"]
        for one in json.loads(first.read_text())
        for peer in one["peers"]
        if peer["entity"]["info"]["type"] == "EXTERNAL_SOURCE"
    ]
    assert outside == ["198.51.100.10/32"]
    listed = json.loads(first.read_text())
    for one in listed:  # as Red Hat ACS has ids
        one["deploymentId"] = f"id of {one['deploymentName']}"
    lines = tmp_path / "lines.json"
    lines.write_text("\n".join(map(json.dumps, listed)), encoding="utf-8")
    other = tmp_path / "other"
    command("external", "add", "acquirer", "198.51.100.10", "-w", other)
    result = command("baseline", "import", first, *MANIFESTS, "-w", other)
    assert (result.stdout, result.exit_code) == ("decision 2: 18 baselines of Red Hat ACS\n", 0)
    command("baseline", "export", "-w", other, "--cluster-id", "c1", "-f", second)
    assert second.read_text() == first.read_text()
    again = command("baseline", "import", second, *MANIFESTS, "-w", other)
    assert again.stdout == "nothing changed: it was so already\n"
    like = command("baseline", "export", "payments", "-w", other, "--like", lines)
    assert {one["deploymentId"] for one in json.loads(like.stdout)} >= {"id of db", "id of api"}


@pytest.mark.parametrize(
    "text, status, said",
    [
        ("[", 2, "cannot be read as JSON"),
        ("[7]", 0, "stands where an object"),
        ('{"namespace": "a"}', 0, "does not say which deployment"),
    ],
)
def test_what_is_no_baseline_of_red_hat_acs_is_said(tmp_path: Path, text: str, status: int, said: str) -> None:
    file = tmp_path / "file.json"
    file.write_text(text, encoding="utf-8")
    result = command("baseline", "import", file, "-w", tmp_path / "w")
    assert (result.exit_code, (tmp_path / "w").exists()) == (status, False)
    assert said in " ".join(plain(result.stderr).replace("│", " ").split())


def test_a_suppressed_violation_is_listed_with_its_reason_and_can_be_taken_back(learnt: Path) -> None:
    command("baseline", "mark", "platform/gateway", "payments/db", "5432", "-w", learnt)
    command("baseline", "lock", "payments", "-w", learnt)
    flow = ("platform/gateway", "payments/db", "5432")
    asked = ("baseline", "violations", DAYS, *MANIFESTS, "-w", learnt, "-o", "jsonl")
    raised = [json.loads(line) for line in command(*asked).stdout.splitlines()]
    wanted = [one for one in raised if one["src"] == "platform/gateway[Deployment]" and one["port"] == 5432]
    assert wanted
    done = command("baseline", "suppress", *flow, "-w", learnt, "--until", "2100-01-01", "--why", "TICKET-17")
    assert done.stdout == f"decision 4: {flow[0]} → {flow[1]}:5432 suppressed until 2100-01-01 00:00 UTC\n"
    listed = [json.loads(line) for line in command(*asked).stdout.splitlines()]
    assert {one["fingerprint"] for one in listed if one["suppressed"] == "TICKET-17"} == {
        one["fingerprint"] for one in wanted
    }
    command("workspace", "undo", "-w", learnt)
    assert [json.loads(line) for line in command(*asked).stdout.splitlines()] == raised


@pytest.mark.parametrize(
    "until, why, message",
    [
        ("soon", "x", "neither a time nor a length of time"),
        ("2020-01-01", "x", "is over"),
        ("999999 weeks", "x", "neither a time nor a length of time"),
        ("7d", " ", "without a reason"),
    ],
)
def test_a_suppression_has_an_end_ahead_and_a_reason(learnt: Path, until: str, why: str, message: str) -> None:
    flow = ("platform/gateway", "payments/db", "5432")
    result = command("baseline", "suppress", *flow, "-w", learnt, "--until", until, "--why", why)
    assert result.exit_code == 2
    assert message in " ".join(plain(result.stderr).replace("│", " ").split())


def test_a_mode_is_set_for_a_namespace(learnt: Path) -> None:
    for mode in ("protect", "monitor", "discover"):
        command("baseline", "mode", mode, "payments", "-w", learnt)
        rows = json.loads(command("baseline", "status", "payments", "-w", learnt, "-o", "json").stdout)
        assert {row["mode"] for row in rows} == {mode}


def test_how_sure_a_baseline_is_is_said_in_words(learnt: Path) -> None:
    text = command("baseline", "assurance", DAYS, *MANIFESTS, "-w", learnt).stdout
    assert "runs more rarely than the period is long: payments/reconcile[CronJob]" in text
    assert "1 hour" in text
    rows = json.loads(command("baseline", "assurance", DAYS, *MANIFESTS, "-w", learnt, "-o", "json").stdout)
    assert len(rows) == 18
    assert all(0 <= row["sure"] <= 1 for row in rows)


def test_baselines_follow_a_change_of_the_cluster(learnt: Path, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    shutil.copytree(sample_path("shop"), before)
    shutil.copytree(sample_path("shop"), after)
    (after / "platform" / "mailer.yaml").unlink()
    policies = after / "payments" / "network-policies.yaml"
    policies.write_text(policies.read_text().replace("5432", "5433"), encoding="utf-8")
    with Workspace(learnt) as workspace:
        old = workspace.baselines().heads
    result = command("baseline", "follow", before, after, "-w", learnt, "--why", "release 12")
    assert result.stdout.startswith("decision 2: 1 workload is observed anew, as policies that select it are new")
    assert "; 1 workload is gone: platform/mailer[Deployment]\n" in result.stdout
    with Workspace(learnt) as workspace:
        found = workspace.baselines()
    assert MAILER in old
    assert MAILER not in found.heads
    assert not [side for side in found.known if side.peer == MAILER]
    anew = {name.partition("/")[0] for name, head in found.heads.items() if head.begun > old[name].begun}
    assert anew == {"payments"}


def test_flows_have_the_names_of_the_address_book_as_in_the_panel(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    command("external", "add", "acquirer", "198.51.100.10", "-w", folder)
    command("baseline", "learn", DAYS, *MANIFESTS, "-w", folder, "--all")
    with Workspace(folder) as workspace:
        assert "acquirer" in {side.peer for side in workspace.baselines().known}
    rows = json.loads(command("baseline", "anomalies", DAYS, *MANIFESTS, "-w", folder, "-o", "json").stdout)
    assert not [row for row in rows if row["peer_type"] == "external"]


def test_clusters_of_one_workspace_have_baselines_of_their_own(learnt: Path) -> None:
    command("baseline", "learn", NEXT, *MANIFESTS, "-w", learnt, "--all", "--cluster", "east")
    command("baseline", "lock", "payments", "-w", learnt, "--cluster", "east")
    rows = json.loads(command("baseline", "status", "payments", "-w", learnt, "-o", "json").stdout)
    assert "protect" not in {row["mode"] for row in rows}


# --- what only the last import brought --------------------------------------------------------------------


def told(folder: Path, *words: str | Path) -> set[tuple[str, str, int]]:
    result = command("baseline", "violations", *words, *MANIFESTS, "-w", folder, "-o", "jsonl")
    assert result.exit_code == 0, result.stderr
    return {(one["src"], one["dst"], one["port"]) for one in map(json.loads, result.stdout.splitlines())}


def test_new_violations_are_those_that_the_last_import_brought(learnt: Path) -> None:
    command("baseline", "lock", "payments", "-w", learnt)
    command("flows", "import", DAYS, "-w", learnt)
    first = told(learnt)
    assert told(learnt, "--new") == first
    command("flows", "import", NEXT, "-w", learnt)
    assert told(learnt, "--new") == told(learnt) - first
    assert told(learnt, "--new")
    command("flows", "import", NEXT, "-w", learnt)
    assert told(learnt, "--new") == told(learnt) - first


def test_of_files_the_last_one_is_the_import(learnt: Path) -> None:
    command("baseline", "lock", "payments", "-w", learnt)
    assert told(learnt, "--new", DAYS) == told(learnt, DAYS)
    assert told(learnt, "--new", DAYS, NEXT) == told(learnt, NEXT) - told(learnt, DAYS)
    assert told(learnt, "--new", NEXT, NEXT) == set()


# --- notes, and what is forgotten ---------------------------------------------------------------------------


def test_a_note_is_written_listed_and_taken_away(learnt: Path) -> None:
    result = command("baseline", "note", " see TICKET-17 ", "payments/db", "platform", "-w", learnt)
    assert result.stdout == "decision 2: note on payments/db, platform\n"
    rows = json.loads(command("baseline", "status", "-w", learnt, "-o", "json").stdout)
    noted = {row["workload"] for row in rows if row["note"] == "see TICKET-17"}
    assert DB in noted
    assert {name.partition("/")[0] for name in noted} == {"payments", "platform"}
    assert "taken away" in command("baseline", "note", "", "payments/db", "-w", learnt).stdout
    assert command("baseline", "note", "odd", "nowhere", "-w", learnt).exit_code == 2


def test_a_flow_that_is_forgotten_is_anomalous_again(learnt: Path) -> None:
    result = command("baseline", "forget", "payments/api", "payments/db", "5432", "-w", learnt)
    assert result.stdout.startswith("decision 2: payments/api → payments/db:5432 forgotten")
    found = command("baseline", "anomalies", DAYS, *MANIFESTS, "-w", learnt, "-o", "json").stdout
    pairs = {(row["workload"], row["peer"]) for row in json.loads(found) if row["port"] == 5432}
    assert ("payments/api[Deployment]", DB) in pairs
    assert (DB, "payments/api[Deployment]") in pairs


# --- what recordings say ------------------------------------------------------------------------------------


def test_edges_that_are_probably_gone_come_first() -> None:
    ask = ("baseline", "gone", DAYS, *MANIFESTS)
    rows = json.loads(command(*ask, "-o", "json").stdout)
    likely = [row["probability"] for row in rows]
    assert likely == sorted(likely, reverse=True)
    assert 0 < likely[0] < 1
    assert likely[-1] == 0
    few = json.loads(command(*ask, "-o", "json", "--at-least", str(likely[0])).stdout)
    assert [row["probability"] for row in few] == [one for one in likely if one == likely[0]]
    text = command(*ask).stdout
    assert "1 day 9 hours  " in text
    assert command(*ask, "--at-least", "90").exit_code == 2


def test_workloads_say_whether_a_policy_is_applied_recommended_or_cannot_be_made(tmp_path: Path) -> None:
    rows = json.loads(command("baseline", "workloads", DAYS, *MANIFESTS, "-o", "json").stdout)
    by_name = {row["workload"]: (row["status"], row["runtime_info"]) for row in rows}
    assert by_name[DB] == ("applied", True)
    assert by_name["kube-system/coredns[Deployment]"] == ("recommended", True)
    (tmp_path / "one.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: new}\nspec: {containers: []}\n")
    text = command("baseline", "workloads", DAYS, "-m", tmp_path).stdout
    assert "missing runtime info" in text
    assert command("baseline", "workloads", DAYS).exit_code == 2


def test_one_name_chooses_the_flows_and_the_baselines_of_a_cluster(learnt: Path) -> None:
    for name, path in (("east", DAYS), ("west", NEXT)):
        command("flows", "import", path, "-w", learnt, "--cluster", name)
        command("baseline", "learn", *MANIFESTS, "-w", learnt, "--cluster", name, "--all")
        command("baseline", "lock", "payments", "-w", learnt, "--cluster", name)
    with Workspace(learnt) as workspace:
        east, west = (workspace.baselines(name) for name in ("east", "west"))
    assert east.known.keys() != west.known.keys()
    for name, others in (("east", east), ("west", west)):
        ask = ("baseline", "anomalies", *MANIFESTS, "-w", learnt, "--cluster", name, "-o", "json")
        rows = json.loads(command(*ask).stdout)
        assert {row["cluster"] for row in rows} == {name}
        assert all(row["flows"] == row["flows_denied"] for row in rows)
        assert len(others.heads) == 18


def test_a_name_that_is_given_later_is_carried_over_to_a_locked_baseline(learnt: Path) -> None:
    command("baseline", "lock", "payments", "-w", learnt)
    before = told(learnt, DAYS)
    command("external", "add", "acquirer", "198.51.100.10", "-w", learnt)
    assert {dst for _, dst, _ in told(learnt, DAYS) - before} == {"acquirer"}
    result = command("baseline", "names", DAYS, *MANIFESTS, "-w", learnt)
    assert result.stdout == "decision 4: 1 flow known by the names of their addresses, too\n"
    assert told(learnt, DAYS) == before
    assert "nothing changed" in command("baseline", "names", DAYS, *MANIFESTS, "-w", learnt).stdout
