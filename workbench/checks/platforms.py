"""Namespaces of the platform: what is found there matters less to those who cannot change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING

from workbench.checks.severity import CheckSeverity
from workbench.generate import is_protected

if TYPE_CHECKING:
    from workbench.checks.context import CheckContext
    from workbench.checks.found import Found

__all__ = ["eased_on_platforms"]


def eased_on_platforms(
    severity: CheckSeverity,
) -> Callable[[Callable[[CheckContext], Iterator[Found]]], Callable[[CheckContext], Iterator[Found]]]:
    """Say that findings of a check matter less in namespaces of the platform.

    What is there belongs to operators and vendors: their policies are put back when they are changed by hand, and
    traffic that is cut there stops a cluster. So nothing is hidden, and nothing is more than ``low``; what is ``low``
    elsewhere is an info.

    Parameters
    ----------
    severity : CheckSeverity
        That of the check, for findings without one of their own.
    """

    def eased(finds: Callable[[CheckContext], Iterator[Found]]) -> Callable[[CheckContext], Iterator[Found]]:
        @wraps(finds)
        def found(context: CheckContext) -> Iterator[Found]:
            for one in finds(context):
                yield _eased(one, one.severity or severity) if is_protected(one.namespace) else one

        return found

    return eased


def _eased(found: Found, severity: CheckSeverity) -> Found:
    less = CheckSeverity.LOW if severity.reaches(CheckSeverity.MEDIUM) else CheckSeverity.INFO
    said = f"namespace {found.namespace} is the platform's: those who run it decide about its policies"
    return replace(found, severity=less, evidence=(*found.evidence, said))
