from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import BROKEN, SHOP, TYPO, as_program, command
from tests.cli.test_calls import plain
from workbench.ground import ANSWER_FORMATS

if TYPE_CHECKING:
    from pathlib import Path

DIFF = """\
Connectivity diff:
diff-type: changed, source: shop/web[Pod], destination: shop/db[Pod], dir1: TCP 5432, dir2: TCP 5433
"""
"""What SHOP's only change is."""


needs_kustomize = pytest.mark.skipif(
    not (shutil.which("kustomize") or shutil.which("kubectl")), reason="neither kustomize nor kubectl is on the PATH"
)


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder, text in ((before, SHOP), (after, SHOP.replace("port: 5432", "port: 5433"))):
        folder.mkdir()
        (folder / "shop.yaml").write_text(text)
    return before, after


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to the folder of the two inputs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_diff_goes_to_standard_output_and_nothing_else_does(sides: tuple[Path, Path]) -> None:
    result = command("connectivity", "diff", *sides)
    assert (result.stdout, result.stderr, result.exit_code) == (DIFF, "", 0)


@pytest.mark.parametrize("separator", [" ", "="])
def test_the_inputs_are_named_as_the_reference_tools_name_them(sides: tuple[Path, Path], separator: str) -> None:
    named = [f"--dir{number}{separator}{side}" for number, side in enumerate(sides, start=1)]
    arguments = [part for name in named for part in name.split(separator if separator == " " else "\0")]
    assert command("connectivity", "diff", *arguments).stdout == DIFF


def test_an_input_may_consist_of_several_folders(sides: tuple[Path, Path]) -> None:
    pods, policies = SHOP.split("---\napiVersion: networking", 1)
    (sides[0] / "shop.yaml").write_text(pods)
    more = sides[0].parent / "policies.yaml"
    more.write_text(f"---\napiVersion: networking{policies}")
    named: list[str | Path] = ["--dir1", sides[0], "--dir1", more, "--dir2", sides[1]]
    assert command("connectivity", "diff", *named).stdout == DIFF


def test_one_input_may_be_standard_input(sides: tuple[Path, Path]) -> None:
    assert command("connectivity", "diff", "-", sides[1], stdin=SHOP).stdout == DIFF


@pytest.mark.parametrize(
    "name,start",
    [
        ("txt", "Connectivity diff:\n"),
        ("csv", "diff-type,source,destination,dir1,dir2,workloads-diff-info\n"),
        ("json", '[\n  {\n    "change": "changed"'),
        ("md", "| diff-type | source | destination | dir1 | dir2 |"),
        ("dot", "digraph {\n"),
        ("svg", "<svg "),
    ],
)
@pytest.mark.parametrize("option", ["-o", "--output", "--output-format"])
def test_o_chooses_the_format(sides: tuple[Path, Path], option: str, name: str, start: str) -> None:
    assert command("connectivity", "diff", *sides, option, name).stdout.startswith(start)


@pytest.mark.parametrize("option", ["-f", "--file", "--output-file"])
def test_f_writes_a_file_whose_ending_chooses_the_format(sides: tuple[Path, Path], tmp_path: Path, option: str) -> None:
    result = command("connectivity", "diff", *sides, option, tmp_path / "diff.json")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert [row["opened"] for row in json.loads((tmp_path / "diff.json").read_text())] == ["TCP 5433"]


def test_save_to_file_writes_the_file_of_the_usual_name(sides: tuple[Path, Path], here: Path) -> None:
    assert command("connectivity", "diff", *sides, "--save-to-file").stdout == ""
    assert (here / "connectivity_diff.txt").read_text() == DIFF
    assert command("connectivity", "diff", *sides, "--save-to-file", "-o", "csv").exit_code == 0
    assert (here / "connectivity_diff.csv").exists()


