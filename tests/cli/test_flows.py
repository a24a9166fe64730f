"""``flows``: import, summary, edges, timeline; and the map with what was seen in use, as people see them."""

from __future__ import annotations

import json
from subprocess import run
from sys import executable
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import SHOP, command
from tests.cli.test_calls import plain
from tests.cli.test_readings import CLUSTER

if TYPE_CHECKING:
    from pathlib import Path


def line(src: str, dst: str, port: int, disposition: str = "allow") -> str:
    connection = {"src_ip": "10.0.0.1", "dest_ip": "10.0.0.2", "src_port": 40000, "dest_port": port, "protocol": "tcp"}
    ends = {end: {"pod_name": name, "pod_namespace": "shop"} for end, name in (("src", src), ("dest", dst))}
    record = {
        "connection": {**connection, "direction": "ingress"},
        "disposition": disposition,
        **ends,
        "timestamp": "2026-11-21T09:00:00Z",
    }
    return json.dumps(record) + "\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "policy.log"
    path.write_text(line("web", "db", 5432) + line("web", "db", 80, "deny"))
    return path


def test_an_import_says_what_became_of_each_file_and_a_second_one_changes_nothing(log: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    first = command("flows", "import", log, "-w", workspace)
    assert (first.stdout, first.exit_code) == (f"{log}: 2 rows of gke\n", 0)
    second = command("flows", "import", log, "-w", workspace)
    assert (second.stdout, second.exit_code) == (f"{log}: imported before (2 rows)\n", 0)


def test_what_cannot_be_read_is_reported_with_its_line_and_the_rest_imported(log: Path, tmp_path: Path) -> None:
    log.write_text(log.read_text() + "garbage\n")
    result = command("flows", "import", log, "-w", tmp_path / "w")
    assert (result.stdout, result.exit_code) == (f"{log}: 2 rows of gke (1 broken)\n", 1)
    assert f"{log}:3: error: it is not valid JSON" in plain(result.stderr)


def test_the_standard_input_is_a_file(log: Path) -> None:
    result = command("flows", "edges", "-", "--output", "csv", stdin=log.read_text())
    assert result.exit_code == 0, result.stderr
    assert result.stdout == command("flows", "edges", log, "--output", "csv").stdout


def test_edges_of_files_and_of_the_workspace_are_the_same(log: Path, tmp_path: Path) -> None:
    command("flows", "import", log, "-w", tmp_path / "w")
    of_file = command("flows", "edges", log, "-o", "csv").stdout
    assert command("flows", "edges", "-w", tmp_path / "w", "-o", "csv").stdout == of_file
    assert of_file.splitlines()[0].startswith("src,dst,protocol,port,src_kind")
    assert len(of_file.splitlines()) == 3


def test_edges_for_people_have_the_columns_that_they_read_first(log: Path) -> None:
    lines = command("flows", "edges", log, "--denied").stdout.splitlines()
    assert lines[0].split()[:6] == ["src", "dst", "protocol", "port", "flows", "connections"]
    assert lines[1].split()[:6] == ["shop/web[Pod]", "shop/db[Pod]", "TCP", "80", "1", "1"]
    assert len(lines) == 2


@pytest.mark.parametrize("name", ["txt", "md", "csv", "json"])
def test_what_a_file_is_called_changes_nothing_of_a_format_that_is_named(log: Path, tmp_path: Path, name: str) -> None:
    ask = ("flows", "edges", log, "-o", name)
    files = [tmp_path / f"edges.{ending}" for ending in ("txt", "md", "csv", "json")]
    for file in files:
        command(*ask, "-f", file)
    assert {file.read_text() for file in files} == {command(*ask).stdout}


def test_manifests_say_which_workload_a_pod_is_of(log: Path, shop: Path) -> None:
    (found,) = json.loads(command("flows", "edges", log, "-m", shop, "--denied", "-o", "json").stdout)
    assert (found["src_kind"], found["dst"]) == ("Pod", "shop/db[Pod]")


def test_a_timeline_and_a_summary(log: Path) -> None:
    timeline = json.loads(command("flows", "timeline", log, "--by", "1d", "-o", "json").stdout)
    assert [(row["verdict"], row["flows"]) for row in timeline] == [("allowed", 1), ("denied", 1)]
    per = json.loads(command("flows", "timeline", log, "--per", "destination_port", "-o", "json").stdout)
    assert [row["destination_port"] for row in per] == [80, 5432]
    assert command("flows", "summary", log).stdout.splitlines()[1].split()[:3] == ["gke", "allowed", "1"]
    assert json.loads(command("flows", "edges", log, "--since", "2026-11-22", "-o", "json").stdout) == []


@pytest.fixture
def morning(project: Path) -> Path:
    return project / "data" / "samples" / "flows" / "morning.hubble.jsonl"


def test_names_that_were_asked_for_and_their_answers(morning: Path, tmp_path: Path) -> None:
    command("flows", "import", morning, "-w", tmp_path / "w")
    lines = [text.split() for text in command("flows", "dns", "-w", tmp_path / "w").stdout.splitlines()]
    assert lines[0] == ["src", "name", "address", "answers", "first_seen", "last_seen"]
    assert [words[:4] for words in lines[1:]] == [
        ["orders/fulfilment[Deployment]", "parcels.carrier.example", "203.0.113.20", "1"],
        ["payments/api[Deployment]", "acquirer.example", "198.51.100.10", "1"],
        ["platform/mailer[Deployment]", "relay.mail.example", "192.0.2.80", "1"],
    ]
    since = ("--since", "2026-11-17T11:00")
    (found,) = json.loads(command("flows", "dns", "-w", tmp_path / "w", *since, "-o", "json").stdout)
    assert (found["name"], found["ttl"]) == ("relay.mail.example", 300)


def test_edges_have_a_column_of_names_where_there_are_any(morning: Path, log: Path) -> None:
    lines = [text.split() for text in command("flows", "edges", morning).stdout.splitlines()]
    assert lines[0][:3] == ["src", "dst", "dst_domains"]
    assert ["platform/mailer[Deployment]", "192.0.2.80", "relay.mail.example"] in [words[:3] for words in lines]
    assert "dst_domains" not in command("flows", "edges", log).stdout
    assert "dst_domains" in command("flows", "edges", log, "-o", "csv").stdout


@pytest.mark.parametrize(
    "arguments,complaint",
    [
        (["edges", "-w", "WORKSPACE"], "nothing was imported into"),
        (["edges", "nowhere.log"], "there is no file or folder nowhere.log"),
        (["edges", "LOG", "--format", "smoke"], "unknown flow format 'smoke'"),
        (["timeline", "LOG", "--by", "soon"], "soon"),
        (["timeline", "LOG", "--per", "src_port"], "there is no column 'src_port'"),
        (
            ["edges", "LOG", "--since", "yesteryear"],
            "'yesteryear' is not a valid time; write it like one of 2026",
        ),
        (["edges", "LOG", "--since", "now", "--until", "yesterday"], "is not before the end"),
        (["edges", "LOG", "--new-since", "now", "--until", "yesterday"], "is not before the end"),
        (["edges", "LOG", "--new-since", "soon"], "'soon' is not a valid time"),
        (["import", "nowhere.log", "-w", "WORKSPACE"], "there is no file or folder nowhere.log"),
    ],
)
def test_what_cannot_be_answered_is_said(log: Path, tmp_path: Path, arguments: list[str], complaint: str) -> None:
    names = {"LOG": str(log), "WORKSPACE": str(tmp_path)}
    result = command("flows", *(names.get(word, word) for word in arguments))
    assert (result.stdout, result.exit_code) == ("", 2)
    assert complaint in " ".join(plain(result.stderr).replace("│", " ").split())


def test_formats_are_listed() -> None:
    lines = command("flows", "formats").stdout.splitlines()
    assert {"hubble", "calico", "netobserv", "kubescape", "rhacs"} <= {text.split()[0] for text in lines}


def test_a_map_marks_what_was_seen_in_use(log: Path, shop: Path, tmp_path: Path) -> None:
    result = command("connectivity", "map", shop, "--flows", log)
    assert (result.stderr, result.exit_code) == ("", 0)
    assert result.stdout == (
        "shop/web[Pod] => outside : All Connections\nshop/web[Pod] => shop/db[Pod] : TCP 5432 (active: TCP 5432)\n"
    )
    command("flows", "import", log, "-w", tmp_path / "w")
    rows = json.loads(command("connectivity", "map", shop, "-w", tmp_path / "w", "-o", "json").stdout)
    assert [(row["ports"], row["active"]) for row in rows] == [("All Connections", ""), ("TCP 5432", "TCP 5432")]


@pytest.mark.parametrize("name", ["csv", "md", "dot", "svg"])
def test_every_format_of_maps_can_mark_it(log: Path, shop: Path, name: str) -> None:
    assert "TCP 5432" in command("connectivity", "map", shop, "--flows", log, "-o", name).stdout


def test_help_does_not_wait_for_the_engine() -> None:
    script = "import sys; from workbench.cli import app; print([m for m in ('ibis', 'duckdb') if m in sys.modules])"
    found = run([executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603  (ourselves)
    assert found.stdout == "[]\n"


def test_too_little_memory_says_what_to_do(log: Path, tmp_path: Path) -> None:
    result = command("flows", "import", log, "-w", tmp_path / "w", "--memory-limit", "1MB")
    assert result.exit_code == 2
    assert "1MB is not enough memory for this" in plain(result.stderr)
    assert command("flows", "summary", "-w", tmp_path / "w").exit_code == 2, "nothing was imported"


def test_a_memory_limit_is_a_size(log: Path) -> None:
    result = command("flows", "edges", log, "--memory-limit", "lots")
    assert result.exit_code == 2
    assert "--memory-limit" in plain(result.stderr)


def test_a_table_is_read_with_a_mapping_of_its_columns(tmp_path: Path) -> None:
    table, mapping = tmp_path / "firewall.csv", tmp_path / "firewall.yaml"
    table.write_text("from,to,port\n10.0.0.1,10.0.0.2,443\n")
    mapping.write_text("columns: {source_address: from, destination_address: to, destination_port: port}\n")
    result = command("flows", "import", table, "--mapping", mapping, "-w", tmp_path / "w")
    assert (result.stdout, result.exit_code) == (f"{table}: 1 rows of table\n", 0)
    assert "10.0.0.1,10.0.0.2" in command("flows", "edges", table, "--mapping", mapping, "-o", "csv").stdout


def test_a_mapping_that_is_none_says_where_and_nothing_is_imported(log: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("column: {}\n")
    result = command("flows", "import", log, "--mapping", mapping, "-w", tmp_path / "w")
    assert result.exit_code == 2
    assert "column: Extra inputs are not permitted" in " ".join(plain(result.stderr).split())
    assert not (tmp_path / "w").exists()


def test_what_was_seen_is_told_beside_what_is_allowed(shop: Path, log: Path) -> None:
    found = command("flows", "compare", log, "-m", shop, "-o", "json").stdout
    rows = {(row["src"], row["dst"], row["ports"]): row["status"] for row in json.loads(found)}
    assert rows["shop/web[Pod]", "shop/db[Pod]", "TCP 5432"] == "active"
    assert rows["shop/web[Pod]", "shop/db[Pod]", "TCP 80"] == "denied"
    assert rows["shop/web[Pod]", "outside", "All Connections"] == "unused"
    kept = command("flows", "compare", log, "-m", shop, "--only", "denied", "--only", "active").stdout
    assert [row.split("  ")[:2] for row in kept.splitlines()] == [
        ["status", "meaning"],
        ["active", "allowed, in use"],
        ["denied", "seen to be denied, not allowed"],
    ]


@pytest.mark.parametrize("words", [["compare"], ["edges"], ["dns"]])
def test_objects_that_name_no_namespace_are_where_the_option_says(log: Path, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP.replace("namespace: shop, ", "").replace(", namespace: shop", ""))
    named = ["-m", str(tmp_path / "shop.yaml"), "--namespace", "shop"]
    assert command("flows", *words, log, *named).exit_code == 0
    rows = json.loads(command("flows", "compare", log, *named, "-o", "json").stdout)
    assert ("active", "shop/web[Pod]", "shop/db[Pod]") in {(row["status"], row["src"], row["dst"]) for row in rows}


@pytest.mark.parametrize("option", ["--namespace", "--values"])
def test_options_about_manifests_need_manifests(log: Path, option: str) -> None:
    result = command("flows", "edges", log, option, str(log))
    assert result.exit_code == 2
    assert option in plain(result.stderr)


@pytest.mark.parametrize(
    "options, statuses",
    [
        ([], {"agent": "unknown", "web": "not-allowed"}),  # the agent may be on the node of db
        (["--host-network", "pod"], {"agent": "active", "web": "not-allowed"}),
        (["--cluster-addresses", "all"], {"agent": "unknown", "web": "active"}),
    ],
)
def test_a_comparison_is_with_the_reading_that_was_asked_for(
    tmp_path: Path, options: list[str], statuses: dict[str, str]
) -> None:
    (tmp_path / "cluster.yaml").write_text(CLUSTER)
    (tmp_path / "flows.log").write_text("".join(line(name, "db", 5432) for name in statuses))
    found = command("flows", "compare", tmp_path / "flows.log", "-m", tmp_path / "cluster.yaml", *options, "-o", "json")
    rows = json.loads(found.stdout)
    assert {row["src"][5:-5]: row["status"] for row in rows if row["ports"] == "TCP 5432"} == statuses


def test_without_manifests_nothing_is_known_to_be_allowed(log: Path) -> None:
    result = command("flows", "compare", log)
    assert result.exit_code == 2
    assert "--manifests" in plain(result.stderr)


def test_edges_are_chosen_by_their_ends_and_by_when_they_were_new(log: Path) -> None:
    def ports(*options: str) -> list[int]:
        return [row["port"] for row in json.loads(command("flows", "edges", log, *options, "-o", "json").stdout)]

    assert ports("--dst", "shop/db", "--src", "web") == [80, 5432]
    assert ports("--in-namespace", "shop") == [80, 5432]
    assert ports("--external") == []
    assert ports("--new-since", "2026-11-21") == [80, 5432]
    assert ports("--new-since", "2026-11-21 10:00") == []
    missed = command("flows", "edges", log, "--dst", "cache")
    assert (missed.exit_code, plain(missed.stderr)) == (0, "nothing was found for cache")
    assert plain(command("flows", "edges", log, "--in-namespace", "shpo").stderr) == "nothing was found for shpo"
    pods = command("flows", "edges", log, "--dst", "10.0.0.0/8")
    assert plain(pods.stderr).endswith("10.0.0.0/8; an address stands for an end without a known name")


@pytest.mark.parametrize("content", [None, "# A text\n"], ids=["an empty folder", "a text alone"])
def test_to_import_nothing_is_a_mistake(tmp_path: Path, content: str | None) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    if content is not None:
        (folder / "README.md").write_text(content)
    found = command("flows", "import", folder, "-w", tmp_path / "w")
    assert (found.exit_code, "no flows were read" in plain(found.stderr)) == (2, True)


def test_flows_whose_client_is_not_certain_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "agent.log"
    line = "SIP: 10.0.0.1;SPORT: 40000;DIP: 10.0.0.2;DPORT: {};PROTOCOL: TCP;PolicyVerdict: DENY"
    path.write_text("\n".join(line.format(port) for port in (50000, 80)))
    found = command("flows", "edges", path, "--denied")
    assert "50000" not in found.stdout
    assert plain(found.stderr) == (
        "1 denied flow left out: it is not certain which end is the client (--uncertain keeps to these)"
    )
    listed = json.loads(command("flows", "edges", path, "--denied", "--uncertain", "-o", "json").stdout)
    assert [(row["port"], row["orientation"]) for row in listed] == [(50000, "unknown")]
