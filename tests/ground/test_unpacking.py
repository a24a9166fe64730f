"""No more comes out of a file than is allowed; what is damaged or too much is refused, or read up to there."""

from __future__ import annotations

import gzip
import io
from typing import Final, get_args

import pytest

from workbench.ground import Budget, Plain, TooLargeError, limited, unpacked
from workbench.ground.unpacking import AtFault, DamagedError

TEXT: Final = b"".join(b"%08d\n" % number for number in range(20_000))
PACKED: Final = gzip.compress(TEXT, mtime=0)
PLENTY: Final = 1 << 30


@pytest.mark.parametrize("at_fault", get_args(AtFault))
def test_exactly_as_much_as_is_allowed_is_read_whatever_is_done_beyond(at_fault: AtFault) -> None:
    for stream in (
        limited(io.BytesIO(TEXT), Budget(len(TEXT)), at_fault),
        unpacked(Plain.of(PACKED), Budget(len(TEXT)), at_fault),
    ):
        assert stream.read() == TEXT
        assert stream.fault == ""


@pytest.mark.parametrize("allowed", [0, 1, 65_535, 65_536, 65_537, len(TEXT) - 1])
def test_what_is_larger_is_refused_or_read_up_to_what_is_allowed(allowed: int) -> None:
    with pytest.raises(TooLargeError):
        limited(io.BytesIO(TEXT), Budget(allowed), "refuse").read()
    with pytest.raises(TooLargeError):
        unpacked(Plain.of(PACKED), Budget(allowed), "refuse").read()
    for stream in (
        limited(io.BytesIO(TEXT), Budget(allowed), "read-up-to"),
        unpacked(Plain.of(PACKED), Budget(allowed), "read-up-to"),
    ):
        assert stream.read() == TEXT[:allowed]
        assert stream.fault == f"it unpacks to more than {allowed:,} bytes, which is the limit: the rest is not read"


def test_what_is_allowed_can_be_read_before_it_is_refused() -> None:
    stream = limited(io.BytesIO(TEXT), Budget(100), "refuse")
    assert stream.ahead(50) == TEXT[:50]
    assert stream.read(100) == TEXT[:100]
    with pytest.raises(TooLargeError):
        stream.read(1)


@pytest.mark.parametrize(
    "packed, why",
    [
        pytest.param(PACKED[: len(PACKED) // 2], "cut off", id="cut off"),
        pytest.param(PACKED[:-1], "cut off", id="cut off at its very end"),
        pytest.param(PACKED[:-8] + b"\0" * 8, "damaged", id="another checksum"),
        pytest.param(PACKED + b"more", "damaged", id="something else behind it"),
    ],
)
def test_what_is_damaged_is_refused_or_read_up_to_there(packed: bytes, why: str) -> None:
    with pytest.raises(DamagedError, match=why):
        unpacked(Plain.of(packed), Budget(PLENTY), "refuse").read()
    stream = unpacked(Plain.of(packed), Budget(PLENTY), "read-up-to")
    found = stream.read()
    assert found
    assert TEXT.startswith(found)
    assert why in stream.fault


def test_members_behind_each_other_and_padding_are_one_text() -> None:
    packed = PACKED + b"\0" * 512 + PACKED + b"\0" * 7
    assert unpacked(Plain.of(packed), Budget(PLENTY), "refuse").read() == TEXT * 2


def test_it_is_unpacked_so_many_times_as_is_said_and_all_of_it_counts() -> None:
    twice = gzip.compress(PACKED, mtime=0)
    assert unpacked(Plain.of(twice), Budget(PLENTY), "refuse").read() == PACKED
    assert unpacked(Plain.of(twice), Budget(PLENTY), "refuse", times=2).read() == TEXT
    assert unpacked(Plain.of(twice), Budget(len(TEXT) + len(PACKED)), "refuse", times=2).read() == TEXT
    with pytest.raises(TooLargeError):
        unpacked(Plain.of(twice), Budget(len(TEXT) + len(PACKED) - 1), "refuse", times=2).read()


def test_several_streams_share_what_is_allowed() -> None:
    budget = Budget(150)
    assert limited(io.BytesIO(TEXT[:100]), budget, "refuse").read() == TEXT[:100]
    assert limited(io.BytesIO(TEXT[:100]), budget, "read-up-to").read() == TEXT[:50]
    with pytest.raises(TooLargeError):
        budget.check(1)
