"""Changes that a person drafts, each under a name: their texts, what they delete, and how they come to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd
from traitlets import Any as AnyValue
from traitlets import Int, Unicode, validate

from workbench.ground import ArgumentError, NotFoundError, visible
from workbench.panels.frame import PanelState, Scope, Upload
from workbench.panels.generate import ProposalRecords
from workbench.panels.whatif.reading import Reading, documents_of, joined_texts, read_draft

if TYPE_CHECKING:
    from workbench.generate import Proposal
    from workbench.inventory import Cluster

__all__ = ["ChangeDraft", "Drafts"]

MOST_STEPS: Final = 50
"""Steps that can be taken back."""


class ChangeDraft(NamedTuple):
    """A change that is not made yet.

    Attributes
    ----------
    name : str
    text : str
        YAML of the policies that are added, or take the place of others.
    removed : tuple of str
        References of policies to delete, as ``Kind namespace/name``.
    """

    name: str
    text: str = ""
    removed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        return not (self.text.strip() or self.removed)


class Drafts(PanelState):
    """The drafts of a person, and the one that is looked at. Each step can be taken back.

    Attributes
    ----------
    drafts : tuple of ChangeDraft
        In the order in which they were made; there is always one.
    current : str
        Name of the one that is looked at.
    steps : int
        How many steps can be taken back.
    kept : ProposalRecords
        The proposals that the workspace keeps.
    """

    drafts = AnyValue((ChangeDraft("A"),))
    current = Unicode("A")
    steps = Int()
    remembered: tuple[str, ...] = ("drafts", "current")

    def __init__(self, scope: Scope, **traits: Any) -> None:  # noqa: ANN401  (as of PanelState)
        self._earlier: list[tuple[tuple[ChangeDraft, ...], str]] = []
        self._read: dict[tuple[str, tuple[str, ...]], tuple[Cluster, Reading]] = {}
        self.kept = ProposalRecords(scope)
        super().__init__(scope, **traits)
        self.current = self.draft.name

    @validate("drafts")
    def _named_apart(self, proposal: dict[str, Any]) -> tuple[ChangeDraft, ...]:
        drafts = tuple(proposal["value"])
        names = [one.name for one in drafts if isinstance(one, ChangeDraft)]
        if not names or len(set(names)) < len(drafts) or not all(name.strip() for name in names):
            message = "drafts have a name each, and there is at least one"
            raise ArgumentError(message)
        return drafts

    # --- which ----------------------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the drafts."""
        return tuple(one.name for one in self.drafts)

    @property
    def draft(self) -> ChangeDraft:
        """The draft that is looked at."""
        drafts: tuple[ChangeDraft, ...] = self.drafts
        return next((one for one in drafts if one.name == self.current), drafts[0])

    def named(self, name: str) -> ChangeDraft:
        """Return the draft of a name.

        Parameters
        ----------
        name : str

        Raises
        ------
        NotFoundError
            If there is none.
        """
        drafts: tuple[ChangeDraft, ...] = self.drafts
        for one in drafts:
            if one.name == name:
                return one
        message = f"there is no draft {name!r:.80}"
        raise NotFoundError(message, f"there are {', '.join(self.names)}")

    def look_at(self, name: str) -> None:
        """Look at another draft.

        Parameters
        ----------
        name : str
        """
        self.current = self.named(name).name

    def begin(self, name: str = "", *, like: ChangeDraft | None = None) -> None:
        """Begin another draft, and look at it.

        Parameters
        ----------
        name : str, optional
            The next letter that is free, by default.
        like : ChangeDraft, optional
            What it begins with; nothing by default.

        Raises
        ------
        ArgumentError
            If there is one of the name.
        """
        called = name.strip() or self._free_name()
        if called in self.names:
            message = f"there is a draft {visible(called)} already"
            raise ArgumentError(message, "give it another name")
        made = ChangeDraft(called) if like is None else like._replace(name=called)
        self._put((*self.drafts, made), called)

    def rename(self, name: str) -> None:
        """Call the draft that is looked at otherwise.

        Parameters
        ----------
        name : str

        Raises
        ------
        ArgumentError
            If there is another one of the name, or if it is empty.
        """
        called = name.strip()
        if called == self.current:
            return
        if not called or called in self.names:
            message = f"there is a draft {visible(called)} already" if called else "the draft has no name"
            raise ArgumentError(message, "give it another name")
        self._replace(self.draft._replace(name=called))

    def drop(self) -> None:
        """Drop the draft that is looked at; where it is the only one, an empty one takes its place."""
        rest = tuple(one for one in self.drafts if one.name != self.draft.name)
        self._put(rest or (ChangeDraft("A"),), rest[-1].name if rest else "A")

    def undo(self) -> None:
        """Take the last step back.

        Raises
        ------
        ArgumentError
            If there is none.
        """
        if not self._earlier:
            message = "there is no step to take back"
            raise ArgumentError(message)
        drafts, current = self._earlier.pop()
        with self.hold_trait_notifications():
            self.drafts, self.current, self.steps = drafts, current, len(self._earlier)

    # --- what is in it --------------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        """Let the draft that is looked at have another text.

        Parameters
        ----------
        text : str
        """
        if text != self.draft.text:
            self._replace(self.draft._replace(text=text))

    def append(self, text: str) -> None:
        """Add documents to the text.

        Parameters
        ----------
        text : str
        """
        self.write(joined_texts(self.draft.text, text))

    def delete(self, *refs: str) -> None:
        """Delete policies that are there.

        Parameters
        ----------
        *refs : str
            ``Kind namespace/name``.

        Raises
        ------
        NotFoundError
            If there is no such policy.
        """
        for ref in refs:
            if ref not in self.policies_there:
                message = f"there is no policy {visible(ref)!r:.120} to delete"
                raise NotFoundError(message, "write it as in the list, such as NetworkPolicy shop/db")
        self._replace(self.draft._replace(removed=tuple(dict.fromkeys((*self.draft.removed, *refs)))))

    def leave(self, *refs: str) -> None:
        """Delete policies no longer.

        Parameters
        ----------
        *refs : str
        """
        self._replace(self.draft._replace(removed=tuple(one for one in self.draft.removed if one not in refs)))

    def upload(self, files: Iterable[Upload]) -> None:
        """Add the documents of files to the text, each file below its name.

        Parameters
        ----------
        files : iterable of Upload

        Raises
        ------
        ArgumentError
            If a file is no text.
        """
        texts = [self.draft.text]
        for one in files:
            try:
                content = one.content.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                message = f"{visible(one.name)} is no text in UTF-8"
                raise ArgumentError(message, "give YAML or JSON files; archives are unpacked first") from error
            texts.append(f"# {visible(one.name)}\n{content}")
        self.write(joined_texts(*texts))

    def take(self, proposal: Proposal, name: str = "") -> None:
        """Make a draft of a proposal: of the one that is looked at where it is empty, else another one.

        Parameters
        ----------
        proposal : Proposal
        name : str, optional
            Of the draft, where another one is made.
        """
        gone = tuple(ref for ref in proposal.replaces if ref in self.policies_there)
        self.add(ChangeDraft(name, proposal.to_yaml(), gone))

    def add(self, draft: ChangeDraft, *, renames: bool = False) -> None:
        """Put a draft in the place of the one that is looked at, where that is empty; else begin another one.

        Parameters
        ----------
        draft : ChangeDraft
            Where its name is taken, or empty, another one is given to it.
        renames : bool
            Whether one in whose place it is put is called as it is; else that keeps its name.
        """
        name = draft.name if draft.name.strip() and draft.name not in self.names else ""
        if self.draft.is_empty:
            self._replace(draft._replace(name=name if name and renames else self.draft.name))
        else:
            self.begin(name, like=draft)

    def take_handed(self) -> bool:
        """Look at the change that another panel handed on, as a draft; one that is a draft already is not taken twice.

        Returns
        -------
        bool
            Whether there was one.
        """
        handed, self.selection.draft = self.selection.draft, None
        if handed is None:
            return False
        drafts: tuple[ChangeDraft, ...] = self.drafts
        same = next((one.name for one in drafts if one[1:] == handed[1:]), "")
        if same:
            self.look_at(same)
        else:
            self.add(handed, renames=True)
        return True

    @staticmethod
    def refuse_empty(draft: ChangeDraft) -> None:
        """Refuse a draft that changes nothing.

        Parameters
        ----------
        draft : ChangeDraft

        Raises
        ------
        ArgumentError
            If it is empty.
        """
        if draft.is_empty:
            message = f"draft {visible(draft.name)} is empty"
            raise ArgumentError(message, "paste policies, upload files, take a proposal, or delete a policy")

    @property
    def policies_there(self) -> Sequence[str]:
        """The references of the policies that the cluster has."""
        objects = self.scope.cluster.objects
        return sorted({*(one.ref for one in objects.policies), *(one.ref for one in objects.left_out)})

    # --- what it says ---------------------------------------------------------------------------------------

    @property
    def reading(self) -> Reading:
        """What the draft that is looked at says."""
        return self.reading_of(self.draft)

    def reading_of(self, draft: ChangeDraft) -> Reading:
        """Return what a draft says; read once.

        Parameters
        ----------
        draft : ChangeDraft
        """
        key, cluster = (draft.text, draft.removed), self.scope.cluster
        known = self._read.get(key)
        if known is None or known[0] is not cluster:
            wanted = {(one.text, one.removed) for one in self.drafts}
            self._read = {one: found for one, found in self._read.items() if one in wanted}
            known = self._read[key] = cluster, read_draft(cluster, draft.text, draft.removed)
        return known[1]

    def documents(self) -> pd.DataFrame:
        """Return the documents of the draft, with what becomes of each; columns as in `frames.DOCUMENTS`."""
        return documents_of(self.reading)

    # --- keeping --------------------------------------------------------------------------------------------

    def _free_name(self) -> str:
        letters = (chr(ord("A") + number) for number in range(26))
        more = (f"draft {number}" for number in range(27, 27 + len(self.drafts)))
        return next(name for name in (*letters, *more) if name not in self.names)

    def _replace(self, draft: ChangeDraft) -> None:
        """Put a draft in the place of the one that is looked at."""
        was = self.draft
        self._put(tuple(draft if one is was else one for one in self.drafts), draft.name)

    def _put(self, drafts: tuple[ChangeDraft, ...], current: str) -> None:
        if drafts == self.drafts and current == self.current:
            return
        self._earlier = [*self._earlier[1 - MOST_STEPS :], (self.drafts, self.current)]
        with self.hold_trait_notifications():
            self.drafts, self.current, self.steps = drafts, current, len(self._earlier)
