"""Which checks there are, and how one of your own joins them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from workbench.checks.severity import CheckSeverity
from workbench.ground import ArgumentError, Plugins

if TYPE_CHECKING:
    from workbench.checks.context import CheckContext
    from workbench.checks.found import Found

__all__ = ["CHECKS", "Check", "CheckFunction", "Fact", "chosen_checks", "register_check"]

CheckFunction: TypeAlias = "Callable[[CheckContext], Iterable[Found]]"
"""Yields what is wrong."""
EnumT = TypeVar("EnumT", bound=StrEnum)
_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")


class Fact(StrEnum):
    """What a check needs beside the cluster; without it, it is not asked, and that is said."""

    FLOWS = "flows"
    BASELINES = "baselines"
    CORPORATE_RULES = "corporate-rules"
    CNI = "cni"
    TENANTS = "tenants"

    @property
    def missing(self) -> str:
        """What is said of a check that lacks it."""
        return _MISSING[self]


_MISSING: Final = {
    Fact.FLOWS: "no flows were given",
    Fact.BASELINES: "no baselines were given",
    Fact.CORPORATE_RULES: "no corporate rules were given",
    Fact.CNI: "nobody said whether the network plugin enforces NetworkPolicy",
    Fact.TENANTS: "nobody said which label of namespaces names their tenant",
}


@dataclass(frozen=True, slots=True)
class Check:
    """A rule about policies and what they allow.

    Attributes
    ----------
    id : str
        Such as ``NP010``.
    title : str
        What it finds, in a few words.
    severity : CheckSeverity
    reason : str
        Why it matters, in one sentence.
    remedy : str
        What to do about it.
    source : str
        Where the rule comes from.
    needs : frozenset of Fact
        What it is not asked without.
    techniques : tuple of str
        What of MITRE ATT&CK for containers it speaks to, such as ``T1046``.
    finds : callable
        Given a `CheckContext`, yields what is wrong.
    """

    id: str
    title: str
    severity: CheckSeverity
    reason: str
    remedy: str
    source: str
    needs: frozenset[Fact]
    techniques: tuple[str, ...]
    finds: CheckFunction


CHECKS: Final[Plugins[Check]] = Plugins("check", group="netpol_workbench.checks")
"""The checks by id."""


def register_check(  # noqa: PLR0913  (one parameter an attribute)
    id: str,  # noqa: A002  (as every tool of the field calls it)
    *,
    title: str,
    severity: CheckSeverity | str,
    reason: str,
    remedy: str,
    source: str = "",
    needs: Iterable[Fact | str] = (),
    techniques: Iterable[str] = (),
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as the check called `id`.

    Parameters
    ----------
    id : str
        Letters, digits, ``-`` and ``_``; it replaces an earlier check of that id, so that a notebook's cell can run
        twice.
    title : str
    severity : CheckSeverity or str
    reason, remedy : str
    source : str, optional
        As `Check` has them.
    needs : iterable of Fact or str, optional
    techniques : iterable of str, optional

    Returns
    -------
    callable
        Takes the function, and returns it as it is.

    Raises
    ------
    ArgumentError
        If the id is none, if there is no title, reason or remedy, or if severity or needs are unknown.

    Examples
    --------
    >>> @register_check(
    ...     "TEAM1", title="Policy without an owner", severity="low", reason="Nobody can be asked.", remedy="Name it."
    ... )
    ... def without_owner(context):
    ...     for policy in context.policies:
    ...         if "owner" not in dict(policy.metadata.labels):
    ...             yield Found.of_policy(policy, "has no label owner")
    """
    if not _ID.fullmatch(id):
        message = f"{id!r} is no id of a check: write letters, digits, - and _"
        raise ArgumentError(message)
    for name, text in {"title": title, "reason": reason, "remedy": remedy}.items():
        if not text.strip():
            message = f"the check {id} has no {name}"
            raise ArgumentError(message)
    chosen = _one_of(CheckSeverity, severity, id)
    needed = frozenset(_one_of(Fact, one, id) for one in needs)

    def register(function: CheckFunction) -> CheckFunction:
        check = Check(id, title, chosen, reason, remedy, source, needed, tuple(techniques), function)
        CHECKS.register(id, check)
        return function

    return register


def _one_of(kind: type[EnumT], given: str, id: str) -> EnumT:  # noqa: A002  (as above)
    try:
        return kind(given)
    except ValueError:
        message = f"the check {id}: {given!r} is none of {', '.join(one.value for one in kind)}"
        raise ArgumentError(message) from None


def chosen_checks(only: Iterable[str], skip: Iterable[str]) -> Iterator[Check]:
    """Yield the checks that are asked for, by id.

    Parameters
    ----------
    only : iterable of str
        Their ids; all where it is empty.
    skip : iterable of str
        Ids of those to leave out.

    Raises
    ------
    UnknownPluginError
        If there is no such check, or if the package that offers it cannot be loaded.
    """
    asked, left = tuple(only), frozenset(skip)
    for one in (*asked, *left):
        CHECKS.named(one)
    found = map(CHECKS.named, dict.fromkeys(asked)) if asked else iter(CHECKS)
    yield from (one for one in found if one.id not in left)
