"""May this end reach that one, on this port, and which policies and rules decide it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.connectivity.compile import Compiled
from workbench.connectivity.decisions import Decider
from workbench.connectivity.frames import REASONS
from workbench.connectivity.peers import WorkloadPeers
from workbench.connectivity.rulings import DEFAULT, Decision, Effect, Part
from workbench.manifests.locate import field_line
from workbench.manifests.source import field_path
from workbench.policy.addresses import AddressSet
from workbench.policy.ports import ALL_PORTS, NO_PORTS, PortSet
from workbench.policy.rules import Direction, Policy, Rule

__all__ = ["Answer", "Explainer", "Reason", "Verdict"]

_ISOLATING = {Effect.OTHER_PORTS, Effect.NO_RULE}
_RANK = {effect: int(effect in _ISOLATING) for effect in Effect}


@dataclass(frozen=True, slots=True)
class Reason:
    """One policy's part in a verdict.

    Attributes
    ----------
    policy : Policy or None
        None for the default, which allows what nobody isolates.
    rule : Rule or None
        None where the policy selects the subject and none of its rules selects the other end.
    effect : {"allows", "denies", "passes", "isolates"}
    ports : PortSet
        What it decides; for ``isolates``, nothing.
    note : str
        More about why, in words.
    """

    policy: Policy | None
    rule: Rule | None
    effect: str
    ports: PortSet
    note: str = ""

    @property
    def path(self) -> tuple[str | int, ...]:
        """Path of the rule in its policy, such as ``("spec", "ingress", 0)``; empty without a rule."""
        return () if self.rule is None else ("spec", self.rule.direction.value, self.rule.index)

    def __str__(self) -> str:
        if self.policy is None:
            return self.note
        if self.rule is None:
            return f"{self.policy.ref} isolates it, and none of its rules matches"
        if self.effect == "isolates":
            return f"{self.policy.ref} isolates it, and {field_path(self.path)} matches, but not these ports"
        name = f" ({self.rule.name})" if self.rule.name else ""
        return f"{self.policy.ref} {self.effect} {self.ports} by {field_path(self.path)}{name}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one end permits: the egress of a source, or the ingress of a destination."""

    direction: Direction
    subject: str
    ports: PortSet
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to "may `src` reach `dst`".

    Attributes
    ----------
    src, dst : str
        Names of the ends, as the map prints them; addresses as asked.
    asked : PortSet
        The ports that the question was about; all, where none was named.
    connection : PortSet
        Everything that is allowed between the two.
    verdicts : tuple of Verdict
        For each end that is a workload: what it permits, and why.
    """

    src: str
    dst: str
    asked: PortSet
    connection: PortSet
    verdicts: tuple[Verdict, ...]

    @property
    def allowed(self) -> bool:
        """Whether everything that was asked about is allowed."""
        return not self.asked - self.connection

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        """Return the answer and its reasons as a few lines of text."""
        asked = "" if self.asked == ALL_PORTS else f" on {self.asked}"
        if self.asked == ALL_PORTS and self.connection and not self.allowed:
            first = f"{self.src} may reach {self.dst}, but only on {self.connection}."
        else:
            first = f"{self.src} {'may' if self.allowed else 'may not'} reach {self.dst}{asked}."
        lines = [first]
        for verdict in self.verdicts:
            lines.append(
                f"  {verdict.direction.capitalize()} of {verdict.subject}: {_state(verdict.ports, self.asked)}"
            )
            lines.extend(f"    - {reason}" for reason in verdict.reasons)
        if asked:
            lines.append(f"  All that is allowed between the two: {self.connection}")
        return "\n".join(lines)

    def explain(self) -> str:
        """Return the answer and its reasons as text."""
        return str(self)

    def _repr_html_(self) -> str:
        frame = self.to_frame()[["direction", "subject", "verdict", "policy", "rule", "effect", "ports"]]
        headline = str(self).splitlines()[0]
        return f"<p><b>{_escape(headline)}</b></p>{frame.to_html(index=False)}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per policy or rule that had a say; columns as in `frames.REASONS`."""
        rows = [
            {
                "direction": verdict.direction.value,
                "subject": verdict.subject,
                "verdict": _state(verdict.ports, self.asked),
                "policy": "" if reason.policy is None else reason.policy.ref,
                "rule": field_path(reason.path),
                "effect": reason.effect,
                "ports": str(reason.ports),
                "file": "" if reason.policy is None else reason.policy.source.file,
                "line": None if reason.policy is None else field_line(reason.policy.source, reason.path),
            }
            for verdict in self.verdicts
            for reason in verdict.reasons
        ]
        return pd.DataFrame(rows, columns=list(REASONS)).astype(dict(REASONS))


