"""Kustomizations and charts are rendered by the program on the PATH; without one, or if it fails, that is said."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import command
from workbench.inventory import load_manifests
from workbench.manifests import ManifestFile, Problem, ProblemLog, Severity
from workbench.manifests.render import render_helm, render_kustomize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the programs that stand in are scripts")

POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: {}}}\nspec: {{containers: [{{name: c}}]}}\n"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return what puts a Python script on an otherwise empty PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, code: str) -> None:
        file = folder / name
        file.write_text(f"#!{sys.executable} -S\nimport sys, time\nargs = sys.argv[1:]\n{code}\n")
        file.chmod(0o755)

    return put


@pytest.fixture
def overlay(tmp_path: Path) -> str:
    folder = tmp_path / "overlay"
    folder.mkdir()
    return str(folder)


SAY_ARGUMENTS = "print('\\n'.join(args))"


def files(rendered: Iterator[ManifestFile]) -> list[tuple[str, str]]:
    return [(found.name, found.text) for found in rendered]


def only(log: ProblemLog) -> Problem:
    (problem,) = log
    return problem


@pytest.mark.parametrize("name, arguments", [("kustomize", "build"), ("kubectl", "kustomize")])
def test_a_kustomization_is_rendered_by_either_program(
    program: Callable[[str, str], None], overlay: str, name: str, arguments: str
) -> None:
    program(name, SAY_ARGUMENTS)
    log = ProblemLog()
    assert files(render_kustomize(overlay, log)) == [(f"<kustomize {overlay}>", f"{arguments}\n{overlay}\n")]
    assert list(log) == []


def test_kustomize_itself_goes_first(program: Callable[[str, str], None], overlay: str) -> None:
    program("kustomize", "print('mine')")
    program("kubectl", "print('other')")
    assert [text for _, text in files(render_kustomize(overlay, ProblemLog()))] == ["mine\n"]


def test_a_chart_is_rendered_with_its_values(program: Callable[[str, str], None], tmp_path: Path) -> None:
    program("helm", SAY_ARGUMENTS)
    chart, values = tmp_path / "My_Shop", tmp_path / "values.yaml"
    chart.mkdir()
    values.touch()
    ((name, text),) = files(render_helm(str(chart), [str(values)], ProblemLog(), namespace="shop"))
    assert name == f"<helm {chart}>"
    assert text.split() == ["template", "my-shop", str(chart), "--values", str(values), "--namespace", "shop"]


def test_without_the_program_the_message_gives_the_command(program: object, overlay: str) -> None:
    assert program
    log = ProblemLog()
    assert files(render_kustomize(overlay, log)) == []
    assert (only(log).code, only(log).severity) == ("program-missing", Severity.ERROR)
    assert f"kubectl kustomize {overlay} > rendered.yaml" in only(log).remedy


def test_what_a_program_that_fails_says_is_told(program: Callable[[str, str], None], overlay: str) -> None:
    program("kustomize", "print('half: a thing'); print('no such base', file=sys.stderr); sys.exit(3)")
    log = ProblemLog()
    assert files(render_kustomize(overlay, log)) == []
    assert only(log).code == "render-failed"
    assert "failed (exit status 3), so this is not read: no such base" in only(log).message


def test_what_a_program_warns_of_is_an_info(program: Callable[[str, str], None], overlay: str) -> None:
    program("kustomize", "print('a: b'); print('bases is deprecated', file=sys.stderr)")
    log = ProblemLog()
    assert len(files(render_kustomize(overlay, log))) == 1
    assert (only(log).severity, "bases is deprecated" in only(log).message) == (Severity.INFO, True)


def test_a_program_that_hangs_is_stopped(program: Callable[[str, str], None], overlay: str) -> None:
    program("kustomize", "time.sleep(60)")
    log = ProblemLog()
    assert files(render_kustomize(overlay, log, seconds=0.2)) == []
    assert "took longer than 0.2 seconds" in only(log).message


def test_output_beyond_the_limit_is_refused(program: Callable[[str, str], None], overlay: str) -> None:
    program("kustomize", "print('a' * 1000)")
    log = ProblemLog()
    assert files(render_kustomize(overlay, log, limit=100)) == []
    assert only(log).code == "too-large"


def test_a_file_that_cannot_be_run_is_told(program: Callable[[str, str], None], tmp_path: Path, overlay: str) -> None:
    program("kustomize", "")
    (tmp_path / "bin" / "kustomize").write_text("#!/nowhere/at/all\n")
    log = ProblemLog()
    assert files(render_kustomize(overlay, log)) == []
    assert "cannot be run" in only(log).message


def test_a_folder_is_never_taken_for_an_option(
    program: Callable[[str, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("kustomize", SAY_ARGUMENTS)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "--help").mkdir()
    assert files(render_kustomize("--help", ProblemLog())) == [("<kustomize --help>", "build\n./--help\n")]


def test_what_does_not_exist_is_the_caller_s_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_manifests(kustomize=tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError):
        load_manifests(helm=tmp_path, values=tmp_path / "nowhere.yaml")


def test_what_is_rendered_is_read_beside_what_is_named(
    program: Callable[[str, str], None], overlay: str, tmp_path: Path
) -> None:
    program("kustomize", f"print({POD.format('a')!r})")
    program("helm", f"print({POD.format('b')!r})")
    (tmp_path / "c.yaml").write_text(POD.format("c"))
    cluster = load_manifests(tmp_path / "c.yaml", kustomize=overlay, helm=[overlay])
    assert [workload.name for workload in cluster.objects.workloads] == ["a", "b", "c"]
    assert {workload.source.file for workload in cluster.objects.workloads} == {
        f"<kustomize {overlay}>",
        f"<helm {overlay}>",
        str(tmp_path / "c.yaml"),
    }


class TestCommandLine:
    def test_an_option_is_enough(self, program: Callable[[str, str], None], overlay: str) -> None:
        program("kubectl", f"print({POD.format('a')!r})")
        result = command("connectivity", "map", "--kustomize", overlay, "--no-cache")
        assert (result.exit_code, "default/a[Pod]" in result.stdout) == (0, True)

    def test_so_it_is_for_a_question_about_two_ends(self, program: Callable[[str, str], None], overlay: str) -> None:
        program("helm", f"print({POD.format('a')!r} + '---\\n' + {POD.format('b')!r})")
        result = command("connectivity", "query", "default/a", "default/b", "--helm", overlay)
        assert result.exit_code == 0

    def test_without_the_program_nothing_is_found(self, program: object, overlay: str) -> None:
        assert program
        result = command("connectivity", "map", "--helm", overlay)
        assert result.exit_code == 2
        assert "helm is not on the PATH" in result.stderr
        assert f"helm template overlay {overlay} > rendered.yaml" in result.stderr

    def test_nothing_at_all_is_a_wrong_call(self) -> None:
        assert command("connectivity", "map").exit_code == 2
        assert command("connectivity", "reach").exit_code == 2

    def test_values_need_a_chart(self, overlay: str) -> None:
        result = command("connectivity", "map", overlay, "--values", overlay)
        assert (result.exit_code, "--helm" in result.stderr) == (2, True)


PROGRAMS = {name: shutil.which(name) for name in ("kustomize", "kubectl")}


@pytest.mark.parametrize("name", PROGRAMS)
class TestRealPrograms:
    """A base and an overlay that changes it, as the program itself renders them."""

    @pytest.fixture(autouse=True)
    def only_this_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        path = PROGRAMS[name]
        if path is None:
            pytest.skip(f"{name} is not on the PATH")
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / name).symlink_to(path)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    @pytest.fixture
    def tree(self, tmp_path: Path, name: str) -> Path:
        assert name
        base, prod = tmp_path / "base", tmp_path / "prod"
        for folder in (base, prod):
            folder.mkdir()
        web = POD.format("web, labels: {app: web}")
        (base / "pods.yaml").write_text(f"{web}---\n{POD.format('db, labels: {app: db}')}")
        (base / "policy.yaml").write_text(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db}\n"
            "spec:\n  podSelector: {matchLabels: {app: db}}\n"
            "  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]\n"
        )
        (base / "kustomization.yaml").write_text("resources: [pods.yaml, policy.yaml]\n")
        (prod / "kustomization.yaml").write_text(
            "resources: [../base]\nnamespace: prod\nnamePrefix: new-\n"
            "patches:\n- target: {kind: NetworkPolicy}\n"
            "  patch: |\n    - {op: replace, path: /spec/ingress/0/ports/0/port, value: 5433}\n"
        )
        return prod

    def test_an_overlay_is_read_as_it_is_deployed(self, tree: Path) -> None:
        result = command("connectivity", "map", "--kustomize", tree, "--no-cache")
        assert "prod/new-web[Pod] => prod/new-db[Pod] : TCP 5433\n" in result.stdout
        assert (result.exit_code, result.stderr) == (0, "")

    def test_what_it_refuses_is_an_error_with_its_words(self, tree: Path) -> None:
        (tree / "kustomization.yaml").write_text("resources: [../nowhere]\n")
        log = ProblemLog()
        assert files(render_kustomize(str(tree), log)) == []
        assert only(log).code == "render-failed"
        assert "nowhere" in only(log).message
