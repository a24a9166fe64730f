"""A team's own pytest: fixtures from options and configuration, evidence in its output, and no slower a start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.baseline.seen import Seen, flows, policy
from tests.baseline.seen import shop as town
from tests.whatif.shop import written
from workbench.manifests import yaml_text

PLUGIN = "workbench.whatif.pytest_plugin"
HEAVY = {"pandas", "numpy", "networkx", "pydantic", "yaml", "ibis", "duckdb", "pyarrow", "typer"}
TESTS = """\
from workbench.whatif import assert_allowed, assert_denied

def test_needed(netpol_connectivity):
    assert_allowed(netpol_connectivity, "shop/web", "shop/db", 5432)

def test_closed(netpol_cluster):
    assert_denied(netpol_cluster, "shop/*", "shop/db", 5432)
"""


@pytest.fixture
def team(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with manifests and tests of a team, where the plug-in is installed as its entry point says."""
    site = tmp_path / "site"
    installed = site / "team_netpol-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: team-netpol\nVersion: 1\n")
    points = tomllib.loads((project / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    (installed / "entry_points.txt").write_text(
        "[pytest11]\n" + "".join(f"{name} = {module}\n" for name, module in points.items())
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(project)]))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    folder = tmp_path / "team"
    folder.mkdir()
    written(folder)
    (folder / "test_policies.py").write_text(TESTS)
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = -W error -p no:cacheprovider\nnetpol_manifests = manifests\n"
    )
    return folder


def run(folder: Path, *arguments: str, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run the team's tests as a program of its own."""
    argv = [sys.executable, *python, "-m", "pytest", "-p", "no:xdist", "-p", "no:hypothesispytest", *arguments]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603  (our own program)


def test_a_failing_assertion_shows_the_policy_with_file_and_line(team: Path) -> None:
    done = run(team)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    assert "shop/web[Pod] -> shop/db : TCP 5432 is allowed, and is to be denied" in done.stdout
    place = re.search(r"NetworkPolicy shop/db allows TCP 5432 by spec.ingress\[0\] \((.+):(\d+)\)", done.stdout)
    assert place is not None
    assert "ports: [{port: 5432}]" in Path(place[1]).read_text().splitlines()[int(place[2]) - 1]
    assert "asserting.py" not in done.stdout


def test_paths_of_the_command_line_come_before_those_of_the_configuration(team: Path) -> None:
    other = team / "other"
    other.mkdir()
    written(other, "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    done = run(team, "--netpol-manifests=other/manifests")
    assert "2 failed" in done.stdout
    assert "no workload is called shop/*" in done.stdout


@pytest.mark.parametrize(
    "option,said",
    [
        ("--netpol-manifests=nothing", "nothing"),
        ("--netpol-manifests=broken", "there are errors in the manifests"),
        ("--override-ini=netpol_manifests=", "name the paths with --netpol-manifests PATH, or as netpol_manifests"),
    ],
)
def test_manifests_that_are_not_there_or_have_errors_fail_the_tests_that_ask_for_them(
    team: Path, option: str, said: str
) -> None:
    (team / "broken").mkdir()
    written(team / "broken", "kind: [\n")
    done = run(team, option)
    assert "2 errors" in done.stdout, done.stdout + done.stderr
    assert said in done.stdout


def test_flows_are_those_of_the_option_attributed_to_the_cluster(team: Path) -> None:
    cluster = town(policy("only", "api", port=80))
    flows(team, Seen("web", "api", 80), cluster=cluster)
    (recording,) = team.glob("*.jsonl")
    (team / "manifests" / "shop.yaml").write_text(yaml_text([dict(one.content) for one in cluster.objects.manifests]))
    (team / "cut.yaml").write_text(yaml_text([policy("only", "api", port=81)]))
    (team / "test_policies.py").write_text(
        "from workbench.whatif import assert_flows_survive\n\n"
        "def test_kept(netpol_cluster, netpol_flows):\n"
        "    assert_flows_survive(netpol_cluster, 'manifests', netpol_flows)\n\n"
        "def test_cut(netpol_cluster, netpol_flows):\n"
        "    assert_flows_survive(netpol_cluster, 'cut.yaml', netpol_flows)\n"
    )
    ini = (team / "pytest.ini").read_text().replace("-W error ", "")
    (team / "pytest.ini").write_text(f"{ini}netpol_flows = {recording.name}\n")
    done = run(team)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "1 flow would be cut, seen from 2026-11-17" in done.stdout


def test_without_a_fixture_nothing_heavy_is_imported(team: Path) -> None:
    (team / "test_policies.py").write_text(
        "import sys\n\ndef test_nothing():\n"
        f"    assert 'workbench.whatif.pytest_plugin' in sys.modules\n    assert not {HEAVY!r} & set(sys.modules)\n"
    )
    done = run(team)
    assert "1 passed" in done.stdout, done.stdout


def test_our_own_tests_run_without_it(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.is_blocked("netpol-workbench")
    assert not pytestconfig.pluginmanager.has_plugin(PLUGIN)
