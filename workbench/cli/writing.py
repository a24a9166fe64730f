"""Where an answer is written: to a file as a whole or not at all, or to standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from workbench.ground import ANSWER_FORMATS, Format, UnknownPluginError, visible, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = [
    "STDOUT",
    "Destination",
    "choose_destination",
    "format_named",
    "new_folder",
    "write",
    "write_folder",
    "write_table",
]

STDOUT = "-"


class Destination(NamedTuple):
    """Where an answer is written, and in which format; None is standard output."""

    file: str | None
    format_name: str

    @property
    def is_text(self) -> bool:
        """Whether people read it: a program has all columns, and values as they are."""
        return self.format_name in {"txt", "md"}


def choose_destination(
    answer: str,
    usual_name: str,
    *,
    output: str | None,
    file: str | None,
    save_to_file: bool = False,
    remove: bool = False,
) -> Destination:
    """Return where an answer goes, and refuse what cannot be written before any work is done for it.

    Parameters
    ----------
    answer : str
        Which kind of answer it is, as its formats are registered.
    usual_name : str
        Name, but for its ending, of the file that `save_to_file` means where no `file` is named.
    output, file, save_to_file, remove
        The options of these names; the last two are False for a command without them. A format that is not named
        is that of the file's ending, else txt.

    Raises
    ------
    typer.BadParameter
        If this kind of answer has no format of that name or file ending, if the file is a folder or stands in one
        that does not exist, if the usual file exists and is not to be removed, or if a binary format would go to a
        terminal.

    """
    named = None if output is None else format_named(answer, output)
    if file is not None:
        _check_writable(file)
        wanted = named or _format_of(answer, file)
        _check_shown(wanted, file, usual_name)
        return Destination(file, wanted.name)
    chosen = named or ANSWER_FORMATS.named(answer, "txt")
    if not save_to_file:
        _check_shown(chosen, file, usual_name)
        return Destination(None, chosen.name)
    file = f"{usual_name}{chosen.suffix}"
    _check_writable(file)
    if Path(file).exists() and not remove:
        message = f"{file} exists; --remove replaces it, -f writes elsewhere"
        raise typer.BadParameter(message, param_hint="'--save-to-file'")
    return Destination(file, chosen.name)


def format_named(answer: str, name: str) -> Format:
    """Return a format by its name.

    Raises
    ------
    typer.BadParameter
        If there is none, or if the package that offers it cannot be loaded.

    """
    try:
        return ANSWER_FORMATS.named(answer, name)
    except UnknownPluginError as error:
        raise typer.BadParameter(visible(str(error)), param_hint="'-o'") from error


def _format_of(answer: str, file: str) -> Format:
    if file == STDOUT:
        return ANSWER_FORMATS.named(answer, "txt")
    try:
        return ANSWER_FORMATS.of_file(answer, file)
    except UnknownPluginError as error:
        message = f"{error}; choose a format with -o"
        raise typer.BadParameter(message, param_hint="'-f'") from error


def _check_shown(chosen: Format, file: str | None, usual_name: str) -> None:
    """Refuse to write bytes to a terminal, which would take some of them for commands.

    Raises
    ------
    typer.BadParameter
        If that is where they would go.

    """
    if chosen.binary and _is_stdout(file) and sys.stdout.isatty():
        usual = f"{usual_name}{chosen.suffix}"
        message = f"{chosen.name} is not for a terminal: -f {usual} writes a file, > {usual} or a pipe takes it, too"
        raise typer.BadParameter(message, param_hint="'-o'")


def _is_stdout(file: str | None) -> bool:
    return file is None or file == STDOUT


def _check_writable(file: str) -> None:
    """Refuse a file that cannot be written, before any work is done for it.

    Raises
    ------
    typer.BadParameter
        If `file` is a folder, or stands in a folder that does not exist.

    """
    if file == STDOUT:
        return
    path = Path(file)
    try:
        reason = (
            "it is a folder"
            if path.is_dir()
            else ""
            if path.parent.is_dir()
            else f"the folder {path.parent} does not exist"
        )
    except (OSError, ValueError) as error:
        reason = str(error)
    if reason:
        raise _unwritable(file, reason)


def write(answer: str | bytes, file: str | None) -> None:
    """Write an answer to `file`, or to standard output for None and ``-``: text as UTF-8, bytes as they are.

    Raises
    ------
    typer.BadParameter
        If the file cannot be written; an older one is then as it was.

    """
    content = answer.encode() if isinstance(answer, str) else answer
    if file is None or file == STDOUT:
        _write_to_reader(content)
        return
    # A link stays a link: what it points to is replaced.
    path = Path(os.path.realpath(file))
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # a pipe or a device cannot be replaced
        else:
            write_atomically(path, content)
    except OSError as error:
        raise _unwritable(file, str(error)) from error


def new_folder(name: str) -> Path | None:
    """Return the folder that files are written into; None where none is named.

    Raises
    ------
    typer.BadParameter
        If it holds something.

    """
    if not name:
        return None
    folder = Path(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{visible(name)} is there and not an empty folder"
        raise typer.BadParameter(message, param_hint="'--output-dir'")
    return folder


def write_folder(files: Mapping[str, str], folder: Path) -> None:
    """Write a file each into a new folder: all of them or none.

    Raises
    ------
    typer.BadParameter
        If it cannot be written.

    """
    from workbench.generate import write_policy_folder  # noqa: PLC0415  (brings pandas)

    try:
        folder = folder.resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_policy_folder(files, folder)
    except OSError as error:
        message = f"cannot write {visible(str(folder))}: {error}"
        raise typer.BadParameter(message, param_hint="'--output-dir'") from error


def write_table(found: pd.DataFrame, destination: Destination) -> None:
    """Write a table where it goes; errors as of `write`."""
    write(ANSWER_FORMATS.render("table", destination.format_name, found), destination.file)


def _unwritable(file: str, reason: str) -> typer.BadParameter:
    return typer.BadParameter(f"cannot write {file}: {reason}", param_hint="'-f'")


def _write_to_reader(content: bytes) -> None:
    """Write to standard output; a reader that has enough (``| head``) is not an error."""
    sys.stdout.flush()
    stream = sys.stdout.buffer
    try:
        stream.write(content)
        stream.flush()
    except BrokenPipeError:
        # Python flushes once more when it ends, which would fail again, and say so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
