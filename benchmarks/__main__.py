"""Run every measurement: ``make bench``. ``python -m benchmarks.flows 100000000`` is one of them, with another size."""

from __future__ import annotations

from benchmarks import (
    baseline,
    browser,
    checks,
    connectivity,
    external,
    flows,
    generate,
    hidden_traffic,
    readiness,
    reading,
    scale,
    shapes,
    whatif,
)

reading.main([])
connectivity.main([])
shapes.main()
flows.main([])
baseline.main([])
external.main([])
generate.main([])
whatif.main([])
checks.main([])
hidden_traffic.main([])
readiness.main([])
browser.main([])
scale.main([])
