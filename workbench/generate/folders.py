"""Writes the policies of a proposal as a folder: a file each, all of them or none (generate 6)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench.ground import write_atomically

__all__ = ["why_unwritable", "write_policy_folder"]


def why_unwritable(path: Path, *, is_folder: bool, replace: bool, remedy: str) -> str:
    """Return why policies cannot be written to a place; empty where they can.

    Parameters
    ----------
    path : Path
    is_folder : bool
        Whether it is to be a folder of policies; a file with all of them, else.
    replace : bool
        Whether what was written there before may be replaced. A folder that holds anything else never is.
    remedy : str
        How what is there is replaced, for the message.
    """
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist"
    if not path.exists():
        return ""
    if path.is_dir() != is_folder:
        return f"{path} is {'a folder' if path.is_dir() else 'a file'}"
    held = list(path.iterdir()) if is_folder else [path]
    if others := sorted(one.name for one in held if is_folder and (one.is_dir() or one.suffix != ".yaml")):
        return f"{path} holds {others[0]}, which is no policy: it is not replaced"
    return f"{path} exists; {remedy}" if held and not replace else ""


def write_policy_folder(files: Mapping[str, str], folder: Path) -> None:
    """Write files into a folder, in place of what is in it: until all are written, and if that fails, it is as it was.

    Parameters
    ----------
    files : mapping of str to str
        As `Proposal.to_files` returns them.
    folder : Path
        Whose parent exists; `why_unwritable` says whether it may be written.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as made:
        new, old = Path(made) / "new", Path(made) / "old"
        new.mkdir()
        for name, text in files.items():
            write_atomically(new / name, text.encode())
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
