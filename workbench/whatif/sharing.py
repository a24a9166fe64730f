"""A change as others take it: a patch of the files that policies stand in, or a folder for GitOps (what-if 12)."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from workbench.ground import ArgumentError, Problem, Result, Severity, WorkbenchError, count_of, visible
from workbench.inventory import DEFAULT_NAMESPACE
from workbench.manifests import yaml_text
from workbench.policy import LeftOut, Policy, replace_documents, write_policies
from workbench.whatif.change import ChangedPolicy, ClusterChange
from workbench.whatif.frames import SHARED
from workbench.whatif.patches import ChangedFile

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DELETIONS", "SharedChange", "deletion_command", "share"]

DELETIONS: Final = "delete.sh"
"""The file of a folder that deletes what a kustomization cannot."""
_KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_EXECUTABLE: Final = 0o100755
_LONGEST: Final = 200
"""So many letters of a file's name are of its policy."""


@dataclass(frozen=True, eq=False, repr=False)
class SharedChange(Result):
    """A change, and the files that make it. Made by `share`.

    Attributes
    ----------
    change : ClusterChange
    root : Path
        The folder that paths begin at.
    files : tuple of ChangedFile
        By path.
    said : tuple of Problem
        Which policies are not among the files, and why; and what else is to be done by hand.
    """

    _columns: ClassVar[tuple[str, ...]] = ("file", "change", "policies")

    change: ClusterChange
    root: Path
    files: tuple[ChangedFile, ...]
    said: tuple[Problem, ...] = ()

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What is not among the files, and what was wrong with what the cluster and the change were read from."""
        return tuple(dict.fromkeys((*self.change.problems_found, *self.said)))

    @property
    def missing(self) -> tuple[Problem, ...]:
        """Which policies are not among the files, and why."""
        return tuple(one for one in self.said if one.severity is Severity.ERROR)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the files do not say, a sentence each."""
        if self.change.whole is None:
            return ()
        return ("Policies alone are handed on: what else differs between the two clusters is not.",)

    def _facts(self) -> Iterator[str]:
        counts = Counter(one.change for one in self.files)
        yield from (f"{count_of(count, 'file')} {change}" for change, count in sorted(counts.items()))
        if self.missing:
            yield f"{count_of(len(self.missing), 'policy')} missing"

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each file; columns as in `frames.SHARED`."""
        return SHARED.from_rows((one.path, one.change, one.policies) for one in self.files)

    def to_patch(self) -> str:
        """Return all files as one patch, for ``git apply`` in the root.

        Raises
        ------
        ArgumentError
            If a policy of the change is not among the files: a part of a change is another change.
        """
        if self.missing:
            said = "; ".join(f"{visible(one.object)}: {one.message}" for one in self.missing)
            message = f"the change cannot be written as a patch of the files that were read: {said}"
            raise ArgumentError(message, self.missing[0].remedy)
        return "".join(one.to_patch() for one in self.files)

    def to_files(self) -> dict[str, str]:
        """Return the change as a folder for GitOps: a file for each policy that is added or modified, and the rest.

        The rest is a ``kustomization.yaml`` that lists them, and `DELETIONS` with a command for each policy that is
        deleted, which a kustomization cannot say.

        Raises
        ------
        ArgumentError
            If a policy cannot be written.
        """
        found: dict[str, str] = {}
        for one in self.change.changed:
            after = _writable(one)
            if after is not None:
                found[_free_file(_stem(after), found)] = write_policies(after)
        deleted = [deletion_command(one.ref) for one in self.change.changed if one.after is None]
        if found:
            found["kustomization.yaml"] = _kustomization(sorted(found))
        if deleted:
            found[DELETIONS] = "\n".join(("#!/bin/sh", "# The policies that the change deletes.", *deleted, ""))
        return found


def share(change: ClusterChange, root: str | Path | None = None, *, namespace: str = "") -> SharedChange:
    """Return the files that make a change: those of the policies that it modifies or deletes, and new ones.

    Each policy is replaced, or removed, where it stands, and everything else in its file stays byte for byte. A
    policy that is added has a file of its own, beside those of its namespace. Nothing is written.

    Parameters
    ----------
    change : ClusterChange
    root : str or Path, optional
        The folder that paths begin at, such as that of the repository. By default this one, if the files of the
        policies that change stand in it, else the innermost that holds all policies.
    namespace : str, optional
        That of documents that name none, as the cluster was read.

    Returns
    -------
    SharedChange
        Also with what is not among the files: a policy that was not read from a file in the root, or that cannot be
        written.
    """
    return _Sharing(change, root, namespace or DEFAULT_NAMESPACE).found()


def deletion_command(ref: str) -> str:
    """Return the command that deletes a policy.

    Parameters
    ----------
    ref : str
        ``Kind namespace/name``.
    """
    kind, _, name = ref.partition(" ")
    namespace, _, plain = name.rpartition("/")
    where = f"-n {shlex.quote(namespace)} " if namespace else ""
    return f"kubectl {where}delete {shlex.quote(kind.lower())} {shlex.quote(plain)}"


class _Sharing:
    """Looks for the files of policies, and makes what they are with the change."""

    def __init__(self, change: ClusterChange, root: str | Path | None, namespace: str) -> None:
        self.change, self.namespace = change, namespace
        cluster = change.cluster.objects
        names = dict.fromkeys(one.source.file for one in cluster.manifests)
        names |= dict.fromkeys(one.source.file for one in cluster.policies)
        names |= dict.fromkeys(one.policy.source.file for one in cluster.left_out)
        self.paths = {name: path for name in names if (path := _file_named(name)) is not None}
        self.root = self._usual_root() if root is None else Path(root).resolve()
        self.inside = tuple(dict.fromkeys(one for one in self.paths.values() if one.is_relative_to(self.root)))
        self.said: list[Problem] = []

    def found(self) -> SharedChange:
        wanted: defaultdict[Path, dict[str, Policy | None]] = defaultdict(dict)
        made: dict[Path, ChangedFile] = {}
        for one in self.change.changed:
            try:
                after = _writable(one)
                text = "" if after is None else write_policies(after)
                if one.before is None and after is not None:
                    path = self._new_path(after, made)
                    made[path] = ChangedFile(self._relative(path), None, text, (one.ref,))
                else:
                    for path in self._paths_of(one):
                        wanted[path][one.ref] = after
            except WorkbenchError as error:
                self._say(one.ref, error)
        files = [*made.values(), *(self._changed(path, policies) for path, policies in wanted.items())]
        found = tuple(sorted(file for file in files if file.policies))
        self.said += self._kustomizations(found)
        return SharedChange(self.change, self.root, found, tuple(self.said))

    def _say(self, ref: str, error: WorkbenchError) -> None:
        self.said.append(Problem(Severity.ERROR, "change-not-shared", error.message, remedy=error.remedy, object=ref))

    def _usual_root(self) -> Path:
        """Return this folder if what changes stands in it, else the innermost that holds all policies."""
        here = Path.cwd().resolve()
        objects = self.change.cluster.objects
        changed = [_policy(one).source.file for one in self.change.changed if one.before is not None]
        policies = [one.source.file for one in objects.policies]
        groups = [
            [self.paths[file] for file in files if file in self.paths] for files in (changed, policies, self.paths)
        ]
        paths = next(filter(None, groups), [])
        if all(path.is_relative_to(here) for path in paths):
            return here
        return _shared_folder([*paths, *groups[1]]) or here

    # --- where policies stand ---------------------------------------------------------------------------------

    def _paths_of(self, one: ChangedPolicy) -> list[Path]:
        """Return the files in which a policy stands: where it was read, and others in which it stands again."""
        before = _policy(one)
        own = self.paths.get(before.source.file)
        if own is None:
            where = f", but from {visible(before.source.file)}" if before.source.file else ""
            message = f"it was not read from a file that can be changed{where}"
            raise ArgumentError(message, "read the folder of manifests that is to be changed, or write a folder")
        if own not in self.inside:
            message = f"{visible(before.source.file)} is not in {visible(str(self.root))}"
            raise ArgumentError(message, "name a folder as root that holds all files")
        named = re.compile(rf"name\W+{re.escape(before.name)}\b")
        again = (path for path in self.inside if path != own and named.search(self._text(path)))
        return [own, *(path for path in again if self._holds(path, one.ref))]

    def _holds(self, path: Path, ref: str) -> bool:
        try:
            replace_documents(self._text(path), {ref: None}, namespace=self.namespace)
        except WorkbenchError:
            return False
        return True

    def _text(self, path: Path) -> str:
        """Return what a file says; nothing of one that is not UTF-8."""
        if path not in self._texts:
            try:
                self._texts[path] = path.read_bytes().decode()
            except (OSError, UnicodeDecodeError):
                self._texts[path] = ""
        return self._texts[path]

    @cached_property
    def _texts(self) -> dict[Path, str]:
        return {}

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    # --- what becomes of files --------------------------------------------------------------------------------

    def _changed(self, path: Path, policies: Mapping[str, Policy | None]) -> ChangedFile:
        """Return a file with its policies changed; those that cannot be are told, and are not among its policies."""
        before = self._text(path)
        try:
            after, done = self._replaced(before, policies), tuple(policies)
        except WorkbenchError:  # one after the other, to know of which
            after, done = before, ()
            for ref, policy in policies.items():
                try:
                    after, done = self._replaced(after, {ref: policy}), (*done, ref)
                except WorkbenchError as error:
                    said = error.message if before else f"{visible(str(path))} is not UTF-8, or cannot be read"
                    self._say(ref, ArgumentError(said, error.remedy if before else "write the file anew as UTF-8"))
        mode = _EXECUTABLE if path.exists() and path.stat().st_mode & stat.S_IXUSR else 0o100644
        return ChangedFile(self._relative(path), before, after if after.strip() else None, done, mode)

    def _replaced(self, text: str, policies: Mapping[str, Policy | None]) -> str:
        # A policy that is not there would be added at the end: the file is no longer what was read.
        replace_documents(text, dict.fromkeys(policies), namespace=self.namespace)
        return replace_documents(text, policies, namespace=self.namespace)

    def _new_path(self, policy: Policy, taken: Collection[Path]) -> Path:
        """Return a free name beside the other policies of the namespace, or its other objects, or all that was read."""
        objects = self.change.cluster.objects
        there = [one.source.file for one in objects.policies if one.namespace == policy.namespace]
        there = (
            there
            if self._folders(there)
            else [
                one.source.file
                for one in objects.manifests
                if policy.namespace and (one.namespace or self.namespace) == policy.namespace
            ]
        )
        folders = self._folders(there)
        folder = max(folders, key=lambda one: (folders[one], str(one))) if folders else _shared_folder(self.inside)
        folder = folder or self.root
        names = {path.name.lower() for path in taken if path.parent == folder}
        names |= {one.name.lower() for one in folder.iterdir()} if folder.is_dir() else set()
        return folder / _free_file(_shortened(policy.name), names)

    def _folders(self, files: Iterable[str]) -> Counter[Path]:
        paths = (self.paths.get(file) for file in files)
        return Counter(path.parent for path in paths if path in self.inside)

    def _kustomizations(self, files: Iterable[ChangedFile]) -> Iterator[Problem]:
        """Yield what is to be changed by hand in kustomizations that list files one by one."""
        for one in files:
            folder = (self.root / one.path).parent
            listing = next((folder / name for name in _KUSTOMIZATIONS if (folder / name).is_file()), None)
            if listing is None or one.change == "modified":
                continue
            what, how = ("a new file", "add it to") if one.change == "added" else ("deleted", "take it out of")
            yield Problem(
                Severity.WARNING,
                "change-not-in-kustomization",
                f"{visible(one.path)} is {what}, and {visible(self._relative(listing))} lists files by name",
                remedy=f"{how} its resources",
                file=self._relative(listing),
            )


def _writable(one: ChangedPolicy) -> Policy | None:
    """Return a policy as it would be; None where it is deleted.

    Raises
    ------
    ArgumentError
        If it is none that is written.
    """
    if isinstance(one.after, LeftOut):
        message = f"{visible(one.ref)} cannot be written: it takes no part in answers"
        raise ArgumentError(message, "correct it first, or leave it out of the change")
    return one.after


def _policy(one: ChangedPolicy) -> Policy:
    """Return a policy as it is, or what is known of it."""
    found = one.before or one.after
    if isinstance(found, LeftOut):
        return found.policy
    if found is None:
        raise AssertionError(one.ref)  # of either side
    return found


def _file_named(name: str) -> Path | None:
    """Return the file that a source names; None for text, streams, members of archives and what was rendered."""
    try:
        path = Path(name).resolve()
        return path if name and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # no name of a file, or a link to itself
        return None


def _shared_folder(paths: Iterable[Path]) -> Path | None:
    """Return the innermost folder that holds some files."""
    folders = [str(path.parent) for path in paths]
    try:
        return Path(os.path.commonpath(folders)) if folders else None
    except ValueError:  # on several drives
        return None


def _stem(policy: Policy) -> str:
    return _shortened("-".join(filter(None, (policy.kind.lower(), policy.namespace, policy.name))))


def _shortened(name: str) -> str:
    return name[:_LONGEST].rstrip("-.")


def _free_file(stem: str, taken: Collection[str]) -> str:
    found, number = f"{stem}.yaml", 1
    while found in taken:
        number += 1
        found = f"{stem}-{number}.yaml"
    return found


def _kustomization(names: Iterable[str]) -> str:
    return yaml_text(
        [
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": list(names),
            }
        ]
    )
