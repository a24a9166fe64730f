"""What load_manifests takes, and how it says what it does."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from workbench.ground import Severity
from workbench.inventory import load_manifests
from workbench.manifests import Manifest

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{}]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(POD)
    (tmp_path / "b.yaml").write_text(POD.replace("name: p", "name: q"))
    return tmp_path


def test_a_path_as_text_or_as_path(folder: Path) -> None:
    assert len(load_manifests(folder).objects.workloads) == 2
    assert len(load_manifests(str(folder)).objects.workloads) == 2


def test_several_paths(folder: Path) -> None:
    assert len(load_manifests([folder / "a.yaml", str(folder / "b.yaml")]).objects.workloads) == 2


def test_manifest_text() -> None:
    cluster = load_manifests(POD)
    assert cluster.objects.workloads[0].source.file == "<text>"


@pytest.mark.parametrize("stream", [io.StringIO(POD), io.BytesIO(POD.encode())])
def test_an_open_file(stream: io.StringIO | io.BytesIO) -> None:
    assert len(load_manifests(stream).objects.workloads) == 1


def test_an_open_file_keeps_its_name(folder: Path) -> None:
    with (folder / "a.yaml").open() as stream:
        assert load_manifests(stream).objects.workloads[0].source.file == str(folder / "a.yaml")


def test_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(POD.encode())))
    assert load_manifests("-").objects.workloads[0].source.file == "<stdin>"


@pytest.mark.parametrize("path", ["no/such/folder", Path("no/such"), "kind: Pod", ""])
def test_a_path_that_does_not_exist_is_raised(path: str | Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_manifests(path)


def test_nothing_found_is_an_error(tmp_path: Path) -> None:
    (problem,) = load_manifests(tmp_path).problems_found
    assert (problem.code, problem.severity) == ("nothing-found", Severity.ERROR)


def test_progress_is_reported(folder: Path) -> None:
    calls: list[tuple[str, int, int | None]] = []
    load_manifests(folder, progress=lambda *call: calls.append(call))
    assert calls == [
        ("reading files", 0, None),
        ("reading files", 1, None),
        ("reading objects", 0, 2),
        ("reading objects", 2, 2),
    ]


def test_everything_else_is_kept_as_written() -> None:
    text = "".join(
        f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n"
        for version, kind in (
            ("networking.k8s.io/v1", "IngressClass"),
            ("serving.knative.dev/v1", "Route"),
            ("v1", "ConfigMap"),
            ("v1", "Node"),
        )
    )
    cluster = load_manifests(text)
    assert cluster.problems_found == ()
    assert [manifest.kind for manifest in cluster.objects.manifests] == ["IngressClass", "Route", "ConfigMap", "Node"]
    assert [manifest.name for manifest in cluster.manifests_of("Route")] == ["x"]
    assert cluster.manifests_of("Route", "") == ()


def test_no_secret_is_anywhere_in_the_cluster(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        f"{POD}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{p: hunter2}}\n"
    )
    (tmp_path / "b.json").write_text(
        '{"apiVersion": "v1", "kind": "List", "items": ['
        '{"apiVersion": "v1", "kind": "Secret", "stringData": {"p": "hunter2"}},'
        '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}]}'
    )
    objects = load_manifests(tmp_path).objects

    def shown(manifest: Manifest) -> str:
        return f"{manifest.content} {manifest.source.text}"

    assert [manifest.kind for manifest in objects.manifests] == ["Pod", "ConfigMap"]
    assert "hunter2" not in "".join(map(shown, objects.manifests)) + "".join(w.source.text for w in objects.workloads)


def test_repr_counts() -> None:
    assert repr(load_manifests(POD)) == "Cluster(1 workload, 1 namespace, 0 services, 0 policies, 0 problems)"


@pytest.mark.parametrize("given", [b"kind: Pod\napiVersion: v1\n", {"kind": "Pod"}, None, 7, [b"a.yaml"], [7]])
def test_what_is_neither_a_path_nor_text_is_refused_as_such(given: object) -> None:
    with pytest.raises(TypeError, match="a str"):
        load_manifests(given)  # type: ignore[arg-type]


def test_no_path_at_all_is_an_empty_input() -> None:
    assert [problem.code for problem in load_manifests([]).problems_found] == ["nothing-found"]
