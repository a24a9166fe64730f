"""``external``: what addresses outside are called, decided and asked at the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from subprocess import check_output

import pytest
import yaml

from tests.cli.command import command
from tests.cli.test_calls import HEAVY, plain
from tests.external.outside import line as called

GOOGLE = {
    "syncToken": "1",
    "creationTime": "2020-11-01T00:00:00.0",
    "prefixes": [{"ipv4Prefix": "198.51.100.0/24", "service": "Google Cloud", "scope": "europe-west3"}],
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETPOL_WORKBENCH_WORKSPACE", raising=False)
    lines = [called("203.0.113.8"), called("203.0.113.9", minute=1), called("198.51.100.7", minute=2, names=["a.b.c"])]
    (tmp_path / "hubble.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "cloud.json").write_text(json.dumps(GOOGLE))
    return tmp_path


def rows(*words: str) -> list[dict[str, object]]:
    result = command(*words, "-o", "json")
    assert result.exit_code in {0, 1}, result.stderr
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def test_blocks_are_added_renamed_listed_and_removed_as_decisions(here: Path) -> None:
    words = ("external", "add", "payments", "203.0.113.9/24", "2001:db8::/32", "--why", "their contract")
    assert command(*words).stdout == "decision 1: payments: 203.0.113.9/24, 2001:db8::/32\n"
    assert (here / "netpol-workspace" / "decisions.db").exists()
    assert [(one["name"], one["cidr"]) for one in rows("external", "list")] == [
        ("payments", "2001:db8::/32"),
        ("payments", "203.0.113.0/24"),
    ]
    command("external", "rename", "203.0.113.0/24", "bank")
    assert "bank" in command("external", "list").stdout
    assert command("external", "remove", "203.0.113.0/24").stdout == "decision 3: removed 203.0.113.0/24\n"
    assert len(rows("external", "list")) == 1
    history = rows("workspace", "history")
    assert [one["why"] for one in history if one["decision"] == 1] == ["their contract"] * 2
    command("workspace", "undo")
    assert len(rows("external", "list")) == 2


@pytest.mark.parametrize(
    "words,said",
    [
        (["add", "x", "everywhere"], "'everywhere' is not a valid CIDR"),
        (["add", "x", "198.51.100.0/24", "203.0.113.0/24"], "203.0.113.0/24 has a name already: kept"),
        (["add", "outside", "198.51.100.0/24"], "'outside' cannot be the name of 198.51.100.0/24"),
        (["rename", "198.51.100.0/24", "x"], "the address book has no block 198.51.100.0/24: it has 203.0.113.0/24"),
        (["remove", "203.0.113.0/24", "198.51.100.0/24"], "the address book has no block 198.51.100.0/24"),
        (["forget", "Amazon"], "no ranges of 'Amazon' were imported"),
        (["lookup", "nowhere"], "'nowhere' is not a valid address"),
        (["import", "nowhere.json"], "nowhere.json"),
        (["list", "-w", "nowhere"], "there is no workspace nowhere yet"),
        (["lookup", "203.0.113.1", "-w", "nowhere"], "there is no workspace nowhere yet"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_what_cannot_be_decided_is_said_and_nothing_is_kept(words: list[str], said: str) -> None:
    command("external", "add", "kept", "203.0.113.0/24")
    result = command("external", *words)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert said in plain(result.stderr)
    assert [one["name"] for one in rows("external", "list")] == ["kept"]


def test_files_are_imported_named_with_their_age_hidden_and_forgotten() -> None:
    result = command("external", "import", "cloud.json")
    assert (result.stdout, result.exit_code) == ("decision 1: 1 block of Google cloud\n", 0)
    assert "350 are to be expected" in plain(result.stderr)
    assert command("external", "import", "cloud.json", "-q").stdout == "nothing changed: it was so already\n"
    listed = command("external", "list", "--providers")
    assert listed.exit_code == 1
    assert "2020-11-01" in listed.stdout
    assert "the ranges of Google cloud are" in plain(listed.stderr)
    (found,) = rows("external", "lookup", "198.51.100.7")
    assert (found["name"], found["provider_block"]) == ("Google/europe-west3", "198.51.100.0/24")
    command("external", "hide-providers")
    (hidden,) = rows("external", "lookup", "198.51.100.7")
    assert (hidden["name"], hidden["provider"]) == ("External Entities", "Google")
    command("external", "show-providers")
    assert command("external", "forget", "Google").stdout == "decision 4: forgot Google\n"


def test_a_file_that_says_nothing_is_an_error_and_a_list_needs_its_provider(here: Path) -> None:
    (here / "list.txt").write_text("198.51.100.0/24\n")
    refused = command("external", "import", "list.txt")
    assert (refused.stdout, refused.exit_code) == ("", 1)
    assert "it lists blocks and does not say whose" in plain(refused.stderr)
    named = command("external", "import", "list.txt", "--provider", "Ours")
    assert named.stdout == "decision 1: 1 block of Ours\n"


def test_with_strict_a_warning_keeps_everything_out() -> None:
    result = command("external", "import", "cloud.json", "--strict")
    assert (result.stdout, result.exit_code) == ("", 1)
    assert command("external", "list", "-w", ".").exit_code == 0


def test_suggestions_are_of_files_or_of_the_workspace_and_leave_out_what_has_a_name() -> None:
    names = {one["name"] for one in rows("external", "suggest", "hubble.jsonl")}
    assert names == {"203.0.113.0/24", "b.c"}
    command("flows", "import", "hubble.jsonl")
    command("external", "add", "payments", "203.0.113.0/24")
    assert [one["name"] for one in rows("external", "suggest")] == ["b.c"]
    assert command("external", "suggest").stdout.split()[:4] == ["name", "by", "addresses", "callers"]


def test_the_book_is_exported_for_kubescape_and_red_hat_acs(here: Path) -> None:
    command("external", "add", "payments", "203.0.113.0/24")
    assert yaml.safe_load(command("external", "export").stdout)["spec"][0]["name"] == "payments"
    command("external", "export", "--as", "rhacs", "-f", "entities.json")
    source = json.loads((here / "entities.json").read_text())["entities"][0]["info"]["externalSource"]
    assert (source["name"], source["cidr"]) == ("payments", "203.0.113.0/24")


def test_a_book_is_of_one_cluster() -> None:
    command("external", "add", "payments", "203.0.113.0/24", "--cluster", "east")
    assert (rows("external", "list"), len(rows("external", "list", "--cluster", "east"))) == ([], 1)


def test_names_are_never_markup_or_control_characters() -> None:
    assert command("external", "add", "\x1b[31mred", "203.0.113.0/24").exit_code == 2
    command("external", "add", "<b>x</b>|y", "203.0.113.0/24")
    assert "\\|" in command("external", "list", "-o", "md").stdout


# --- flows have the names ----------------------------------------------------------------------------------------


def test_flows_of_a_workspace_have_its_names_unless_they_are_to_be_plain() -> None:
    command("flows", "import", "hubble.jsonl")
    command("external", "add", "payments", "203.0.113.0/24")
    addresses = {"203.0.113.8", "203.0.113.9", "198.51.100.7"}
    assert {one["dst"] for one in rows("flows", "edges")} == {"payments", "198.51.100.7"}
    assert {one["dst"] for one in rows("flows", "edges", "--plain")} == addresses
    assert {one["dst"] for one in rows("flows", "edges", "--dst", "203.0.113.0/24")} == addresses - {"198.51.100.7"}
    assert {one["dst"] for one in rows("flows", "edges", "--dst", "payments")} == {"payments"}


def test_flows_of_files_have_names_only_where_a_workspace_is_named() -> None:
    command("external", "add", "payments", "203.0.113.0/24", "-w", "w")
    assert "payments" not in {one["dst"] for one in rows("flows", "edges", "hubble.jsonl")}
    assert "payments" in {one["dst"] for one in rows("flows", "edges", "hubble.jsonl", "-w", "w")}


def test_flows_of_a_cluster_have_the_names_of_its_book() -> None:
    command("flows", "import", "hubble.jsonl", "--cluster", "east")
    command("external", "add", "payments", "203.0.113.0/24", "--cluster", "east")
    assert "payments" in {one["dst"] for one in rows("flows", "edges", "--cluster", "east")}
    assert "payments" not in {one["dst"] for one in rows("flows", "edges")}
    assert [one["name"] for one in rows("external", "suggest", "--cluster", "east")] == ["b.c"]


@pytest.mark.parametrize("words", [["external", "-h"], ["external", "add", "-h"], ["external", "suggest", "-h"]])
def test_asking_for_help_does_not_wait_for_pandas(words: list[str]) -> None:
    program = "import sys\nfrom workbench.cli import app\ntry: app()\nexcept SystemExit: print(*sys.modules)"
    loaded = set(check_output([sys.executable, "-c", program, *words], text=True).split())  # noqa: S603  (our own program)
    assert not (HEAVY | {"sqlalchemy", "tldextract", "cloudip"}) & loaded
