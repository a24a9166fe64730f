"""A report as it stands in the page: in a frame of its own that can reach nothing around it."""

from __future__ import annotations

import gzip
import re
from importlib.resources import files
from typing import Any, Final

import anywidget
from traitlets import Unicode

from workbench.ground import visible

__all__ = ["Preview", "embedded"]

_LINK: Final = re.compile(r'(<a\b[^>]*?\bhref=")#')


def embedded(page: str) -> str:
    """Return a page as a frame holds it: what leads to a place in it would else lead to the page around it.

    Parameters
    ----------
    page : str
        That stands by itself.
    """
    return _LINK.sub(r"\1about:srcdoc#", page)


class Preview(anywidget.AnyWidget):
    """A frame that shows a page. It is sent when the frame is there, and is in no notebook that is saved.

    Parameters
    ----------
    title : str
        What the frame shows, for those who do not see it.
    """

    _esm = files("workbench.panels.report") / "preview.js"
    title = Unicode().tag(sync=True)

    def __init__(self, title: str) -> None:
        super().__init__(title=visible(title))
        self.page = ""
        self.on_msg(self._asked)

    def show(self, page: str) -> None:
        """Show a page; the same one is not sent again.

        Parameters
        ----------
        page : str
            That stands by itself; empty for none.
        """
        if page != self.page:
            self.page = page
            self._put()

    def _asked(self, _widget: object, _content: Any, _buffers: object) -> None:  # noqa: ANN401  (as ipywidgets has it)
        self._put()

    def _put(self) -> None:
        # Packed, it is a tenth: a server drops messages of many megabytes.
        self.send({"event": "page"}, buffers=[gzip.compress(embedded(self.page).encode(), 6, mtime=0)])
