"""Files are written as a whole or not at all; what is private is only this user's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from workbench.ground import (
    make_private,
    read_private,
    unfinished,
    user_cache,
    write_atomically,
    write_private,
)
from workbench.ground.files import NO_CACHE

MOST = 100


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_replaced_with_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "map.txt"
    path.write_text("older")
    path.chmod(0o640)
    write_atomically(path, b"newer", flushed=True)
    assert (path.read_text(), mode(path), list(tmp_path.iterdir())) == ("newer", 0o640, [path])


def test_a_new_file_has_the_permissions_that_new_files_get(tmp_path: Path) -> None:
    usual, path = tmp_path / "usual", tmp_path / "map.txt"
    usual.touch()
    write_atomically(path, b"")
    assert mode(path) == mode(usual)


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "map.txt"
    path.mkdir()
    with pytest.raises(OSError, match="map"):
        write_atomically(path, b"newer")
    assert list(tmp_path.iterdir()) == [path]


def test_only_what_was_left_of_the_same_file_is_unfinished(tmp_path: Path) -> None:
    left = tmp_path / ".[a].json.x1"
    for path in (left, tmp_path / ".b.json.x1", tmp_path / "[a].json", tmp_path / ".a.json.x1"):
        path.touch()
    assert list(unfinished(tmp_path / "[a].json")) == [left]


def test_a_private_file_is_made_for_this_user_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "one"
    write_private(path, b"x" * MOST)
    assert (mode(path.parent), mode(path), read_private(path, MOST)) == (0o700, 0o600, b"x" * MOST)
    with pytest.raises(OSError, match="larger"):
        read_private(path, MOST - 1)


@pytest.mark.parametrize("open_to", [stat.S_IWGRP, stat.S_IWOTH])
def test_what_others_may_write_is_not_private(tmp_path: Path, open_to: int) -> None:
    path = tmp_path / "cache" / "one"
    write_private(path, b"x")
    path.chmod(0o600 | open_to)
    with pytest.raises(PermissionError):
        read_private(path, MOST)
    path.chmod(0o600)
    path.parent.chmod(0o700 | open_to)
    with pytest.raises(PermissionError):
        read_private(path, MOST)
    with pytest.raises(PermissionError):
        write_private(path, b"y")


def test_a_link_is_not_private(tmp_path: Path) -> None:
    path, link, folder = tmp_path / "cache" / "one", tmp_path / "cache" / "two", tmp_path / "link"
    write_private(path, b"x")
    link.symlink_to(path)
    folder.symlink_to(path.parent)
    for other in (link, folder / "one"):
        with pytest.raises(OSError, match=r".*"):
            read_private(other, MOST)
    with pytest.raises(PermissionError):
        make_private(folder)


def test_the_environment_switches_caches_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NO_CACHE, "")
    assert user_cache("sql") is None
    monkeypatch.delenv(NO_CACHE)
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(Path("/caches")))
    found = user_cache("sql")
    assert found is not None
    assert found.name == "sql"