def test_save_to_file_replaces_an_older_file_only_with_remove(sides: tuple[Path, Path], here: Path) -> None:
    older = here / "connectivity_diff.txt"
    older.write_text("mine")
    result = command("connectivity", "diff", *sides, "--save-to-file")
    assert "connectivity_diff.txt exists; --remove replaces it" in plain(result.stderr)
    assert (result.exit_code, older.read_text()) == (2, "mine")
    assert command("connectivity", "diff", *sides, "--save-to-file", "--remove").exit_code == 0
    assert older.read_text() == DIFF


def test_a_map_is_saved_under_its_own_usual_name(sides: tuple[Path, Path], here: Path) -> None:
    assert command("connectivity", "map", sides[0], "--save-to-file", "-o", "json").stdout == ""
    assert json.loads((here / "connlist.json").read_text())


def test_where_nothing_differs_nothing_is_written_and_that_is_said(sides: tuple[Path, Path]) -> None:
    result = command("connectivity", "diff", sides[0], sides[0])
    assert (result.stdout, result.stderr, result.exit_code) == ("", "no connection differs\n", 0)
    assert command("connectivity", "diff", sides[0], sides[0], "-q").stderr == ""


def test_exit_code_tells_that_replicas_are_cut_off_from_each_other(sides: tuple[Path, Path]) -> None:
    replicas = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: es, namespace: shop}
