"""Files that a person sends through the browser, and where they lie while they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ipywidgets as widgets

__all__ = ["Upload", "taken_uploads", "uploaded"]


class Upload(NamedTuple):
    """A file that a person sent through the browser.

    Attributes
    ----------
    name : str
        As the browser tells it: never trusted as a path.
    content : bytes
    """

    name: str
    content: bytes


def taken_uploads(widget: widgets.FileUpload) -> Sequence[Upload]:
    """Return the files that were sent, and make room for the next ones.

    Parameters
    ----------
    widget : ipywidgets.FileUpload
    """
    files = [Upload(each["name"], bytes(each["content"])) for each in widget.value]
    if files:
        widget.value = ()
    return files


@contextmanager
def uploaded(files: Iterable[Upload]) -> Iterator[Sequence[Path]]:
    """Have uploaded files in a folder, until the block ends.

    Parameters
    ----------
    files : iterable of Upload

    Yields
    ------
    sequence of Path
        One for each file, in the same order, with its name.
    """
    with TemporaryDirectory(prefix="netpol-upload-") as folder:
        places = []
        for number, file in enumerate(files):
            # Two files of one name may come from two folders.
            home = Path(folder, str(number))
            home.mkdir()
            places.append(home / (Path(file.name.replace("\\", "/")).name or "upload"))
            places[-1].write_bytes(file.content)
        yield places
