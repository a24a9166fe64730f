"""One answer about a Service with several workloads behind it, made of the answers about each of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from itertools import chain
from operator import and_

from workbench.connectivity.trace.answer import Answer
from workbench.ground import ALL_PORTS, PortSet

__all__ = ["joint_answer"]


def joint_answer(answers: Sequence[Answer], service: str) -> Answer:
    """Return the answer about all workloads behind a Service: what is allowed to each of them, and to some.

    Parameters
    ----------
    answers : sequence of Answer
        About each of the workloads: two or more. They may listen on different ports.
    service : str
        ``Service namespace/name``, as it was asked about.
    """
    name = f"{service.removeprefix('Service ')}[Service]"
    if answers[0].obstacle and len({answer.obstacle for answer in answers}) == 1:
        return replace(answers[0], dst=name)
    asked = PortSet.union_of(answer.asked for answer in answers)
    every = reduce(and_, (answer.connection | (asked - answer.asked) for answer in answers), ALL_PORTS)
    some = PortSet.union_of(answer.asked & (answer.connection | answer.in_part) for answer in answers)
    doubtful = PortSet.union_of(answer.asked & answer.in_part for answer in answers)
    return Answer(
        src=answers[0].src,
        dst=name,
        asked=asked,
        connection=every,
        verdicts=tuple(chain.from_iterable(answer.verdicts for answer in answers)),
        service=service,
        in_part=(some - every) | doubtful,
        notes=tuple(dict.fromkeys(chain.from_iterable(answer.notes for answer in answers))),
        parts=tuple(answers),
        origins=answers[0].origins,
    )
