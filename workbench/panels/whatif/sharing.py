"""How a draft is handed to others: its text with what it deletes, or a file for each policy."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.ground import ArgumentError, visible
from workbench.panels.frame import FileContent

if TYPE_CHECKING:
    from workbench.panels.whatif.drafts import Drafts

__all__ = ["Sharing"]


class Sharing:
    """Hands on the draft that is looked at.

    Parameters
    ----------
    state : Drafts
    """

    def __init__(self, state: Drafts) -> None:
        self._state = state

    def to_yaml(self) -> str:
        """Return the draft as one YAML file; what it deletes stands above, as commands in comments.

        Raises
        ------
        ArgumentError
            If it is empty.
        """
        draft = self._state.draft
        if draft.is_empty:
            message = f"draft {visible(draft.name)} is empty"
            raise ArgumentError(message, "paste policies, upload files, take a proposal, or delete a policy")
        return "".join((*self._deletions(), draft.text))

    def file(self) -> FileContent:
        """Return the draft as a file."""
        return FileContent(f"what-if-{visible(self._state.draft.name)}.yaml", self.to_yaml())

    def _deletions(self) -> Iterator[str]:
        for ref in self._state.draft.removed:
            kind, _, name = ref.partition(" ")
            namespace, _, plain = name.rpartition("/")
            where = f"-n {shlex.quote(namespace)} " if namespace else ""
            yield f"# deletes {visible(ref)}: kubectl {where}delete {kind.lower()} {shlex.quote(visible(plain))}\n"
