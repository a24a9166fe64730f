"""Making many values at once leaves the garbage collector as it was, and does not hand it all of them as new."""

from __future__ import annotations

import gc

import pytest

from workbench.manifests.bulk import many_values


@pytest.fixture(autouse=True)
def collector() -> None:
    gc.collect()
    gc.enable()


def test_the_collector_rests_meanwhile_and_goes_on_afterwards() -> None:
    with many_values():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_was_made_counts_as_old() -> None:
    with many_values():
        made = [[number] for number in range(10_000)]
    young = {id(one) for generation in (0, 1) for one in gc.get_objects(generation)}
    assert not any(id(one) in young for one in made)


def test_what_somebody_froze_stays_frozen() -> None:
    witness: list[int] = []
    gc.freeze()
    try:
        with many_values():
            pass
        assert not any(one is witness for one in gc.get_objects())  # which lists nothing that is frozen
    finally:
        gc.unfreeze()
    assert any(one is witness for one in gc.get_objects())


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with many_values():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
