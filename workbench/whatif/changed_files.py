"""The files that make a change: those that its policies stand in, and new ones."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from workbench.ground import ArgumentError, Problem, Severity, WorkbenchError, visible
from workbench.policy import LeftOut, Policy, replace_documents, write_policies
from workbench.whatif.change import ChangedPolicy, ClusterChange
from workbench.whatif.patches import ChangedFile

__all__ = ["ChangedFiles", "free_file", "shortened", "writable"]

_KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_EXECUTABLE: Final = 0o100755
_LONGEST: Final = 200
"""So many letters of a file's name are of its policy."""


class ChangedFiles:
    """Looks for the files of policies, and makes what they are with a change.

    Parameters
    ----------
    change : ClusterChange
    root : str, Path or None
        The folder that paths begin at; the usual one where it is None.
    namespace : str
        That of documents that name none.

    Attributes
    ----------
    root : Path
    said : list of Problem
        Which policies are not among the files, and why; and what else is to be done by hand.
    """

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

    def found(self) -> tuple[ChangedFile, ...]:
        """Return the files, by path."""
        wanted: defaultdict[Path, dict[str, Policy | None]] = defaultdict(dict)
        made: dict[Path, ChangedFile] = {}
        for one in self.change.changed:
            try:
                after = writable(one)
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
        return found

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
        return folder / free_file(shortened(policy.name), names)

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


def writable(one: ChangedPolicy) -> Policy | None:
    """Return a policy as it would be; None where it is deleted.

    Parameters
    ----------
    one : ChangedPolicy

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


def shortened(name: str) -> str:
    """Return as much of the name of a policy as a file's name has room for.

    Parameters
    ----------
    name : str
    """
    return name[:_LONGEST].rstrip("-.")


def free_file(stem: str, taken: Collection[str]) -> str:
    """Return the name of a file that there is none of yet.

    Parameters
    ----------
    stem : str
    taken : collection of str
    """
    found, number = f"{stem}.yaml", 1
    while found in taken:
        number += 1
        found = f"{stem}-{number}.yaml"
    return found
