"""What ``simulate`` writes: an answer, a patch, and a folder for GitOps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import typer

from workbench.cli.writing import Destination, choose_destination, new_folder, write, write_folder
from workbench.ground import ANSWER_FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.ground import Problem
    from workbench.whatif import Alternatives, SimulatedSequence, Simulation

    Found: TypeAlias = Simulation | SimulatedSequence | Alternatives

__all__ = ["Handed", "Written", "overall"]

_PATCH = "patch"


class Handed(NamedTuple):
    """What is to be written.

    Attributes
    ----------
    content : str or bytes
    files : mapping of str to str
        Those of the folder, where one is asked for.
    problems : tuple of Problem
        What is to be said of them.
    remark : str
        What people should know of a patch; empty for nothing.

    """

    content: str | bytes
    files: Mapping[str, str]
    problems: tuple[Problem, ...]
    remark: str = ""


class Written(NamedTuple):
    """Where answers go, and in which form.

    Attributes
    ----------
    destination : Destination
    folder : Path or None
        For GitOps.
    root : str
        Of the paths of a patch; empty for the usual one.
    list_flows : str
        The verdict of the flows that are listed; empty for the answer as a whole.

    """

    destination: Destination
    folder: Path | None
    root: str
    list_flows: str

    @classmethod
    def of(  # noqa: PLR0913  (the options)
        cls,
        output: str | None,
        file: str | None,
        folder: str,
        root: str,
        *,
        list_flows: str,
        keep: str,
        is_several: bool,
        is_choice: bool,
    ) -> Written:
        """Return where answers go, and refuse what cannot be written before any work is done for it.

        Raises
        ------
        typer.BadParameter
            If there is no such format or place, or if one of several changes would have to be chosen.

        """
        is_patch = output == _PATCH or (output is None and bool(file) and str(file).endswith(f".{_PATCH}"))
        if is_choice and (list_flows or folder or is_patch or keep):
            message = (
                "flows, a patch, a folder and what is kept are of one change: name the one that is chosen with --change"
            )
            raise typer.BadParameter(message, param_hint="'--or'")
        several = is_several and not is_patch
        kind = "table" if list_flows else "simulations" if several else "simulation"
        destination = choose_destination(kind, "simulation", output=output, file=file)
        return cls(destination, new_folder(folder), root, list_flows)

    def made(self, found: Found, namespace: str) -> Handed:
        """Return what is to be written.

        Raises
        ------
        WorkbenchError
            If the change cannot be written as a patch or as a folder.
        """
        from workbench.whatif import Alternatives, share  # noqa: PLC0415  (brings pandas)

        is_patch = self.destination.format_name == _PATCH and not self.list_flows
        if isinstance(found, Alternatives) or not (is_patch or self.folder):
            return Handed(self._answer(found), {}, ())
        shared = share(overall(found).change, self.root or None, namespace=namespace)
        content = shared.to_patch() if is_patch else self._answer(found)
        files = {} if self.folder is None else shared.to_files()
        if not is_patch:
            return Handed(content, files, ())
        is_here = shared.root == Path.cwd().resolve()
        where = "" if is_here else f"paths begin at {shared.root}: apply it there"
        return Handed(content, files, shared.said, where if shared.files else "the patch is empty: no policy changes")

    def _answer(self, found: Found) -> str | bytes:
        if not self.list_flows:
            return found.render(self.destination.format_name)
        rows = overall(found).flows(*self.list_flows.split(","))
        return ANSWER_FORMATS.render("table", self.destination.format_name, rows)

    def write(self, handed: Handed) -> None:
        """Write it, each file as a whole or not at all."""
        if self.folder is not None:
            write_folder(handed.files, self.folder)
        write(handed.content, self.destination.file)


def overall(found: Found) -> Simulation:
    """Return the simulation that speaks for all: that of all steps together, or of the best alternative."""
    from workbench.whatif import Alternatives, SimulatedSequence  # noqa: PLC0415  (brings pandas)

    if isinstance(found, SimulatedSequence):
        return found.whole
    return found.simulations[found.best] if isinstance(found, Alternatives) else found
