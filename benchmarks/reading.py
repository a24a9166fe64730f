"""How long does reading take, beside a plain parser on the same text: ``python -m benchmarks.reading 10000``.

Wall-clock seconds for a cluster of so many workloads and as many policies, each the best of three runs. *Documents*
are values alone, as plain PyYAML (CSafeLoader) and json give them; *objects* are what `load_manifests` makes of
them: places of fields, checks, normal forms and problems.

- *first*: nothing is kept; *first, kept*: what is parsed is written to the cache folder; *again*: it is found there.
- *of the exact reader*: documents that the quick reader of plain YAML leaves to libyaml (each has an anchor).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from benchmarks.synthetic import manifests, yaml_text
from workbench.ground.files import NO_CACHE
from workbench.inventory import load_manifests
from workbench.manifests import read_documents
from workbench.manifests.documents import forget

__all__ = ["main"]

RUNS = 3


def main(arguments: list[str] | None = None) -> None:
    """Measure the size that the command line names, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="?", type=int, default=10_000)
    size = parser.parse_args(arguments).workloads
    os.environ.pop(NO_CACHE, None)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        _measure(size, Path(folder))


def _measure(size: int, folder: Path) -> None:
    text = yaml_text(size)
    odd = text.replace("metadata:\n", "metadata: &anchor\n")
    whole = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests(size))}, indent=2)
    as_yaml, as_json = folder / "all.yaml", folder / "all.json"
    as_yaml.write_text(text)
    as_json.write_text(whole)
    print(f"{size:,} workloads: {len(text) / 1e6:.1f} MB of YAML, {len(whole) / 1e6:.1f} MB of JSON")
    plain = _best("documents, PyYAML CSafeLoader", lambda: list(yaml.load_all(text, yaml.CSafeLoader)))
    _best("documents, ours", lambda: list(read_documents(text)), plain, "CSafeLoader")
    _best("documents, ours, of the exact reader", lambda: list(read_documents(odd)), plain, "CSafeLoader")
    _best("objects, first", lambda: load_manifests(as_yaml, cache=False), plain, "CSafeLoader")
    _best("objects, first, kept", lambda: load_manifests(as_yaml), plain, "CSafeLoader", runs=1)
    _best("objects, again", lambda: load_manifests(as_yaml), plain, "CSafeLoader")
    plain = _best("documents, json.loads", lambda: json.loads(whole))
    _best("documents, ours, JSON", lambda: list(read_documents(whole)), plain, "json")
    _best("objects, JSON", lambda: load_manifests(as_json), plain, "json")


def _best(what: str, read: Callable[[], Any], plain: float = 0.0, alternative: str = "", *, runs: int = RUNS) -> float:
    """Print how long `read` takes at best, and its ratio to the `plain` reading, and return it."""
    taken = []
    for _ in range(runs):
        forget()
        start = time.perf_counter()
        kept = read()
        taken.append(time.perf_counter() - start)
        del kept
    ratio = f"  {min(taken) / plain:5.2f} of {alternative}" if plain else ""
    print(f"  {what:40} {min(taken):6.2f} s{ratio}")
    return min(taken)


if __name__ == "__main__":
    main()
