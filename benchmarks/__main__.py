"""Run every measurement: ``make bench``, or ``python -m benchmarks 1000 10000`` for other sizes."""

from __future__ import annotations

from benchmarks.connectivity import main

main()
