"""What public reports say about files that are read: which hold objects, which do not, and what is said of them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cases.suite import case
from tests.cli.command import command
from workbench.ground import Severity
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from pathlib import Path


def test_files_that_are_no_kubernetes_objects_are_infos() -> None:
    folder = case("policies/a36-not-kubernetes-files")
    cluster = load_manifests(folder)
    assert [workload.peer for workload in cluster.objects.workloads] == ["app/p[Pod]"]
    assert {problem.code for problem in cluster.problems_found} == {"not-kubernetes"}
    assert {problem.severity for problem in cluster.problems_found} == {Severity.INFO}
    result = command("connectivity", "map", folder)
    assert (result.stderr, result.exit_code) == ("", 0)


def test_what_cannot_be_read_does_not_replace_what_can() -> None:
    cluster = load_manifests(case("policies/a44-invalid-shadows-valid"))
    assert [workload.peer for workload in cluster.objects.workloads] == ["app/client[Pod]", "app/web[Deployment]"]
    assert any(
        problem.severity is Severity.ERROR and problem.file.endswith("2.yaml") for problem in cluster.problems_found
    )


def test_the_same_as_a_patch_of_a_kustomization_is_no_object_at_all(tmp_path: Path) -> None:
    for file in case("policies/a44-invalid-shadows-valid").glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "kustomization.yaml").write_text("resources: [1.yaml]\npatches: [{path: 2.yaml}]\n")
    cluster = load_manifests(tmp_path)
    assert [workload.peer for workload in cluster.objects.workloads] == ["app/client[Pod]", "app/web[Deployment]"]
    assert not any(problem.severity is Severity.ERROR for problem in cluster.problems_found)


def test_hidden_files_are_passed_over() -> None:
    result = command("connectivity", "map", case("policies/a48-hidden-files"))
    assert (result.stderr, result.exit_code) == ("", 0)


def test_zip_archives_are_read_directly_and_within_a_folder() -> None:
    folder = case("policies/a57-archives")
    assert [str(one) for one in load_manifests(folder / "x.zip").workloads["name"]] == ["p"]
    assert "x.zip!m/pod2.yaml" in {
        manifest.source.file[-17:] for manifest in load_manifests(folder / "x.zip").objects.manifests
    }
    assert command("connectivity", "map", folder).exit_code == 0


def test_what_kubectl_says_is_passed_over() -> None:
    cluster = load_manifests(case("policies/a61-kubectl-noise"))
    assert [workload.name for workload in cluster.objects.workloads] == ["j1", "y1"]
    assert {problem.severity for problem in cluster.problems_found} == {Severity.INFO}


def test_a_quoted_port_and_octal_lookalikes_are_told_as_written() -> None:
    cluster = load_manifests(case("policies/a26-lowercase-and-quoted"))
    said = {problem.object: str(problem) for problem in cluster.problems_found if problem.severity is Severity.ERROR}
    assert set(said) == {f"NetworkPolicy app/n{number}" for number in (1, 2, 3, 4)}
    (policy,) = [policy for policy in cluster.objects.policies if policy.name == "n5"]
    assert str(policy.rules[0].ports.numbers) == "TCP 80"


def test_a_sparse_bomb_is_bounded(tmp_path: Path) -> None:
    subprocess.run(  # noqa: S603  (a script among the cases)
        [sys.executable, str(case("hostile/sparse_tar.py")), "3000000000"], cwd=tmp_path, check=True
    )
    problems = load_manifests(tmp_path, limit=1_000_000).problems_found
    assert [problem.code for problem in problems] == ["too-large", "nothing-found"]


def test_control_characters_in_names_are_errors_that_are_safe_to_print() -> None:
    file = case("hostile/control_characters.yaml")
    errors = [problem for problem in load_manifests(file).problems_found if problem.code == "invalid-name"]
    assert len(errors) == 2
    assert not any(character in problem.message for problem in errors for character in "\r\x1b\x07")


@pytest.mark.parametrize("format_name", ["txt", "json"])
def test_their_answers_are_written_all_the_same(format_name: str) -> None:
    result = command("connectivity", "map", case("hostile/control_characters.yaml"), "-o", format_name)
    assert result.exit_code == 1
    assert result.stdout
