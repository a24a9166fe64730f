"""Buttons that hand something over to the person: as a file, or to the clipboard."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, NamedTuple

import anywidget
from traitlets import Unicode

from workbench.ground import visible

__all__ = ["FileContent", "HandOver", "copy_button", "download_button", "packed"]


class FileContent(NamedTuple):
    """What is handed over.

    Attributes
    ----------
    name : str
        Of the file.
    content : str or bytes
    """

    name: str
    content: str | bytes


def packed(name: str, files: Mapping[str, str] | Mapping[str, bytes]) -> FileContent:
    """Return files as one archive; the same files are the same bytes, whenever they are packed.

    Parameters
    ----------
    name : str
        Of the archive, without an ending.
    files : mapping of str to str or bytes
        What is in them, by their names.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for file, content in files.items():
            archive.writestr(zipfile.ZipInfo(file), content, compress_type=zipfile.ZIP_DEFLATED)
    return FileContent(f"{name}.zip", held.getvalue())


class HandOver(anywidget.AnyWidget):
    """A button whose content is made when it is pressed; nothing is kept in the page.

    Parameters
    ----------
    make : callable
        Returns the `FileContent`.
    label : str
        What is written on the button.
    way : {"download", "copy"}
    title : str
        What is said of it at the pointer.
    failed : callable, optional
        Takes the error where nothing could be made.
    """

    _esm = files("workbench.panels.frame") / "files.js"
    label = Unicode().tag(sync=True)
    way = Unicode().tag(sync=True)
    title = Unicode().tag(sync=True)

    def __init__(
        self,
        make: Callable[[], FileContent],
        label: str,
        way: str,
        title: str = "",
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        super().__init__(label=visible(label), way=way, title=visible(title or label))
        self._make, self._failed = make, failed
        self.on_msg(lambda _widget, _content, _buffers: self.press())

    def press(self) -> FileContent | None:
        """Make the content and send it to the page; return it, or None where that failed."""
        try:
            found = self._make()
        except Exception as error:
            self.send({"name": "", "error": str(error)})
            if self._failed is None:
                raise
            self._failed(error)
            return None
        content = found.content if isinstance(found.content, bytes) else found.content.encode()
        self.send({"name": found.name}, buffers=[content])
        return found


def download_button(make: Callable[[], FileContent], label: str, **options: Any) -> HandOver:  # noqa: ANN401
    """Return a button that saves a file on the person's machine.

    Parameters
    ----------
    make : callable
        Returns the `FileContent` when the button is pressed.
    label : str
    **options
        Of `HandOver`.
    """
    return HandOver(make, label, "download", **options)


def copy_button(make: Callable[[], FileContent], label: str = "Copy", **options: Any) -> HandOver:  # noqa: ANN401
    """Return a button that puts a text into the clipboard.

    Parameters
    ----------
    make : callable
        Returns the `FileContent` when the button is pressed.
    label : str
    **options
        Of `HandOver`.
    """
    return HandOver(make, label, "copy", **options)
