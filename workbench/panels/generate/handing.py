"""What a proposal is handed on as: a file, an archive, a folder, the words of another tool, or to the other panels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.generate import dialects, in_dialect, why_unwritable, write_policy_folder
from workbench.ground import ANSWER_FORMATS, ArgumentError, count_of, visible
from workbench.panels.frame import FileContent, packed

if TYPE_CHECKING:
    from workbench.generate import Proposal, Said
    from workbench.panels.generate.state import GenerateState

__all__ = ["Handing"]


class Handing:
    """Hands on what a state shows.

    Parameters
    ----------
    state : GenerateState
    """

    def __init__(self, state: GenerateState) -> None:
        self._state = state
        self._said: tuple[Proposal, str, Said] | None = None
        self._text: tuple[Proposal, str, str] | None = None

    def to_yaml(self) -> str:
        """Return the policies as YAML.

        Raises
        ------
        ArgumentError
            If nothing is proposed yet.
        """
        return self._state.wanted().to_yaml()

    def file(self) -> FileContent:
        """Return all policies in one file."""
        return FileContent(f"{self._name()}.yaml", self.to_yaml())

    def archive(self) -> FileContent:
        """Return a file for each policy, in an archive; their names sort in the order of application."""
        return packed(self._name(), self._state.wanted().to_files())

    def write_folder(self, folder: str, *, replace: bool = False) -> int:
        """Write a file for each policy into a folder of the machine on which the notebook runs; return how many.

        Parameters
        ----------
        folder : str
        replace : bool
            Whether policies that were written there before may be replaced.

        Raises
        ------
        ArgumentError
            If no folder is named, or if it holds something else.
        """
        files = self._state.wanted().to_files()
        if not folder.strip():
            message = "no folder is named"
            raise ArgumentError(message, "write its name, such as policies")
        place = Path(folder.strip()).expanduser()
        if why := why_unwritable(place, is_folder=True, replace=replace, remedy="tick “replace” to write it anew"):
            raise ArgumentError(visible(why))
        write_policy_folder(files, place)
        return len(files)

    def hand_on(self) -> None:
        """Let other panels look at the proposal: what would change is asked there."""
        self._state.selection.proposal = self._state.wanted()

    # --- in the words of other tools ------------------------------------------------------------------------

    @property
    def formats(self) -> Mapping[str, str]:
        """What there is besides YAML of NetworkPolicies, and what each is: dialects of other tools first."""
        said = {one.name: one.meaning for one in dialects()}
        names = [name for name in ANSWER_FORMATS.names("proposal") if name not in said and name != "yaml"]
        return said | {name: ANSWER_FORMATS.named("proposal", name).description for name in names}

    @property
    def is_dialect(self) -> bool:
        """Whether the chosen format is one that may not say all of a proposal."""
        return self._state.format in {one.name for one in dialects()}

    def unsaid(self) -> pd.DataFrame:
        """Return what the chosen format cannot say, or says otherwise; columns as in `generate.frames.UNSAID`."""
        return self._in_dialect().to_frame() if self.is_dialect else pd.DataFrame()

    def formatted(self) -> FileContent:
        """Return the proposal in the chosen format.

        Raises
        ------
        ArgumentError
            If the format is of another strategy.
        """
        name = self._state.format
        text = self._in_dialect().to_yaml() if self.is_dialect else self._rendered()
        suffix = ANSWER_FORMATS.named("proposal", name).suffix or f".{name}"
        return FileContent(f"{self._name()}-{name}{suffix}", text)

    @property
    def said(self) -> str:
        """How much of the proposal the chosen format says, in one sentence."""
        if not self.is_dialect:
            try:
                self._rendered()
            except ArgumentError as error:
                return f"It says nothing: {visible(str(error))}."
            return "It says all that is proposed."
        said = self._in_dialect()
        if not (said.unsaid or said.otherwise):
            return f"{count_of(len(said.objects), 'object')}, which say all that is proposed."
        facts = (f"{len(said.unsaid)} not said", f"{len(said.otherwise)} said otherwise: read them before you take it.")
        return f"{count_of(len(said.objects), 'object')}; {', '.join(facts)}"

    def _rendered(self) -> str:
        proposal, name = self._state.wanted(), self._state.format
        if self._text is None or self._text[0] is not proposal or self._text[1] != name:
            self._text = proposal, name, str(proposal.render(name))
        return self._text[2]

    def _in_dialect(self) -> Said:
        proposal, name = self._state.wanted(), self._state.format
        if self._said is None or self._said[0] is not proposal or self._said[1] != name:
            self._said = proposal, name, in_dialect(proposal, name)
        return self._said[2]

    def _name(self) -> str:
        state = self._state
        return visible("-".join((state.strategy, *(state.namespaces if len(state.namespaces) == 1 else ()))))
