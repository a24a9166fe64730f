"""A draft is handed on as text, as a patch that git applies, and as a folder; what cannot be is told, and why."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from workbench.connectivity import diff, evaluate
from workbench.ground import ArgumentError, sample_path
from workbench.inventory import load_manifests
from workbench.panels.frame import Scope
from workbench.panels.whatif import WhatIfPanel, WhatIfState
from workbench.whatif import DELETIONS

DENY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
DB = "NetworkPolicy payments/db"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_path("shop"), tmp_path / "shop"))


@pytest.fixture
def drafted(folder: Path) -> WhatIfState:
    """Return a state of a copy of the shop, with a policy that is added, one that is modified, and one deleted."""
    state = WhatIfState(Scope(load_manifests(folder)))
    state.write(f"{DENY}---\n{DENY.replace('default-deny', 'api').replace('orders', 'payments')}")
    state.delete(DB)
    assert set(state.documents()["status"]) == {"added", "modified", "deleted"}
    return state


def test_git_applies_the_patch_and_the_files_are_what_was_drafted(drafted: WhatIfState, folder: Path) -> None:
    name, patch = drafted.sharing.patch()
    assert name == "what-if-A.patch"
    root = drafted.sharing.shared().root
    assert root.is_relative_to(folder)
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=root, check=True)  # noqa: S607
    again = load_manifests(folder)
    expected = drafted.change_of(drafted.draft).after
    assert {one.ref for one in again.objects.policies} == {one.ref for one in expected.objects.policies}
    assert not list(diff(evaluate(expected), evaluate(again)))
    assert list(diff(evaluate(drafted.scope.cluster), evaluate(again)))


def test_a_root_that_is_named_is_where_the_patch_begins(drafted: WhatIfState, folder: Path) -> None:
    drafted.root = str(folder.parent)
    text = drafted.sharing.patch().content
    assert "diff --git a/shop/" in str(text)
    said = drafted.sharing.patch_said()
    assert said.head == f"A patch of 2 files, for git apply in {folder.parent}."
    assert list(said.files["change"]) == ["added", "modified"]


def test_the_folder_has_a_file_for_each_policy_and_what_is_deleted(drafted: WhatIfState) -> None:
    name, packed = drafted.sharing.archive()
    assert name == "what-if-A.zip"
    assert isinstance(packed, bytes)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = set(archive.namelist())
        listed = yaml.safe_load(archive.read("kustomization.yaml"))["resources"]
        assert names == {*listed, "kustomization.yaml", DELETIONS}
        assert sorted(yaml.safe_load(archive.read(one))["metadata"]["name"] for one in listed) == [
            "api",
            "default-deny",
        ]
        assert "kubectl -n payments delete networkpolicy db" in archive.read(DELETIONS).decode()


def test_what_was_not_read_from_a_file_has_no_patch_and_is_told_with_its_reason(folder: Path) -> None:
    text = "---\n".join(path.read_text() for path in sorted(folder.rglob("*.yaml")))
    state = WhatIfState(Scope(load_manifests(text)))
    state.delete(DB)
    with pytest.raises(ArgumentError, match="not read from a file"):
        state.sharing.patch()
    said = state.sharing.patch_said()
    assert said.head == "There is no patch: 1 policy cannot be changed where it stands."
    assert said.notes[0].startswith(f"{DB}: it was not read from a file")
    assert "write a folder" in said.notes[0]
    assert state.sharing.archive().content
    assert "# deletes NetworkPolicy payments/db" in state.sharing.to_yaml()


def test_files_that_were_changed_since_are_told(drafted: WhatIfState) -> None:
    found = drafted.sharing.shared()
    changed = next(one for one in found.files if one.change == "modified")
    (found.root / changed.path).write_text("# nothing is left\n")
    assert "2 policies cannot be changed" in drafted.sharing.patch_said().head
    with pytest.raises(ArgumentError):
        drafted.sharing.patch()


def test_a_draft_that_changes_nothing_has_no_files(drafted: WhatIfState) -> None:
    drafted.begin()
    with pytest.raises(ArgumentError, match="draft B is empty"):
        drafted.sharing.archive()
    file = next(Path(one.source.file) for one in drafted.scope.cluster.objects.policies if one.ref == DB)
    drafted.write(file.read_text())
    with pytest.raises(ArgumentError, match="draft B changes nothing"):
        drafted.sharing.patch()
    assert "changes nothing" in drafted.sharing.patch_said().head


def test_the_panel_lists_the_files_of_a_draft_before_it_is_tried(drafted: WhatIfState) -> None:
    panel = WhatIfPanel(drafted)
    panel._view.value = "files"
    assert list(panel._files.table.frame["change"]) == ["added", "modified"]
    assert "A patch of 2 files" in panel._files.says.value
    assert "A patch of 2 files" in panel.static_html()
    panel._files.root.value = "/nowhere"
    assert "2 policies cannot be changed where" in panel._files.says.value
    assert f"{DB}: " in panel._files.says.value
    panel.close()
