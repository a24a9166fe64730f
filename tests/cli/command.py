"""The command line as tests call it, and the smallest manifests to call it on."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess, run
from typing import Any, NamedTuple

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from workbench.cli import app

__all__ = ["ARGV", "BROKEN", "LINES", "MAP", "NOTE", "SHOP", "TYPO", "Ended", "as_program", "command"]

ARGV = [sys.executable, "-c", "from workbench.cli import main; main()"]
"""What the installed program runs."""

SHOP = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
"""
LINES = """\
shop/web[Pod] => outside : All Connections
shop/web[Pod] => shop/db[Pod] : TCP 5432
"""
"""What SHOP allows."""
NOTE = """
Note: Traffic between a pod and the node that it runs on is allowed whatever policies say: the map has no lines for it.
"""
MAP = LINES + NOTE

BROKEN = "apiVersion: v1\nkind: Pod\nmetadata: [\n"
"""No YAML: an error."""

TYPO = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: typo, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - ports: [{port: pstgres}]
"""
"""A policy with a port that no container of its pods names: a warning."""


class Ended(NamedTuple):
    """What a call wrote, and its exit status."""

    stdout: str
    stderr: str
    output: str
    """Both, as they are seen on a terminal."""
    exit_code: int


@cache
def _commands() -> Any:  # noqa: ANN401  (click's, which typer keeps to itself)
    """Return all commands, made once: that takes longer than most of them do."""
    return get_command(app)


def command(*arguments: str | Path, stdin: str | None = None) -> Ended:
    """Run the command line within this process."""
    with CliRunner().isolation(input=stdin) as streams:
        with pytest.raises(SystemExit) as left:
            _commands().main([str(argument) for argument in arguments], prog_name=app.info.name)
        sys.stdout.flush()
        sys.stderr.flush()
        stdout, stderr, output = (stream.getvalue().decode() for stream in streams)
    assert isinstance(left.value.code, int)
    return Ended(stdout, stderr, output, left.value.code)


def as_program(*arguments: str | Path) -> CompletedProcess[str]:
    """Run the command line as a program of its own."""
    argv = [*ARGV, *(str(argument) for argument in arguments)]
    return run(argv, capture_output=True, text=True, check=False)  # noqa: S603  (our own program)
