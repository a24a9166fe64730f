"""What the workspace keeps for checks: findings that somebody answers for, and what no manifest says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from workbench.checks import (
    ACCEPTED_KIND,
    CHECK_KINDS,
    DECLARED_KIND,
    Accepted,
    DeclaredFacts,
    declared_record,
    kept_accepted,
    kept_declared,
    read_accepted,
    unread_checks,
)
from workbench.ground import ArgumentError, NotFoundError, UnreadRecord, count_of, visible
from workbench.panels.checks.uploads import refuse_wrong, text_of

if TYPE_CHECKING:
    from workbench.checks import CheckFinding
    from workbench.panels.frame import Scope, Upload
    from workbench.workspace import KeptDecision

__all__ = ["KeptChecks"]


class _Known(NamedTuple):
    """What a workspace keeps, and when that was asked."""

    asked: tuple[object, ...]
    accepted: Accepted = Accepted()
    declared: DeclaredFacts = DeclaredFacts()
    unread: tuple[UnreadRecord, ...] = ()
    undoable: KeptDecision | None = None


class KeptChecks:
    """What is decided about the findings of a cluster (workspace 18). Each decision has a reason, and can be undone.

    Parameters
    ----------
    scope : Scope
        Whose workspace keeps it.
    now : callable
        Returns the time.
    """

    def __init__(self, scope: Scope, now: Callable[[], datetime]) -> None:
        self._scope, self._now = scope, now
        self._known = _Known(())

    # --- what is kept ---------------------------------------------------------------------------------------

    @property
    def accepted(self) -> Accepted:
        """The findings that somebody answers for."""
        return self._asked.accepted

    @property
    def declared(self) -> DeclaredFacts:
        """What no manifest says."""
        return self._asked.declared

    @property
    def unread(self) -> tuple[UnreadRecord, ...]:
        """What this version does not read of it."""
        return self._asked.unread

    @property
    def undoable(self) -> KeptDecision | None:
        """The decision that `undo` takes back; None without one."""
        return self._asked.undoable

    @property
    def who(self) -> str:
        """Who answers where nobody else is named; empty where no workspace says."""
        return self._scope.workspace.who if self._scope.has_workspace else ""

    @property
    def _asked(self) -> _Known:
        """What the workspace keeps; asked for again once something is decided here."""
        scope = self._scope
        asked = scope.workspace if scope.has_workspace else None, scope.name, scope.decided
        if self._known.asked != asked:
            self._known = _Known(asked)
            if scope.has_workspace:
                records = {
                    key: value
                    for kind in CHECK_KINDS
                    for key, value in scope.workspace.records(kind, cluster=scope.name).items()
                }
                last = scope.workspace.last_undoable(*CHECK_KINDS, cluster=scope.name)
                read = kept_accepted(records), kept_declared(records), unread_checks(records)
                self._known = _Known(asked, *read, last)
        return self._known

    # --- decisions ------------------------------------------------------------------------------------------

    def accept(
        self, finding: CheckFinding, *, reason: str, owner: str = "", expires: date | None = None
    ) -> KeptDecision:
        """Answer for a finding.

        Parameters
        ----------
        finding : CheckFinding
        reason : str
        owner : str
            Who answers; whoever decides, where it is empty.
        expires : date, optional
            The last day; without it, for good.

        Raises
        ------
        ArgumentError
            If there is no reason, or if the last day is over.
        ConflictError
            If somebody has decided something else about it meanwhile.
        """
        why = reason.strip()
        if not why:
            message = "a finding is not accepted without a reason"
            raise ArgumentError(message, "write it into the field Reason")
        if expires is not None and expires < self._now().date():
            message = f"{expires.isoformat()} is over already"
            raise ArgumentError(message, "choose a later day, or none")
        who = owner.strip() or self._scope.workspace.who
        return self._keep(self.accepted.with_finding(finding, owner=who, reason=why, expires=expires), why)

    def withdraw(self, finding: CheckFinding) -> int:
        """Answer for a finding no longer.

        Parameters
        ----------
        finding : CheckFinding

        Returns
        -------
        int
            How many entries covered it: some may have been about others, too.

        Raises
        ------
        NotFoundError
            If nobody answers for it here.
        """
        rest = tuple(one for one in self.accepted if not one.covers(finding))
        count = len(self.accepted) - len(rest)
        if not count:
            message = f"nobody answers for {finding.check} of {visible(finding.object)} here"
            raise NotFoundError(message, "what an annotation ignores is changed in the manifest")
        self._keep(Accepted(rest), f"{finding.check} of {finding.object} is accepted no longer")
        return count

    def take_file(self, upload: Upload) -> int:
        """Keep the accepted findings of a file, in place of those about the same.

        Parameters
        ----------
        upload : Upload

        Returns
        -------
        int
            How many there are in the file.

        Raises
        ------
        ArgumentError
            If something is wrong with the file; nothing of it is kept then.
        """
        found = read_accepted(text_of(upload))
        refuse_wrong(found.said, upload.name, found.listed)
        told = {(one.fingerprint or (one.check, one.object)) for one in found}
        others = tuple(one for one in self.accepted if (one.fingerprint or (one.check, one.object)) not in told)
        self._keep(Accepted((*others, *found)), f"{count_of(len(found), 'accepted finding')} of {upload.name}")
        return len(found)

    def _keep(self, accepted: Accepted, why: str) -> KeptDecision:
        scope = self._scope
        try:
            decision = scope.workspace.keep_accepted(accepted, self.accepted, why=why, cluster=scope.name)
        except RuntimeError:
            self._known = _Known(())  # others have decided something: it is looked at anew
            raise
        return scope.announced(decision)

    def declare(self, declared: DeclaredFacts) -> KeptDecision:
        """Keep what no manifest says, in place of what was declared.

        Parameters
        ----------
        declared : DeclaredFacts
        """
        scope = self._scope
        said = ", ".join(
            f"{name.replace('_', ' ')} {_text(value)}" for name, value in declared_record(declared).items()
        )
        kept = scope.workspace.keep_declared(declared, why=said or "nothing is declared", cluster=scope.name)
        return scope.announced(kept)

    def undo(self) -> str:
        """Take back the last decision about findings, or about what is declared; return what it was.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        last = self.undoable
        if last is None or self._scope.undo(decision_id=last.id) is None:
            message = "no decision about checks is left to be undone"
            raise NotFoundError(message)
        kinds = {change.kind for change in last.changes}
        about = " and ".join(words for kind, words in _ABOUT.items() if kind in kinds)
        return f"{about}: {last.why}"


def _text(value: object) -> str:
    return " and ".join(map(str, value)) if isinstance(value, list) else str(value)


_ABOUT = {ACCEPTED_KIND: "accepted findings", DECLARED_KIND: "what is declared"}