spec: {template: {metadata: {labels: {app: es}}, spec: {containers: [{name: es, image: none}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: es, namespace: shop}
spec: {podSelector: {matchLabels: {app: es}}, ingress: [{from: [{podSelector: {matchLabels: {app: es}}}]}]}
"""
    for side, text in zip(sides, (replicas, replicas.replace("{app: es}}}]}]", "{app: ex}}}]}]")), strict=True):
        (side / "shop.yaml").write_text(text)
    assert command("connectivity", "diff", *sides, "--exit-code").exit_code == 3
    assert command("connectivity", "diff", *sides, "--exit-code", "--reference").exit_code == 0


def test_exit_code_tells_that_something_differs(sides: tuple[Path, Path]) -> None:
    assert command("connectivity", "diff", *sides, "--exit-code").exit_code == 3
    assert command("connectivity", "diff", sides[0], sides[0], "--exit-code").exit_code == 0


def test_errors_weigh_more_than_differences(sides: tuple[Path, Path]) -> None:
    (sides[1] / "broken.yaml").write_text(BROKEN)
    result = command("connectivity", "diff", *sides, "--exit-code")
    assert (result.stdout, result.exit_code) == (DIFF, 1)
    assert result.stderr.splitlines()[-1] == "1 error in 1 file; the diff covers what could be read"


def test_strict_refuses_for_a_warning_on_either_side(sides: tuple[Path, Path]) -> None:
    (sides[0] / "typo.yaml").write_text(TYPO)
    result = command("connectivity", "diff", *sides, "--strict")
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr.splitlines()[-1] == "1 warning in 1 file; no diff was written (--strict)"


def test_fail_stops_at_the_first_error(sides: tuple[Path, Path]) -> None:
    (sides[1] / "broken.yaml").write_text(BROKEN)
    result = command("connectivity", "diff", *sides, "--fail")
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr.splitlines()[-1] == "stopped there; no diff was written (--fail)"


def test_reference_lists_ipv4_only(sides: tuple[Path, Path]) -> None:
    for folder, address in zip(sides, ("fd00::1", "fd00::2"), strict=True):
        pod = SHOP.split("---")[0]
        (folder / "shop.yaml").write_text(f"{pod}status: {{podIP: '{address}', podIPs: [{{ip: '{address}'}}]}}\n")
    (sides[1] / "new.yaml").write_text(SHOP.split("---")[1])
    split = ("--ip-ranges", "split")
    assert "outside" in command("connectivity", "diff", *sides).stdout
    assert "::" in command("connectivity", "diff", *sides, *split).stdout
    assert "[External]" in command("connectivity", "diff", *sides, "--reference").stdout
    assert "::" not in command("connectivity", "diff", *sides, "--reference").stdout


def test_ranges_stay_split_on_request(sides: tuple[Path, Path]) -> None:
    closed = SHOP.replace("policyTypes: [Ingress]\n", "policyTypes: [Ingress, Egress]\n")
    blocks = "[{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}]"
    to_blocks = f"  egress: [{{to: {blocks}}}]\n"
    to_half = "  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}}], ports: [{port: 1}]}]\n"
    policy = closed.split("---")[-1]
    (sides[0] / "shop.yaml").write_text(closed)
    (sides[1] / "shop.yaml").write_text(f"{closed}{to_blocks}---{policy.replace('name: web', 'name: half')}{to_half}")
    merged = command("connectivity", "diff", *sides).stdout
    assert "destination: 10.0.0.0/8" in merged
    split = command("connectivity", "diff", *sides, "--ip-ranges", "split").stdout
    assert "destination: 10.0.0.0/9" in split


@pytest.mark.parametrize(
    "arguments,message",
    [
        ([], "two inputs are compared, 0 were named"),
        (["."], "two inputs are compared, 1 was named"),
        ([".", ".", "."], "two inputs are compared, 3 were named"),
        (["--dir1", "."], "Invalid value for '--dir2': the other input is missing"),
        (["--dir2", "."], "Invalid value for '--dir1': the other input is missing"),
        ([".", "--dir2", "."], "either as BEFORE AFTER or by --dir1 and --dir2"),
        ([".", "nowhere"], "there is no folder or file nowhere"),
        (["-", "-"], "standard input (-) can be read once only"),
        ([".", ".", "-o", "pdf"], f"unknown format 'pdf'; there are {', '.join(ANSWER_FORMATS.names('diff'))}"),
        ([".", ".", "-f", "diff.pdf"], "no format is written to '.pdf'"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_why(arguments: list[str], message: str) -> None:
    result = command("connectivity", "diff", *arguments)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert message in plain(result.stderr)


def test_the_program_draws_a_picture_and_ends_without_a_word(sides: tuple[Path, Path]) -> None:
    done = as_program("connectivity", "diff", *sides, "-o", "svg")
    assert done.stdout.endswith("</svg>\n")
    assert (done.stderr, done.returncode) == ("", 0)


# Policies that are not evaluated

CILIUM = """\
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: %s}}, ingress: [{}]}
"""


def test_quiet_still_says_which_policies_are_not_evaluated(sides: tuple[Path, Path]) -> None:
    (sides[1] / "cilium.yaml").write_text(CILIUM % "db")
    result = command("connectivity", "diff", *sides, "-q")
    note = "CiliumNetworkPolicy shop/db (after) is not evaluated: the clusters may differ in less or in more."
    assert result.stdout == f"{DIFF}\nNote: {note}\n"
    assert command("connectivity", "diff", *sides, "-q", "--reference").stdout == DIFF
    assert result.stderr == (
        "1 policy is not evaluated, and the cluster may allow something else: CiliumNetworkPolicy shop/db\n"
    )


@pytest.mark.parametrize("before, after, status", [("db", "db", 0), ("db", "web", 4), ("", "db", 4), ("", "", 0)])
def test_no_difference_is_not_certain_where_policies_differ_that_are_not_evaluated(
    sides: tuple[Path, Path], before: str, after: str, status: int
) -> None:
    for side, app in zip(sides, (before, after), strict=True):
        (side / "shop.yaml").write_text(SHOP + (CILIUM % app if app else ""))
    result = command("connectivity", "diff", *sides, "--exit-code")
    assert result.exit_code == status
    assert ("no connection differs, as far as policies are evaluated\n" in result.stderr) is (status == 4)
    assert command("connectivity", "diff", *sides).exit_code == 0


def test_a_policy_that_is_about_no_pods_here_is_an_info(sides: tuple[Path, Path]) -> None:
    (sides[1] / "cilium.yaml").write_text((CILIUM % "db").replace("namespace: shop", "namespace: other"))
    assert command("connectivity", "diff", *sides, "-q").stderr == ""


class TestRendered:
    """Inputs that are rendered: kustomizations by the real program, charts by one that stands in."""

    @pytest.fixture
    def charts(self, sides: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
        """Put a program on the PATH that gives what lies in the chart, with a port from the file of values."""
        program = sides[0].parent / "bin" / "helm"
        program.parent.mkdir()
        code = (
            "import sys\nargs = sys.argv[1:]\ntext = open(args[2] + '/shop.yaml').read()\n"
            "values = [open(args[n + 1]).read() for n, word in enumerate(args) if word == '--values']\n"
            "print(text.replace('5432', values[-1]) if values else text)\n"
        )
        program.write_text(f"#!{sys.executable} -S\n{code}")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
        for number in ("5432", "5433"):
            (sides[0].parent / number).write_text(number)
        return sides

    @needs_kustomize
    @pytest.mark.parametrize("options", [("--kustomize", "--kustomize"), ("--kustomize1", "--kustomize2")])
    def test_two_kustomizations_are_compared(self, sides: tuple[Path, Path], options: tuple[str, str]) -> None:
        for side in sides:
            (side / "kustomization.yaml").write_text("resources: [shop.yaml]\n")
        named = [str(word) for pair in zip(options, sides, strict=True) for word in pair]
        assert command("connectivity", "diff", *named).stdout == DIFF

    @needs_kustomize
    def test_a_kustomization_is_compared_with_what_is_in_files(self, sides: tuple[Path, Path]) -> None:
        (sides[1] / "kustomization.yaml").write_text("resources: [shop.yaml]\n")
        assert command("connectivity", "diff", "--dir1", sides[0], "--kustomize2", sides[1]).stdout == DIFF

    def test_two_charts_are_compared(self, charts: tuple[Path, Path]) -> None:
        assert command("connectivity", "diff", "--helm", charts[0], "--helm", charts[1]).stdout == DIFF

    def test_values_are_for_both_charts(self, charts: tuple[Path, Path]) -> None:
        result = command("connectivity", "diff", "--helm", charts[0], "--helm", charts[0], "--values", "5433")
        assert result.exit_code == 2, "there is no such file in this folder"
        values = charts[0].parent / "5433"
        result = command("connectivity", "diff", "--helm", charts[0], "--helm", charts[1], "--values", values)
        assert (result.stdout, result.stderr) == ("", "no connection differs\n")

    def test_one_chart_is_compared_under_two_files_of_values(self, charts: tuple[Path, Path]) -> None:
        one, other = (charts[0].parent / number for number in ("5432", "5433"))
        before = ("--helm1", charts[0], "--values1", one)
        assert command("connectivity", "diff", *before, "--helm2", charts[0], "--values2", other).stdout == DIFF

    @pytest.mark.parametrize(
        "words, message",
        [
            (["ONE", "--kustomize", "OTHER"], "which of a folder, a kustomization and a chart is BEFORE"),
            (["--kustomize", "ONE"], "two inputs are compared, 1 was named"),
            (["ONE", "OTHER", "--dir1", "ONE"], "name the two inputs either as BEFORE AFTER"),
            (["--kustomize1", "ONE"], "the other input is missing"),
            (["--dir1", "ONE", "--dir2", "OTHER", "--values", "ONE"], "values are for a chart"),
            (["--dir1", "ONE", "--dir2", "OTHER", "--values2", "ONE"], "name it with --helm2"),
            (["--dir1", "ONE", "--kustomize2", "nowhere"], "there is no folder or file nowhere"),
        ],
    )
    def test_what_is_not_two_inputs_is_said(self, sides: tuple[Path, Path], words: list[str], message: str) -> None:
        names = {"ONE": str(sides[0]), "OTHER": str(sides[1])}
        result = command("connectivity", "diff", *(names.get(word, word) for word in words))
        assert (result.stdout, result.exit_code) == ("", 2)
        assert message in plain(result.stderr)
