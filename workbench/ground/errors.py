"""What is raised for people to read: the command line turns these errors into messages, and no others."""

from __future__ import annotations

__all__ = ["ArgumentError", "MissingFileError", "NotFoundError", "WorkbenchError"]


class WorkbenchError(Exception):
    """Something that a person can put right: the message says what is wrong, and the remedy what to do.

    Any other exception is a fault of the program, and is shown as one.

    Parameters
    ----------
    message : str
        What is wrong, and where.
    remedy : str, optional
        What to do about it.

    Attributes
    ----------
    message, remedy : str
        As given.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}: {remedy}" if remedy else message)
        self.message, self.remedy = message, remedy

    def __str__(self) -> str:
        """Return the message and the remedy; some built-in errors would add quotes or an errno."""
        return f"{self.message}: {self.remedy}" if self.remedy else self.message


class ArgumentError(WorkbenchError, ValueError):
    """A question was asked with a value that it cannot take; a ValueError, as Python callers expect."""


class NotFoundError(WorkbenchError, LookupError):
    """What was asked about is not there: no workload, policy, network or batch has this name."""


class MissingFileError(WorkbenchError, FileNotFoundError):
    """A file or folder that was given does not exist."""
