"""A change is handed on as a patch of the files that policies stand in, or as a folder (what-if 12)."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.examples import examples
from tests.generate.town import namespace, policy, workload
from workbench.ground import ArgumentError, ProblemLog
from workbench.inventory import Cluster, load_manifests
from workbench.manifests import Manifest, Source
from workbench.policy import Policy, policy_manifest, read_policy
from workbench.whatif import DELETIONS, ClusterChange, SharedChange, share, simulate

Json = dict[str, Any]
GIT = which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not installed")
DENY = policy("shop/deny")
DB = policy("shop/db", {"app": "db"}, ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}])
CLOSED = policy("shop/db", {"app": "db"})


def applied(found: SharedChange, root: Path) -> None:
    """Apply the patch with git itself."""
    assert GIT is not None
    done = subprocess.run(  # noqa: S603  (git as it is installed)
        [GIT, "apply", "-"], input=found.to_patch().encode(), cwd=root, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode() + found.to_patch()


def meant(cluster: Cluster) -> list[object]:
    """Return what the policies of a cluster say, wherever they stand."""
    said = [replace(one, source=Source()) for one in cluster.objects.policies]
    return [*said, *((one.policy.ref, one.why, one.spec) for one in cluster.objects.left_out)]


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a folder in which policies share files with other objects, as people write them."""
    root = tmp_path / "repository"
    (root / "shop").mkdir(parents=True)
    pods = yaml.safe_dump_all([namespace("shop"), workload("shop/web", "10.0.0.1"), workload("shop/db", "10.0.0.2")])
    (root / "shop" / "all.yaml").write_text(
        f"# ours\n{pods}---\n# nobody\n{yaml.safe_dump(DENY)}# end\n---\n{yaml.safe_dump(DB)}"
    )
    (root / "shop" / "only.yaml").write_text(yaml.safe_dump(policy("shop/only", {"app": "web"})))
    return root


# --- as a patch -----------------------------------------------------------------------------------------


@needs_git
def test_a_policy_is_replaced_where_it_stands_and_all_around_it_stays(shop: Path) -> None:
    cluster = load_manifests(shop)
    found = share(ClusterChange.of(cluster, yaml.safe_dump(CLOSED)), shop)
    assert [(one.path, one.change, one.policies) for one in found.files] == [
        ("shop/all.yaml", "modified", ("NetworkPolicy shop/db",))
    ]
    before = (shop / "shop" / "all.yaml").read_text()
    applied(found, shop)
    after = (shop / "shop" / "all.yaml").read_text()
    assert after.startswith(before.partition(yaml.safe_dump(DB))[0])
    assert meant(load_manifests(shop)) == meant(found.change.after)


@needs_git
def test_a_policy_that_is_added_has_a_file_beside_those_of_its_namespace(shop: Path) -> None:
    found = share(ClusterChange.of(load_manifests(shop), yaml.safe_dump(policy("shop/all", {"app": "db"}))), shop)
    assert [(one.path, one.change) for one in found.files] == [("shop/all-2.yaml", "added")]
    applied(found, shop)
    assert meant(load_manifests(shop)) == meant(found.change.after)


@needs_git
def test_a_file_goes_with_its_last_policy_and_stays_with_its_comments(shop: Path) -> None:
    (shop / "shop" / "said.yaml").write_text(
        "# why there is none\n" + yaml.safe_dump(policy("shop/said", {"app": "db"}))
    )
    names = ["NetworkPolicy shop/only", "NetworkPolicy shop/said", "NetworkPolicy shop/deny"]
    found = share(ClusterChange.of(load_manifests(shop), remove=names), shop)
    assert {one.path: one.change for one in found.files} == {
        "shop/all.yaml": "modified",
        "shop/only.yaml": "deleted",
        "shop/said.yaml": "modified",
    }
    applied(found, shop)
    assert not (shop / "shop" / "only.yaml").exists()
    assert (shop / "shop" / "said.yaml").read_text() == "# why there is none\n"
    assert "# nobody\n" in (shop / "shop" / "all.yaml").read_text()


