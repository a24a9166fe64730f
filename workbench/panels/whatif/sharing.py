"""How a draft is handed to others: its text, a patch of the files that policies stand in, or a folder for GitOps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from workbench.ground import ArgumentError, WorkbenchError, count_of, visible
from workbench.panels.frame import FileContent, packed
from workbench.whatif import SHARED, deletion_command, share

if TYPE_CHECKING:
    import pandas as pd

    from workbench.ground import Problem
    from workbench.panels.whatif.state import WhatIfState
    from workbench.whatif import SharedChange

__all__ = ["PatchSaid", "Sharing"]


class PatchSaid(NamedTuple):
    """What a patch of a draft is.

    Attributes
    ----------
    head : str
        In a sentence.
    notes : tuple of str
        What is not in it, and why; and what else is to be done. A sentence each.
    files : DataFrame
        Columns as in `whatif.frames.SHARED`.
    """

    head: str
    notes: tuple[str, ...]
    files: pd.DataFrame


class Sharing:
    """Hands on the draft that is looked at, as it is now.

    Parameters
    ----------
    state : WhatIfState
    """

    def __init__(self, state: WhatIfState) -> None:
        self._state = state

    def to_yaml(self) -> str:
        """Return the draft as one YAML file; what it deletes stands above, as commands in comments.

        Raises
        ------
        ArgumentError
            If it is empty.
        """
        draft = self._state.draft
        self._state.refuse_empty(draft)
        return "".join((*self._deletions(), draft.text))

    def file(self) -> FileContent:
        """Return the draft as a file."""
        return FileContent(f"{self._name}.yaml", self.to_yaml())

    def shared(self) -> SharedChange:
        """Return the files that make the change, as they are on the disk now (what-if 12).

        Raises
        ------
        ArgumentError
            If the draft cannot be read, or changes nothing.
        """
        change = self._state.change_of(self._state.draft)
        if not change.changed:
            message = f"draft {visible(self._state.draft.name)} changes nothing"
            raise ArgumentError(message, "all its policies are in the cluster, and say the same")
        return share(change, self._state.root.strip() or None)

    def patch(self) -> FileContent:
        """Return the change as a patch for ``git apply``.

        Raises
        ------
        ArgumentError
            If a policy of it cannot be changed where it stands; the message says which, and why.
        """
        return FileContent(f"{self._name}.patch", self.shared().to_patch())

    def archive(self) -> FileContent:
        """Return the change as a folder for GitOps, in an archive: a file for each policy, and what is deleted.

        Raises
        ------
        ArgumentError
            If a policy of it cannot be written.
        """
        return packed(self._name, self.shared().to_files())

    def patch_said(self) -> PatchSaid:
        """Return what a patch of the draft would be, or why there is none."""
        try:
            found = self.shared()
        except WorkbenchError as error:
            return PatchSaid(f"There is no patch: {visible(str(error))}.", (), SHARED.from_rows(()))
        missing, root = found.missing, visible(str(found.root))
        if missing:
            head = f"There is no patch: {count_of(len(missing), 'policy')} cannot be changed where it stands."
        else:
            head = f"A patch of {count_of(len(found.files), 'file')}, for git apply in {root}."
        return PatchSaid(head, (*map(_said, found.said), *found.notes), found.to_frame())

    @property
    def _name(self) -> str:
        return f"what-if-{visible(self._state.draft.name)}"

    def _deletions(self) -> Iterator[str]:
        for ref in self._state.draft.removed:
            yield f"# deletes {visible(ref)}: {visible(deletion_command(ref))}\n"


def _said(problem: Problem) -> str:
    who = f"{problem.object}: " if problem.object else ""
    remedy = f": {problem.remedy}" if problem.remedy else ""
    return visible(f"{who}{problem.message}{remedy}")
