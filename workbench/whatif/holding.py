"""Are connections allowed, or denied, as they are expected to be; and if not, who decides it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from workbench.connectivity import Decision, Effect, evaluate
from workbench.ground import ALL_PORTS, ArgumentError, NotFoundError, PortSet, WorkbenchError, first_of
from workbench.inventory import Cluster
from workbench.whatif.ends import Ends, ends_of, pairs_of
from workbench.whatif.failures import IN_FULL, Checked, Failure, Place

if TYPE_CHECKING:
    from workbench.connectivity import Answer, Connectivity, EndNames, Semantics

__all__ = [
    "SPELLING",
    "Wanted",
    "as_connectivity",
    "checked_connections",
    "places_of",
    "reasons_of",
    "verdict_lines",
]

Wanted: TypeAlias = Literal["allowed", "denied"]
SPELLING: Final = (
    "write a name as the map of connections has it, such as namespace/name, or an address: host names are not looked up"
)
"""What to do about a name that means nothing."""


_ALLOWING: Final = frozenset({Effect.ALLOWS, Effect.MAY_ALLOW})


class _Asked(NamedTuple):
    """A connection that is asked about; one port of a protocol, or several."""

    src: str
    dst: str
    ports: PortSet

    def __str__(self) -> str:
        """Return it as lists of connections write it."""
        ends = f"{self.src} -> {self.dst}"
        return ends if self.ports == ALL_PORTS else f"{ends} : {self.ports}"

    @property
    def edge(self) -> tuple[str, str, int, str] | None:
        """What it is as an edge, with the port and the protocol; None where it is about several ports."""
        (protocol, first, last), *others = self.ports.intervals
        return (self.src, self.dst, first, protocol) if first == last and not others else None


def as_connectivity(given: Cluster | Connectivity, semantics: Semantics | None = None) -> Connectivity:
    """Return the connectivity of a cluster; one that is known already is taken as it is.

    Parameters
    ----------
    given : Cluster or Connectivity
    semantics : Semantics, optional
    """
    if isinstance(given, Cluster):
        return evaluate(given) if semantics is None else evaluate(given, semantics=semantics)
    return given


def checked_connections(allowed: Connectivity, src: EndNames, dst: EndNames, ports: PortSet, wanted: Wanted) -> Checked:
    """Return which connections are not as they are wanted.

    A workload that a pattern chooses is not paired with itself. What is allowed in some cases only, or on some
    of the ports only, is neither allowed nor denied.

    Parameters
    ----------
    allowed : Connectivity
    src, dst : EndNames
        As `ends_of` takes them.
    ports : PortSet
        Each range of it is asked about alone; all ports are one question.
    wanted : {"allowed", "denied"}
    """
    senders, receivers = ends_of(allowed, src), ends_of(allowed, dst)
    unknown = {**_unknown(allowed, senders, of_senders=True), **_unknown(allowed, receivers, of_senders=False)}
    patterns = dict.fromkeys((*senders.strange, *receivers.strange))
    failures = [
        Failure(message, remedy=SPELLING, answered=False)
        for message in (*(f"no workload is called {one}" for one in patterns), *dict.fromkeys(unknown.values()))
    ]
    parts = list(_parts(ports))
    asked = [_Asked(*pair, part) for pair in pairs_of(allowed, senders, receivers) for part in parts]
    if not asked and not failures:
        failures = [Failure("there is no connection to ask about", remedy="name two workloads", answered=False)]
    known = [one for one in asked if not ((one.src, True) in unknown or (one.dst, False) in unknown)]
    return Checked(len(asked), "connection", (*failures, *_unlike(allowed, known, wanted)))


def _unknown(allowed: Connectivity, ends: Ends, *, of_senders: bool) -> dict[tuple[str, bool], str]:
    """Return why names mean nothing, by the name and whether it is a source's: asked once, and not for each pair."""
    anyone = next((peer.name for peer in allowed.workloads_named()), None)
    found = {}
    for name in ends.named if anyone is not None else ():
        try:
            allowed.query(*((name, anyone) if of_senders else (anyone, name)))
        except ArgumentError:
            continue  # no such question: each pair says so
        except NotFoundError as error:
            found[name, of_senders] = str(error)
    return found


def _parts(ports: PortSet) -> Iterator[PortSet]:
    if ports == ALL_PORTS:
        yield ports
    else:
        yield from (PortSet.of(*interval) for interval in ports.intervals)


def _unlike(allowed: Connectivity, asked: list[_Asked], wanted: Wanted) -> Iterator[Failure]:
    """Yield a failure for each connection that is not as wanted; many of single ports are asked about at once."""
    edges = {one: edge for one in asked if (edge := one.edge) is not None}
    words = dict(zip(edges, (one.verdict for one in allowed.verdicts(edges.values(), deciding=False)), strict=True))
    shown = 0
    for one in asked:
        if words.get(one) == wanted:
            continue
        if one in words and shown >= IN_FULL and words[one] is not None:
            yield Failure(f"{one} is {_in_words(words[one])}, and is to be {wanted}")
            continue
        failure = _failure(allowed, one, wanted)
        if failure is not None:
            shown += 1
            yield failure


