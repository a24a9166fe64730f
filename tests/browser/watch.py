"""What goes wrong in a page: its errors, what it logs as errors, and what it asks other hosts for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Error, Page, Request

__all__ = ["Watch"]

DISPOSED = "Disposed"
"""With this, JupyterLab ends what still waits for the kernel of a notebook that is closed."""
CLOSED = "Cannot read properties of null (reading 'kernel')"
"""What its manager of widgets says where a notebook is closed while it looks for its kernel."""
WITHOUT = "widget model not found"
SLOW = "[anywidget] Failed to initialize model."
"""What anywidget says where a widget takes more than two seconds to load, as on a machine that is busy: a test that
looks for the widget misses it, and others need not."""
DEBUGGER = "Could not restore the debugger state"
DAMAGED = ("Kernel message validation error", '"stream.')
"""What JupyterLab says of a message about printed text whose parts came in the wrong order, and that it drops."""


@dataclass
class Watch:
    """Looks at a page from its beginning.

    Attributes
    ----------
    host : str
        The only one that may be asked, with its port; none may where it is empty.
    """

    host: str = ""
    is_without_widgets: bool = False
    """Whether a notebook stands in the page as it was saved: JupyterLab says of each widget that it is not there."""
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """Those to other hosts."""

    def look_at(self, page: Page) -> None:
        """Look at all that happens in a page from now on."""
        page.on("pageerror", self._failed)
        page.on("console", self._said)
        page.on("request", self._asked)

    def found(self) -> tuple[list[str], list[str]]:
        """Return what went wrong since it was asked for last: errors, and requests."""
        found = list(self.errors), list(self.requests)
        self.errors.clear()
        self.requests.clear()
        return found

    def _failed(self, error: Error) -> None:
        is_damaged = all(part in str(error) for part in DAMAGED)  # the page may say so in either way
        if error.message not in {DISPOSED, CLOSED, SLOW} and not is_damaged:
            self.errors.append(str(error))

    def _said(self, message: ConsoleMessage) -> None:
        address = message.location.get("url", "")
        # The server fails on a list of kernels while one of them starts; JupyterLab asks again. Its debugger says of
        # a notebook that was closed meanwhile what it could not ask it any more.
        is_its_own = urlsplit(address).path.startswith("/api/") or message.text.startswith(DEBUGGER)
        is_its_own |= SLOW in message.text or all(part in message.text for part in DAMAGED)
        is_its_own |= self.is_without_widgets and WITHOUT in message.text
        if message.type == "error" and not is_its_own:
            self.errors.append(f"{message.text} {address}".strip())

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "file"} and parts.netloc != self.host:
            self.requests.append(request.url)
