"""An audit as a folder: all that it was made of is in it, whole or not at all, the same bytes each time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from subprocess import run

import pytest

from tests.report.small import MANIFESTS, NOW, SECRET, Given, made
from workbench.ground import ArgumentError, NotFoundError
from workbench.inventory import load_manifests
from workbench.report import Audit, BundleError, audit, html, read_bundle, write_bundle
from workbench.report.kept_inputs import keep_inputs, kept_inputs


def files_in(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_a_bundle_holds_report_data_pictures_inputs_and_hashes(written: Path, whole: Audit) -> None:
    names = set(files_in(written))
    assert {"report.html", "audit.json", "SHA256SUMS", "data/findings.csv", "pictures/isolation.svg"} <= names
    assert {f"inputs/{one}" for one in ("manifests.jsonl", "baselines.json", "address-book.json")} <= names
    assert {f"inputs/{one}" for one in ("accepted.json", "corporate.json", "options.json")} <= names
    assert {"inputs/flows/flows.parquet", "inputs/earlier/audit.json"} <= names
    assert (written / "report.html").read_text(encoding="utf-8") == html(whole)


def test_its_hashes_are_those_of_sha256sum(written: Path) -> None:
    lines = {line[66:]: line[:64] for line in (written / "SHA256SUMS").read_text().splitlines()}
    assert lines == {
        name: hashlib.sha256(content).hexdigest() for name, content in files_in(written).items() if name != "SHA256SUMS"
    }
    done = run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=written, check=False, capture_output=True)  # noqa: S607
    assert (done.returncode, done.stdout) == (0, b"")


def test_audit_json_has_the_format_the_versions_and_the_hashes_of_the_originals(written: Path, known: Given) -> None:
    said = json.loads((written / "audit.json").read_text())
    assert said["format"] == 1
    assert {"netpol-workbench", "python", "pandas", "duckdb"} <= set(said["versions"])
    assert said["now"] == NOW.isoformat()
    file = known.cluster.objects.manifests[0].source.file
    assert said["originals"][file] == hashlib.sha256(Path(file).read_bytes()).hexdigest()
    assert len(said["originals"]) == 2  # manifests and flows


def test_an_audit_comes_back_as_it_was(written: Path, whole: Audit) -> None:
    found = read_bundle(written)
    assert (found.title, found.author, found.now, found.namespaces) == ("Shop", "Ana", NOW, ())
    assert found.problems_found == whole.problems_found
    assert [one.id for one in found.sections] == [one.id for one in whole.sections]
    for one, other in zip(found.sections, whole.sections, strict=True):
        assert (one.title, one.prose, one.pictures) == (other.title, other.prose, other.pictures)
    assert all(found.tables[name].frame.equals(table.frame) for name, table in whole.tables.items())
    assert html(found) == html(whole)


def test_the_same_audit_gives_the_same_bundle(known: Given, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    digests = [write_bundle(made(known), tmp_path / name, with_pdf=True) for name in ("a", "b")]
    assert files_in(tmp_path / "a") == files_in(tmp_path / "b")
    assert digests[0] == digests[1]
    other = write_bundle(made(known, title="Other", sections=["coverage"]), tmp_path / "c", with_pdf=False)
    assert other not in digests


def test_inputs_come_back_as_they_were(known: Given, tmp_path: Path) -> None:
    found = made(known, sections=["coverage"])
    assert found.inputs is not None
    keep_inputs(found.inputs, tmp_path)
    back = kept_inputs(tmp_path)
    assert back.cluster.policies.equals(known.cluster.policies)
    assert back.cluster.workloads.equals(known.cluster.workloads)
    assert back.cluster.problems_found == known.cluster.problems_found
    assert back.flows is not None
    assert back.baselines is not None
    assert back.flows.to_pandas().equals(found.inputs.flows.to_pandas()) if found.inputs.flows else False
    assert back.baselines.to_records() == known.baselines.to_records()
    assert back.accepted is not None
    assert (back.accepted.listed, back.accepted.said) == (known.accepted.listed, known.accepted.said)
    assert (back.declared, back.corporate, back.sections) == (known.declared, known.corporate, ("coverage",))
    assert back.book is not None
    assert back.book.to_blocks().equals(known.address_book.to_blocks())


def test_policies_that_were_changed_in_python_come_back(known: Given, tmp_path: Path) -> None:
    added = load_manifests("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: new, namespace: pay}
spec: {podSelector: {}, policyTypes: [Ingress]}
""").objects.policies
    changed = known.cluster.with_policies(added, remove=["NetworkPolicy pay/api"])
    found = audit(changed, now=NOW, sections=["policies"])
    assert found.inputs is not None
    keep_inputs(found.inputs, tmp_path)
    assert set(kept_inputs(tmp_path).cluster.policies["policy"]) == {
        "NetworkPolicy pay/new",
        "NetworkPolicy shop/db",
        "NetworkPolicy shop/web",
    }


def test_no_secret_is_in_any_file(written: Path) -> None:
    assert SECRET in MANIFESTS
    assert [name for name, content in files_in(written).items() if SECRET.encode() in content] == []


def test_what_cannot_be_written_leaves_nothing(known: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = made(known, sections=["coverage"])

    def failing(*_: object) -> None:
        message = "no space left on device"
        raise OSError(message)

    monkeypatch.setattr("workbench.report.bundle.keep_inputs", failing)
    with pytest.raises(OSError, match="no space left"):
        write_bundle(found, tmp_path / "bundle", with_pdf=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(known: Given, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(ArgumentError, match="not an empty folder"):
        write_bundle(made(known, sections=["coverage"]), tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


def test_an_audit_that_was_read_is_not_written_again(written: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="copy the folder"):
        write_bundle(read_bundle(written), tmp_path / "again")


def test_what_is_no_bundle_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no bundle of an audit"):
        read_bundle(tmp_path)


@pytest.mark.parametrize(
    "said, words",
    [
        ("{", "cannot be read as a bundle"),
        ('{"format": 2}', "has the format 2, and this version reads format 1"),
        ('{"format": 1}', "cannot be read as a bundle"),
        ("[" * 100_000, "cannot be read as a bundle"),
    ],
)
def test_a_bundle_that_cannot_be_read_is_an_error(bundle: Path, said: str, words: str) -> None:
    (bundle / "audit.json").write_text(said)
    with pytest.raises(BundleError, match=words):
        read_bundle(bundle)


@pytest.mark.parametrize("id", ["../../etc/passwd", "/etc/passwd", "a/b", ""])
def test_no_id_leads_out_of_the_bundle(bundle: Path, id: str) -> None:  # noqa: A002  (as it is called)
    said = json.loads((bundle / "audit.json").read_text())
    table = next(part for one in said["sections"] for part in one["parts"] if part["kind"] == "table")
    table["id"] = id
    (bundle / "audit.json").write_text(json.dumps(said))
    with pytest.raises(BundleError, match="is no id"):
        read_bundle(bundle)