def _in_words(word: str | None) -> str:
    return "allowed in part" if word == "partly" else str(word)


def _failure(allowed: Connectivity, one: _Asked, wanted: Wanted) -> Failure | None:
    try:
        answer = _answer(allowed, one)
    except WorkbenchError as error:
        return Failure(error.message, remedy=error.remedy, answered=False)
    if answer.verdict == wanted:
        return None
    return Failure(
        f"{one} is {_in_words(answer.verdict)}, and is to be {wanted}",
        (*_summary(answer), *verdict_lines(answer, answer.asked)),
        _remedy(answer, wanted),
        places_of(reasons_of(answer)),
    )


def _answer(allowed: Connectivity, one: _Asked) -> Answer:
    """Return the answer about a connection.

    Raises
    ------
    LookupError, ArgumentError
        As `Connectivity.query` raises them; also of a range of ports of a Service, which translates them one by one.
    """
    if one.edge is not None:
        return allowed.query(*one.edge)
    answer = allowed.query(one.src, one.dst)
    if one.ports == ALL_PORTS:
        return answer
    if answer.service:
        message = f"{answer.service} translates its ports one by one"
        raise ArgumentError(message, "name the ports, each alone")
    return replace(answer, asked=one.ports)


def _summary(answer: Answer) -> Iterator[str]:
    """Yield what a verdict in one word leaves out."""
    if answer.verdict == "partly" or answer.obstacle:
        yield answer.headline


def verdict_lines(answer: Answer, ports: PortSet) -> Iterator[str]:
    """Yield what each end says of some ports, and the policies and rules that decide, with their files and lines.

    Parameters
    ----------
    answer : Answer
    ports : PortSet
    """
    for part in answer.parts or (answer,):
        if answer.parts:
            yield part.headline
        yield from part.notes
        for verdict in part.verdicts:
            yield f"{verdict.direction.capitalize()} of {verdict.workload}: {verdict.state(ports)}"
            yield from (f"  - {_line(reason)}" for reason in verdict.reasons if _is_about(reason, ports))


def _is_about(decision: Decision, ports: PortSet) -> bool:
    return not decision.ports or bool(decision.ports & ports)


def _line(decision: Decision) -> str:
    (place,) = places_of([decision]) or (None,)
    return f"{decision} ({place})" if place is not None and place.file else str(decision)


def places_of(decisions: Iterable[Decision]) -> tuple[Place, ...]:
    """Return where the policies and rules of decisions stand, each once.

    Parameters
    ----------
    decisions : iterable of Decision
    """
    return tuple(dict.fromkeys(Place(one.ref, one.file, one.line) for one in decisions if one.ref))


def reasons_of(answer: Answer) -> list[Decision]:
    """Return what decides about the ports that were asked about.

    Parameters
    ----------
    answer : Answer
    """
    parts = answer.parts or (answer,)
    return [one for part in parts for end in part.verdicts for one in end.reasons if _is_about(one, part.asked)]


def _remedy(answer: Answer, wanted: Wanted) -> str:
    if answer.obstacle:
        return "policies have no part in that: look at the Service and at the workload"
    if wanted == "allowed":
        return _to_allow(answer)
    reasons = reasons_of(answer)
    if any(one.effect is Effect.ITSELF for one in reasons):
        return "a pod always reaches itself: leave it out of what is expected"
    allowing = dict.fromkeys(one.ref for one in reasons if one.ref and one.effect in _ALLOWING)
    if allowing:
        return f"narrow what is allowed by {first_of(list(allowing))}, or change what is expected"
    if any(one.ref for one in reasons):
        return "it is allowed in some cases only: name what is meant, such as one of the pods or ports"
    ends = [f"the {one.direction} of {one.workload}" for part in answer.parts or (answer,) for one in part.verdicts]
    return f"no policy is about it: add one that isolates {' or '.join(dict.fromkeys(ends))}"


def _to_allow(answer: Answer) -> str:
    closed = {
        f"the {verdict.direction} of {verdict.workload}": [reason.ref for reason in verdict.reasons if reason.ref]
        for part in answer.parts or (answer,)
        for verdict in part.verdicts
        if part.asked - verdict.ports
    }
    if not closed:
        return "it is allowed in some cases only: name what is meant, such as one of the pods or ports"
    policies = dict.fromkeys(ref for refs in closed.values() for ref in refs)
    where = f" in {first_of(list(policies))} or a policy beside it" if policies else ""
    return f"allow it for {' and '.join(closed)}{where}, or change what is expected"
