"""Files that a person sends to checks: read as texts, and taken whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import TYPE_CHECKING

from workbench.ground import ArgumentError, Severity, visible

if TYPE_CHECKING:
    from workbench.ground import Problem
    from workbench.panels.frame import Upload

__all__ = ["refuse_wrong", "text_of"]


def text_of(upload: Upload) -> str:
    """Return the text of a file; it ends with a line break, so that it is not taken for the path of a file.

    Parameters
    ----------
    upload : Upload

    Raises
    ------
    ArgumentError
        If it is no text.
    """
    try:
        return upload.content.decode("utf-8-sig") + "\n"
    except UnicodeDecodeError as error:
        message = f"{visible(upload.name)} is no text in UTF-8"
        raise ArgumentError(message) from error


def refuse_wrong(said: Iterable[Problem], name: str, listed: Sized) -> None:
    """Refuse a file with an error, or with nothing in it.

    Parameters
    ----------
    said : iterable of Problem
        What is wrong with it.
    name : str
        Of the file.
    listed : sized
        What was read.

    Raises
    ------
    ArgumentError
        That says where the first error is, and how many there are.
    """
    errors = [one for one in said if one.severity is not Severity.INFO]
    if errors:
        first, more = errors[0], f" (and {len(errors) - 1:,} more)" if len(errors) > 1 else ""
        line = f", line {first.line}" if first.line else ""
        message = f"{visible(name)}{line}: {visible(first.message)}{more}"
        raise ArgumentError(message, first.remedy.rstrip(".") or "mend the file, and give it again")
    if not listed:
        message = f"{visible(name)} lists nothing"
        raise ArgumentError(message)
