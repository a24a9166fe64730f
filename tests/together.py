"""Which tests one worker of xdist runs: those of a file, and all that a browser does.

To start a JupyterLab and a Chromium takes longer than most tests that use them: one worker starts them for all, and
begins with them. A scheduler sees to it, not xdist's groups: these change the names of tests, to no effect since
pytest 9.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.workermanage import WorkerController

__all__ = ["pytest_xdist_make_scheduler"]

BROWSER = "tests/browser"


class Together(LoadScopeScheduling):  # type: ignore[misc]  # without types
    """Gives a file, or the folder of browser tests, to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return BROWSER if file.startswith(f"{BROWSER}/") else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        # What takes longest comes first.
        if BROWSER in self.workqueue:
            self.workqueue.move_to_end(BROWSER, last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)  # pytest knows it where xdist is
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Return what shares the tests out, whatever ``--dist`` says."""
    return Together(config, log)
