"""The command line as tests call it, and the smallest manifests to call it on."""

from __future__ import annotations

import sys
from subprocess import CompletedProcess, run
from typing import TYPE_CHECKING

from typer.testing import CliRunner, Result

from workbench.cli import app

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ARGV", "BROKEN", "LINES", "MAP", "NOTE", "SHOP", "TYPO", "as_program", "command"]

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


def command(*arguments: str | Path, stdin: str | None = None) -> Result:
    """Run the command line within this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin, catch_exceptions=False)


def as_program(*arguments: str | Path) -> CompletedProcess[str]:
    """Run the command line as a program of its own."""
    argv = [*ARGV, *(str(argument) for argument in arguments)]
    return run(argv, capture_output=True, text=True, check=False)  # noqa: S603  (our own program)
