"""``netpol-workbench anonymise`` and ``flows export``: what can be shown to others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import SHOP, command
from tests.cli.test_calls import plain
from workbench.flows import TableMapping, load_flows
from workbench.ground import Anonymiser
from workbench.inventory import load_manifests
from workbench.workspace import Workspace

KEY = "the key of these tests"
ONE = Anonymiser(KEY)
MORNING = str(Path(__file__).resolve().parents[2] / "data" / "samples" / "flows" / "morning.hubble.jsonl")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NETPOL_WORKBENCH_WORKSPACE", "NETPOL_ANONYMISE_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "key.txt").write_text(f"{KEY}\n")
    (tmp_path / "shop.yaml").write_text(SHOP)
    return tmp_path


def test_manifests_are_written_into_a_new_folder_under_the_names_of_a_key(here: Path) -> None:
    result = command("anonymise", "shop.yaml", "-d", "shared", "--anonymise-key", "key.txt")
    assert result.exit_code == 0, result.stderr
    namespace = ONE.namespace("shop")
    assert [one.name for one in (here / "shared").iterdir()] == [f"namespace-{namespace}.yaml"]
    cluster = load_manifests(here / "shared", cache=False)
    assert {one.peer for one in cluster.objects.workloads} == {
        f"{namespace}/{ONE.workload(name)}[Pod]" for name in ("web", "db")
    }
    assert "4 objects in 1 file" in result.stderr


def test_the_key_may_stand_in_the_environment(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPOL_ANONYMISE_KEY", KEY)
    result = command("anonymise", "shop.yaml", "-d", "shared")
    assert "random" not in result.stderr
    assert (here / "shared" / f"namespace-{ONE.namespace('shop')}.yaml").exists()


def test_without_a_key_another_run_gives_other_names_and_that_is_said(here: Path) -> None:
    for folder in ("one", "other"):
        result = command("anonymise", "shop.yaml", "-d", folder)
        assert "another run gives other names" in result.stderr
    names = [sorted(one.name for one in (here / folder).iterdir()) for folder in ("one", "other")]
    assert names[0] != names[1]


def test_a_folder_that_holds_something_is_refused(here: Path) -> None:
    (here / "shared").mkdir()
    (here / "shared" / "mine.txt").write_text("mine")
    result = command("anonymise", "shop.yaml", "-d", "shared")
    assert (result.exit_code, "not an empty folder" in plain(result.stderr)) == (2, True)
    assert [one.name for one in (here / "shared").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "name, said", [("nowhere.txt", "cannot be read"), ("empty.txt", "key is empty"), ("short.txt", "has 5 bytes")]
)
def test_a_key_that_is_none_is_refused(here: Path, name: str, said: str) -> None:
    (here / "empty.txt").write_text("\n")
    (here / "short.txt").write_text("short\n")
    result = command("anonymise", "shop.yaml", "-d", "shared", "--anonymise-key", name)
    assert (result.exit_code, said in plain(result.stderr)) == (2, True)
    assert not (here / "shared").exists()


@pytest.mark.parametrize("key", ["", "short"])
def test_a_short_key_in_the_environment_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("NETPOL_ANONYMISE_KEY", key)
    result = command("anonymise", "shop.yaml", "-d", "shared")
    assert (result.exit_code, "NETPOL_ANONYMISE_KEY" in plain(result.stderr)) == (2, True)
    assert not (here / "shared").exists()


def test_with_errors_and_fail_nothing_is_written(here: Path) -> None:
    (here / "broken.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: [\n")
    assert command("anonymise", "shop.yaml", "broken.yaml", "-d", "shared", "--fail").exit_code == 1
    assert not (here / "shared").exists()
    assert command("anonymise", "shop.yaml", "broken.yaml", "-d", "shared").exit_code == 1
    assert (here / "shared").exists()


def test_flows_are_written_as_a_table(here: Path) -> None:
    assert command("flows", "export", MORNING, "-f", "flows.parquet").exit_code == 0
    assert len(load_flows(here / "flows.parquet", mapping=TableMapping())) == len(load_flows(MORNING))


def test_anonymised_flows_have_the_names_of_anonymised_manifests(here: Path) -> None:
    words = ("flows", "export", MORNING, "--anonymise", "--anonymise-key", "key.txt")
    assert command(*words, "-f", "flows.parquet").exit_code == 0
    expected = load_flows(MORNING).anonymised(ONE).edges()["src"].tolist()
    assert load_flows(here / "flows.parquet", mapping=TableMapping()).edges()["src"].tolist() == expected
    assert command(*words, "-d", "shared").exit_code == 0
    with Workspace(here / "shared") as workspace:
        assert workspace.open_flows().edges()["src"].tolist() == expected
        assert len(workspace.open_flows().dns())
    assert not list(here.glob(".*"))


@pytest.mark.parametrize(
    "words",
    [
        (), ("-f", "a.parquet", "-d", "a"), ("-d", "a"), ("-f", "key.txt"), ("-f", "nowhere/a.parquet"),
        ("-f", "a.parquet", "--anonymise-key", "key.txt"), ("-d", ".", "--anonymise"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(here: Path, words: tuple[str, ...]) -> None:
    before = sorted(one.name for one in here.iterdir())
    assert command("flows", "export", MORNING, *words).exit_code == 2
    assert sorted(one.name for one in here.iterdir()) == before
