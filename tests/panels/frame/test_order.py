"""Whoever makes a panel has all that is done on the page handled in turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
from ipykernel.comm.comm import BaseComm
from ipywidgets.widgets.widget import _instances

from workbench.panels.frame import order


@pytest.fixture(autouse=True)
def _a_kernel_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(order, "_KEPT", [])
    monkeypatch.setattr(BaseComm, "_reply_subshell_for", BaseComm._reply_subshell_for)
    yield
    for each in order._KEPT:
        each.close()


def test_messages_of_widgets_are_handled_where_cells_run_whatever_jupyterlab_asks_for() -> None:
    order.keep_order()
    comm = BaseComm.__new__(BaseComm)
    route: Callable[..., str | None] = comm._reply_subshell_for
    assert route({"method": "update"}, "a subshell") is None


def test_it_is_seen_to_once() -> None:
    order.keep_order()
    before = len(_instances)
    order.keep_order()
    assert len(_instances) == before


def test_it_is_seen_to_again_once_all_widgets_were_closed() -> None:
    order.keep_order()
    order._KEPT[0].close()
    order.keep_order()
    assert order._KEPT[0].comm is not None


def test_without_a_kernel_nothing_is_asked_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ipykernel.comm.comm")
    before = BaseComm._reply_subshell_for
    order.keep_order()
    assert BaseComm._reply_subshell_for is before
    assert "ipykernel.comm.comm" not in sys.modules
