"""A change as others take it: a patch of the files that policies stand in, or a folder for GitOps (what-if 12)."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from workbench.ground import ArgumentError, Problem, Result, Severity, count_of, visible
from workbench.inventory import DEFAULT_NAMESPACE
from workbench.manifests import yaml_text
from workbench.policy import Policy, write_policies
from workbench.whatif.change import ClusterChange
from workbench.whatif.changed_files import ChangedFiles, free_file, shortened, writable
from workbench.whatif.frames import SHARED
from workbench.whatif.patches import ChangedFile

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DELETIONS", "SharedChange", "deletion_command", "share"]

DELETIONS: Final = "delete.sh"
"""The file of a folder that deletes what a kustomization cannot."""


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
            after = writable(one)
            if after is not None:
                found[free_file(_stem(after), found)] = write_policies(after)
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
    looked = ChangedFiles(change, root, namespace or DEFAULT_NAMESPACE)
    files = looked.found()
    return SharedChange(change, looked.root, files, tuple(looked.said))


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


def _stem(policy: Policy) -> str:
    return shortened("-".join(filter(None, (policy.kind.lower(), policy.namespace, policy.name))))


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
