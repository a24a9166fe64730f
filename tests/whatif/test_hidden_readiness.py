"""Readiness names what policies would cut before any traffic shows it: counted by hand, and on made-up clusters."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.hidden_traffic import Call, Town, made_up, recorded
from benchmarks.readiness import KNOWN, TOLD, Found, application, found, stale
from tests.corpus import CORPUS
from tests.generate.town import Json, cluster_of, service, workload

SEEN, BASELINES, DECLARED, BOTH, ALL = TOLD
PORT = [{"containerPort": 80}]


def telling(name: str, *servers: str) -> list[Json]:
    found = workload(f"n/{name}", ports=PORT, kind="Deployment")
    env = [{"name": f"CALLS_{one}", "value": f"{one}:80"} for one in servers]
    found[0]["spec"]["template"]["spec"]["containers"][0]["env"] = env
    return [*found, service(f"n/{name}", {"app": name}, {"port": 80})]


def test_what_is_named_is_counted_against_what_is_cut_and_against_what_there_is(tmp_path: Path) -> None:
    """a calls b, c and d; its manifest tells of all of these, and of e, which nobody calls. One call is hidden."""
    cluster = cluster_of(telling("a", "b", "c", "d", "e"), *(telling(name) for name in "bcde"))
    calls = [Call("n/a[Deployment]", f"n/{name}[Deployment]", 80) for name in "bcd"]
    run = found(Town(cluster, recorded(tmp_path / "flows", cluster, calls)), 1)
    assert run[SEEN] == Found(cut=1, named=0, missing=0, real=0, score=100.0)
    assert run[DECLARED][:4] == (1, 1, 2, 1)
    assert run[ALL][:4] == (1, 1, 1, 1)
    assert (run[DECLARED].recall, run[DECLARED].precision) == (1.0, 0.5)
    # Of three connections, two are admitted: three quarters of the score are coverage.
    assert run[ALL].score == pytest.approx(75 * 2 / 3 + 25)
    assert run[DECLARED].score == pytest.approx(75 * 2 / 4 + 25)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return made_up(tmp_path_factory.mktemp("town") / "flows", 0)


def test_what_was_seen_alone_finds_nothing_missing_and_what_else_is_known_finds_much_of_it(town: Town) -> None:
    run = found(town, 0)
    assert (run[SEEN].recall, run[SEEN].missing, round(run[SEEN].score)) == (0.0, 0, 100)
    assert run[DECLARED].recall > 0.3
    assert run[BASELINES].recall > 0.5
    assert run[BOTH].recall > max(run[DECLARED].recall, run[BASELINES].recall)
    assert [run[told].precision for told in (DECLARED, BASELINES, BOTH)] == [1.0, 1.0, 1.0]
    assert run[SEEN].score > run[DECLARED].score > run[BOTH].score > run[ALL].score
    assert run[ALL].recall == 1.0


def test_stale_manifests_cost_precision_and_no_recall(town: Town) -> None:
    fresh, old = found(town, 0)[DECLARED], found(stale(town, 0), 0)[DECLARED]
    assert old.recall == fresh.recall
    assert 0.3 < old.precision < fresh.precision


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"NETPOL_CORPUS: there is no folder {CORPUS}")
@pytest.mark.parametrize("name", sorted(KNOWN))
def test_applications_that_declare_their_calls_have_them_all_named(name: str, tmp_path: Path) -> None:
    run = found(application(tmp_path / "flows", CORPUS / name), 1)
    assert run[SEEN].named == 0 < run[SEEN].cut == run[ALL].named
    assert run[DECLARED].named == (run[DECLARED].cut if name == "online-boutique" else 0)
    assert run[BASELINES].named > 0