@needs_git
@pytest.mark.parametrize("name", ["with space.yaml", 'quote".yaml', "größe.yaml", "tab\there.yaml", "back\\slash.yaml"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", ""])
def test_git_applies_it_whatever_files_are_called_and_lines_end_with(name: str, ends: str, tmp_path: Path) -> None:
    text = yaml.safe_dump_all([namespace("shop"), DENY, CLOSED])
    text = text.rstrip("\n") if not ends else text.replace("\n", ends)
    (tmp_path / name).write_bytes(text.encode())
    cluster = load_manifests(tmp_path)
    change = ClusterChange.of(cluster, yaml.safe_dump_all([DB, policy("shop/x")]), remove="NetworkPolicy shop/deny")
    applied(share(change, tmp_path), tmp_path)
    assert meant(load_manifests(tmp_path)) == meant(change.after)


@needs_git
def test_a_policy_that_stands_in_two_files_is_changed_in_both(shop: Path) -> None:
    (shop / "again.yaml").write_text(yaml.safe_dump_all([namespace("other"), DENY]))
    found = share(ClusterChange.of(load_manifests(shop), remove="NetworkPolicy shop/deny"), shop)
    assert [one.path for one in found.files] == ["again.yaml", "shop/all.yaml"]
    applied(found, shop)
    assert "NetworkPolicy shop/deny" not in set(load_manifests(shop).policies.policy)


def test_paths_begin_here_or_where_all_files_are(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = ClusterChange.of(load_manifests(shop), remove="NetworkPolicy shop/only")
    monkeypatch.chdir(shop.parent)
    assert [one.path for one in share(change).files] == ["repository/shop/only.yaml"]
    (shop.parent / "elsewhere").mkdir()
    monkeypatch.chdir(shop.parent / "elsewhere")
    assert [one.path for one in share(change).files] == ["only.yaml"]


def test_what_was_read_from_no_file_is_told_and_there_is_no_half_a_patch(shop: Path) -> None:
    cluster = load_manifests(shop).with_policies([policy("shop/made")])
    found = share(ClusterChange.of(cluster, remove=["NetworkPolicy shop/made", "NetworkPolicy shop/only"]), shop)
    assert [(one.object, one.code) for one in found.missing] == [("NetworkPolicy shop/made", "change-not-shared")]
    assert [one.path for one in found.files] == ["shop/only.yaml"]
    with pytest.raises(ArgumentError, match=r"NetworkPolicy shop/made: it was not read from a file"):
        found.to_patch()


def test_what_stands_in_a_list_outside_the_root_or_in_json_is_told(shop: Path, tmp_path: Path) -> None:
    (shop / "list.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [policy("a/x")]}))
    (shop / "one.json").write_text(json.dumps(policy("a/y")))
    (tmp_path / "out.yaml").write_text(yaml.safe_dump(policy("a/z")))
    cluster = load_manifests([shop, tmp_path / "out.yaml"])
    names = [f"NetworkPolicy a/{name}" for name in "xyz"]
    said = {one.object: one.message for one in share(ClusterChange.of(cluster, remove=names), shop).missing}
    assert {ref: word in said[ref] for ref, word in zip(names, ("document", "JSON", "is not in"), strict=True)} == (
        dict.fromkeys(names, True)
    )


def test_a_file_that_was_changed_since_it_was_read_is_not_patched(shop: Path) -> None:
    cluster = load_manifests(shop)
    (shop / "shop" / "only.yaml").write_text("# gone\n")
    found = share(ClusterChange.of(cluster, yaml.safe_dump(policy("shop/only", {"app": "db"}))), shop)
    assert (len(found.missing), found.files) == (1, ())


def test_a_kustomization_that_lists_files_is_told_of(shop: Path) -> None:
    (shop / "shop" / "kustomization.yaml").write_text("resources: [all.yaml, only.yaml]\n")
    change = ClusterChange.of(load_manifests(shop), yaml.safe_dump(policy("shop/x")), remove="NetworkPolicy shop/only")
    said = [one for one in share(change, shop).said if one.code == "change-not-in-kustomization"]
    assert [(one.remedy, one.file) for one in said] == [
        ("take it out of its resources", "shop/kustomization.yaml"),
        ("add it to its resources", "shop/kustomization.yaml"),
    ]


# --- as a folder ----------------------------------------------------------------------------------------


def test_the_folder_has_a_file_for_each_policy_a_kustomization_and_the_deletions(shop: Path, tmp_path: Path) -> None:
    change = ClusterChange.of(
        load_manifests(shop),
        yaml.safe_dump_all([CLOSED, policy("a-b/c"), policy("a/b-c")]),
        ["NetworkPolicy shop/deny"],
    )
    files = share(change).to_files()
    assert sorted(files) == [
        DELETIONS,
        "kustomization.yaml",
        "networkpolicy-a-b-c-2.yaml",
        "networkpolicy-a-b-c.yaml",
        "networkpolicy-shop-db.yaml",
    ]
    assert yaml.safe_load(files["kustomization.yaml"])["resources"] == sorted(files)[2:]
    assert files[DELETIONS].splitlines()[-1] == "kubectl -n shop delete networkpolicy deny"
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert set(load_manifests(tmp_path / "networkpolicy-shop-db.yaml").policies.policy) == {"NetworkPolicy shop/db"}


# --- of any cluster -------------------------------------------------------------------------------------


@needs_git
@settings(max_examples=examples(80), deadline=None)
@given(clusters.clusters(), st.data())
def test_the_patched_files_are_the_cluster_with_the_change_and_the_rest_is_as_it_was(
    manifests: list[Json], data: st.DataObject
) -> None:
    other = data.draw(st.integers(0, 3))
    with TemporaryDirectory() as made:
        root = Path(made).resolve()
        written_apart(root, manifests, data)
        cluster = load_manifests(root, cache=False)
        policies = list(cluster.objects.policies)
        removed = [one.ref for one in policies if data.draw(st.booleans())]
        # What each policy says is said by another one, and there is one more.
        turned = [*policies[1:], *policies[:1]]
        pairs = [(a, b) for a, b in zip(policies, turned, strict=True) if a.kind == b.kind == "NetworkPolicy"]
        added = [renamed(b, a.namespace, a.name) for a, b in pairs if a.ref not in removed and data.draw(st.booleans())]
        added += [renamed(b, b.namespace, f"new-{number}") for number, (_, b) in enumerate(pairs[:other])]
        change = ClusterChange.of(cluster, added, removed)
        found = share(change, root)
        assert not found.missing
        before = contents(root)
        if found.files:
            applied(found, root)
        after = contents(root)
        assert meant(load_manifests(root, cache=False)) == meant(change.after)
        touched = {one.path for one in found.files}
        assert {name: text for name, text in before.items() if name not in touched} == {
            name: text for name, text in after.items() if name not in touched
        }
        for one in found.files:
            assert after.get(one.path) == (None if one.after is None else one.after.encode())
            kept = [line for line in before.get(one.path, b"").split(b"\n") if line.startswith(b"# kept")]
            assert [line for line in after.get(one.path, b"").split(b"\n") if line.startswith(b"# kept")] == kept
        folder = root / "gitops"
        folder.mkdir()
        files = found.to_files()
        for name, text in files.items():
            (folder / name).write_text(text)
        if files.keys() - {DELETIONS}:
            read = {one.ref: one for one in load_manifests(folder, cache=False).objects.policies}
            wanted = {one.ref: one.after for one in change.changed if one.after is not None}
            assert read.keys() == wanted.keys()
        assert files.get(DELETIONS, "").count("kubectl ") == sum(one.after is None for one in change.changed)


def written_apart(root: Path, manifests: list[Json], data: st.DataObject) -> None:
    """Write manifests into some files of several documents each, with comments between them."""
    count = data.draw(st.integers(1, 3))
    parts: list[list[Json]] = [[] for _ in range(count)]
    for one in manifests:
        parts[data.draw(st.integers(0, count - 1))].append(one)
    for number, some in enumerate(parts):
        folder = root / f"part {number}"
        folder.mkdir()
        text = "".join(f"# kept {place}\n---\n{yaml.safe_dump(one)}" for place, one in enumerate(some))
        ends = data.draw(st.sampled_from(("\n", "\r\n")))
        (folder / "all.yaml").write_bytes(text.replace("\n", ends).encode())


def renamed(one: Policy, space: str, name: str) -> Policy:
    """Return a policy that says the same in another place."""
    content = {**policy_manifest(one), "metadata": {"name": name, "namespace": space}}
    found = read_policy(Manifest(content), ProblemLog())
    assert isinstance(found, Policy)
    return found


def test_a_simulation_is_written_as_that_patch(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    found = simulate(load_manifests("."), yaml.safe_dump(CLOSED))
    assert found.render("patch") == share(found.change).to_patch()


@needs_git
def test_documents_without_a_namespace_are_those_of_the_namespace_that_was_read(tmp_path: Path) -> None:
    plain = policy("shop/db", {"app": "db"})
    del plain["metadata"]["namespace"]
    (tmp_path / "db.yaml").write_text(f"# kept\n---\n{yaml.safe_dump(plain)}---\n{yaml.safe_dump(DENY)}")
    cluster = load_manifests(tmp_path, namespace="shop")
    change = ClusterChange.of(cluster, yaml.safe_dump(DB))
    assert share(change, tmp_path).missing
    found = share(change, tmp_path, namespace="shop")
    applied(found, tmp_path)
    assert meant(load_manifests(tmp_path, namespace="shop")) == meant(change.after)
    assert (tmp_path / "db.yaml").read_text().startswith("# kept\n---\n")


@needs_git
def test_a_program_stays_one_until_it_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "db.yaml").write_text(yaml.safe_dump(DB))
    (tmp_path / "db.yaml").chmod(0o755)
    found = share(ClusterChange.of(load_manifests(tmp_path), remove="NetworkPolicy shop/db"), tmp_path)
    assert "deleted file mode 100755\n" in found.to_patch()
    applied(found, tmp_path)
    assert not list(tmp_path.iterdir())
