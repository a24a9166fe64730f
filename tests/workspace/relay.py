"""Between a client and a PostgreSQL server: passes everything on, until it is to break the connection."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

__all__ = ["Relay", "relayed"]

_SOCKET = ".s.PGSQL.5432"
_MOST = 1 << 16


class Relay:
    """Listens where clients come, and speaks to the server for each of them.

    Parameters
    ----------
    folder : Path
        Where it listens.
    server : Path
        Where the server does.
    """

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder, self._server = folder, server
        self._statement, self._passed_on = b"", False
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / _SOCKET))
        self._listening.listen()
        Thread(target=self._run, daemon=True).start()

    def of(self, url: str) -> str:
        """Return the URL by which a database is reached through this."""
        return url.replace(str(self._server), str(self.folder))

    def cut(self, statement: bytes, *, passed_on: bool) -> None:
        """Break the next connection that brings a statement: before the server gets it, or when it has answered."""
        self._statement, self._passed_on = statement, passed_on

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()

    def _run(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with closing(client), closing(socket.socket(socket.AF_UNIX)) as server:
            server.connect(str(self._server / _SOCKET))
            answers = Thread(target=self._answer, args=[server, client], daemon=True)
            answers.start()
            while asked := client.recv(_MOST):
                if self._statement and self._statement in asked:
                    self._statement = b""
                    client.shutdown(socket.SHUT_WR)  # no answer gets through any more
                    if self._passed_on:
                        server.sendall(asked)
                        server.shutdown(socket.SHUT_WR)  # it does what it was asked, and ends
                    break
                server.sendall(asked)
            if not self._passed_on:
                server.shutdown(socket.SHUT_RDWR)
            answers.join()

    @staticmethod
    def _answer(server: socket.socket, client: socket.socket) -> None:
        while answer := server.recv(_MOST):
            try:
                client.sendall(answer)
            except OSError:
                continue  # the client is to have no answer, and the server does its work all the same


@contextmanager
def relayed(server: Path) -> Iterator[Relay]:
    """Give a relay to the server that listens in a folder.

    Parameters
    ----------
    server : Path
    """
    with tempfile.TemporaryDirectory(prefix="netpol-relay-") as folder, closing(Relay(Path(folder), server)) as relay:
        yield relay