class Explainer:
    """Finds the rules behind a pair, by hearing again those policies that select one of its ends."""

    def __init__(self, compiled: Compiled, decider: Decider) -> None:
        self._compiled = compiled
        self._decider = decider

    def answer(self, src: int | AddressSet, dst: int | AddressSet, asked: PortSet, workloads: WorkloadPeers) -> Answer:
        """Return whether `src` may reach `dst`, and why.

        Parameters
        ----------
        src, dst : int or AddressSet
            Index of a workload peer; or addresses, of which all must be reached. At least one of
            the two is a workload.
        asked : PortSet
            The ports that the question is about; reasons are given for these only.
        """
        verdicts: list[Verdict] = []
        names = [str(end) if isinstance(end, AddressSet) else workloads.peers[end].name for end in (src, dst)]
        for direction, subject, name, other in (
            (Direction.EGRESS, src, names[0], dst),
            (Direction.INGRESS, dst, names[1], src),
        ):
            if not isinstance(subject, AddressSet):
                row = int(workloads.class_of[subject])
                columns = self._columns(direction, other, workloads)
                verdicts.append(self._verdict(direction, row, columns, name, asked))
        connection = ALL_PORTS
        for verdict in verdicts:
            connection &= verdict.ports
        return Answer(names[0], names[1], asked, connection, tuple(verdicts))

    def _columns(self, direction: Direction, end: int | AddressSet, workloads: WorkloadPeers) -> list[int]:
        if isinstance(end, AddressSet):
            first = len(self._compiled.classes)
            return [first + atom for atom in self._compiled.externals[direction].atoms_touching(end)]
        return [int(workloads.class_of[end])]

    def _verdict(self, direction: Direction, row: int, columns: list[int], subject: str, asked: PortSet) -> Verdict:
        """Return what the class `row` permits towards all of the ends `columns`, and why.

        Where the ends differ, the reasons are those of the first that is denied something asked.
        """
        compiled = self._compiled
        permitted = [compiled.masks.ports(compiled.sides[direction].mask(row, column)) for column in columns]
        ports = ALL_PORTS
        for found in permitted:
            ports &= found
        denied = [column for column, found in zip(columns, permitted, strict=True) if asked - found]
        parts = self._decider.parts(direction, row, (denied or columns)[0])
        return Verdict(direction, subject, ports, tuple(_reasons(parts, asked, direction)))


def _reasons(parts: Sequence[Part], asked: PortSet, direction: Direction) -> Iterator[Reason]:
    """Yield each decision about `asked` once: those of the admin tier, of policies that allow, the others."""
    decided: dict[Decision, PortSet] = {}
    by_default = NO_PORTS
    for ports, ruling in parts:
        here = ports & asked
        for decision in ruling.decisions if here else ():
            decided[decision] = decided.get(decision, NO_PORTS) | here
        if ruling.allowed and (not ruling.decisions or DEFAULT in ruling.decisions):
            by_default |= here
    heard = {decision.policy and decision.policy.ref for decision in decided if decision.effect is Effect.ALLOWS}
    for decision, ports in sorted(decided.items(), key=lambda item: _RANK[item[0].effect]):
        if decision.effect is Effect.HOST_NETWORK:
            yield Reason(None, None, "allows", ports, "it is on the host's network, where policies do not apply")
        elif decision.effect in _ISOLATING:
            if decision.policy is not None and decision.policy.ref not in heard:
                yield Reason(decision.policy, decision.rule, "isolates", NO_PORTS)
        elif decision is not DEFAULT:
            yield Reason(decision.policy, decision.rule, decision.effect.value, ports)
    if by_default:
        others = "else " if by_default != asked else ""
        note = f"no policy selects it for {direction}, so everything {others}is allowed"
        yield Reason(None, None, "allows", by_default, note)


def _state(ports: PortSet, asked: PortSet) -> str:
    if not asked - ports:
        return "allowed"
    return "partly" if asked & ports else "denied"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
