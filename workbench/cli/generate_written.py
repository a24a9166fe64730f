"""Where ``generate`` writes policies: to standard output, into a file, or as a folder with a file for each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from workbench.cli.writing import STDOUT, format_named, write

if TYPE_CHECKING:
    from workbench.generate import Proposal

__all__ = ["PolicyDestination"]


class PolicyDestination(NamedTuple):
    """Where policies go.

    Attributes
    ----------
    format_name, file, folder : str
        The latter two empty for standard output.
    remove : bool

    """

    format_name: str
    file: str
    folder: str
    remove: bool

    @classmethod
    def of(cls, output: str | None, file: str, folder: str, *, remove: bool) -> PolicyDestination:
        """Return where policies go, and refuse what cannot be written before any work is done for it.

        Raises
        ------
        typer.BadParameter
            If both are named, if the file or folder is there already and is not to be replaced, if a folder holds
            something else, or if there is no such format.

        """
        from workbench.generate import why_unwritable  # noqa: PLC0415  (brings pandas)

        if file and folder:
            message = "one file for all policies, or a folder with a file for each: not both"
            raise typer.BadParameter(message, param_hint="'-f', '-d'")
        if output is not None:
            format_named("proposal", output)
        if folder and output not in {None, "yaml"}:
            message = "a folder has a file of YAML for each policy"
            raise typer.BadParameter(message, param_hint="'-o'")
        for place, hint in ((file, "'-f'"), (folder, "'-d'")):
            if not place or place == STDOUT:
                continue
            why = why_unwritable(Path(place), is_folder=bool(folder), replace=remove, remedy="--remove replaces it")
            if why:
                raise typer.BadParameter(why, param_hint=hint)
        return cls(output or "yaml", file, folder, remove)

    def write(self, proposal: Proposal) -> None:
        """Write the policies, as a whole or not at all."""
        from workbench.generate import write_policy_folder  # noqa: PLC0415  (as above)

        if not self.folder:
            write(proposal.render(self.format_name), self.file or None)
            return
        write_policy_folder(proposal.to_files(), Path(self.folder))
