from __future__ import annotations

import io

import pytest

from workbench.cli import progress
from workbench.cli.progress import shown_progress
from workbench.ground import no_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch, *, patience: float = 0, wanted: bool = True) -> str:
    """Return what a terminal shows of ten steps of reading and one of comparing."""
    terminal = Terminal()
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", terminal)
        patched.setattr(progress, "PATIENCE", patience)
        with shown_progress(wanted=wanted) as report:
            for done in range(11):
                report("reading", done, 10)
            report("comparing", 1, None)
    return terminal.getvalue()


def test_a_terminal_sees_each_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = watched(monkeypatch)
    assert "reading:   0%" in shown
    assert "comparing: " in shown


def test_nothing_is_left_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched(monkeypatch).rsplit("\r", 2)[1].strip() == ""


def test_quiet_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched(monkeypatch, wanted=False) == ""


def test_short_work_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "reading" not in watched(monkeypatch, patience=3600)


def test_a_pipe_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress() as report:
        report("reading", 1, 10)
    assert report is no_progress
    assert capsys.readouterr().err == ""
