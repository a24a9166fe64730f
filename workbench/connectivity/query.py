"""May this end reach that one, on this port, and which policies and rules decide it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.connectivity.compile import Compiled
from workbench.connectivity.decisions import Decider
from workbench.connectivity.entrances import Entrances
from workbench.connectivity.frames import REASONS, make_frame
from workbench.connectivity.peers import INGRESS_CONTROLLER, Peer, WorkloadPeers
from workbench.connectivity.rulings import DEFAULT, Decision, Effect, Part
from workbench.inventory.targets import Target
from workbench.manifests.locate import field_line
from workbench.manifests.source import Source, field_path
from workbench.policy.addresses import AddressSet
from workbench.policy.ports import ALL_PORTS, NO_PORTS, PortSet
from workbench.policy.rules import Direction, Policy, Rule
from workbench.text import html_table, html_text, visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answer", "Explainer", "Reason", "Verdict"]

_ISOLATING = {Effect.OTHER_PORTS, Effect.NO_RULE}
_BOTH = (Direction.EGRESS, Direction.INGRESS)
_AMONG_PODS = "This is about its pods among each other; a pod always reaches its own address."
_RANK = {effect: int(effect in _ISOLATING) for effect in Effect}


@dataclass(frozen=True, slots=True)
class Reason:
    """One policy's part in a verdict, or that of an Ingress.

    Attributes
    ----------
    policy : Policy or None
        None for the default, which allows what nobody isolates, and for Ingresses and routes.
    rule : Rule or None
        None where the policy selects the subject and none of its rules matches.
    effect : {"allows", "denies", "passes", "isolates", "may allow"}
        ``may allow``: the rule's domain names may lead to the address, which nobody knows here.
    ports : PortSet
        What it decides; for ``isolates``, nothing.
    note : str
        More about why, in words.
    target : Target or None
        Where the Ingress or route leads that is the reason; None where the reason is none.
    """

    policy: Policy | None
    rule: Rule | None
    effect: str
    ports: PortSet
    note: str = ""
    target: Target | None = None

    @property
    def path(self) -> tuple[str | int, ...]:
        """Path of the rule in its policy, such as ``("spec", "ingress", 0)``, or of the backend; empty without."""
        if self.target is not None:
            return self.target.backend.path
        if self.rule is None:
            return ()
        # A network's rules are not written down: its whole spec is what says them.
        return ("spec",) if self.rule.index < 0 else ("spec", self.rule.direction.value, self.rule.index)

    @property
    def ref(self) -> str:
        """``Kind namespace/name`` of the policy, the Ingress or the route; empty for the default."""
        if self.target is not None:
            return self.target.ingress.ref
        return "" if self.policy is None else self.policy.ref

    @property
    def source(self) -> Source | None:
        """Where the policy, the Ingress or the route was read; None for the default."""
        if self.target is not None:
            return self.target.ingress.source
        return None if self.policy is None else self.policy.source

    def __str__(self) -> str:
        if self.target is not None:
            service = self.target.backend.service
            return f"{self.ref} sends {self.ports} through Service {service} by {field_path(self.path)}"
        if self.policy is None:
            return self.note
        if self.rule is None:
            return f"{self.policy.ref} isolates it, and none of its rules matches"
        if self.effect == "isolates":
            return f"{self.ref} isolates it, and {field_path(self.path)} matches, but not these ports"
        name = f" ({self.rule.name})" if self.rule.name else ""
        note = f": {self.note}" if self.note else ""
        return f"{self.policy.ref} {self.effect} {self.ports} by {field_path(self.path)}{name}{note}"


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
    service : str
        ``Service namespace/name``, where the question named one that leads to `dst`; else empty.
    notes : tuple of str
        What else there is to know about the answer, a sentence each.
    """

    src: str
    dst: str
    asked: PortSet
    connection: PortSet
    verdicts: tuple[Verdict, ...]
    service: str = ""
    notes: tuple[str, ...] = ()

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
        if self.service:
            lines.append(f"  {self.service} leads there{asked}.")
        lines.extend(f"  {note}" for note in self.notes)
        for verdict in self.verdicts:
            lines.append(
                f"  {verdict.direction.capitalize()} of {verdict.subject}: {_state(verdict.ports, self.asked)}"
            )
            lines.extend(f"    - {reason}" for reason in verdict.reasons)
        if asked:
            lines.append(f"  All that is allowed between the two: {self.connection}")
        return "\n".join(map(visible, lines))

    def explain(self) -> str:
        """Return the answer and its reasons as text."""
        return str(self)

    def _repr_html_(self) -> str:
        shown = ["direction", "subject", "verdict", "policy", "rule", "effect", "ports"]
        headline = str(self).splitlines()[0]
        return f"<p><b>{html_text(headline)}</b></p>{html_table(shown, self.to_frame()[shown].itertuples(index=False))}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per policy or rule that had a say; columns as in `frames.REASONS`."""
        rows = [
            {
                "direction": verdict.direction.value,
                "subject": verdict.subject,
                "verdict": _state(verdict.ports, self.asked),
                "policy": reason.ref,
                "rule": field_path(reason.path),
                "effect": reason.effect,
                "ports": str(reason.ports),
                "file": reason.source.file if reason.source else "",
                "line": field_line(reason.source, reason.path) if reason.source else None,
            }
            for verdict in self.verdicts
            for reason in verdict.reasons
        ]
        return make_frame(REASONS, rows)


class Explainer:
    """Finds the rules behind a pair, by hearing again those policies that select one of its ends."""

    def __init__(self, compiled: Compiled, workloads: WorkloadPeers, entrances: Entrances, decider: Decider) -> None:
        self._compiled = compiled
        self._decider = decider
        self._workloads = workloads
        self._entrances = entrances

    def within_pod(self, index: int, asked: PortSet) -> Answer:
        """Return that a pod of a workload peer reaches itself, which no policy can block."""
        name = self._name(index)
        reason = Reason(None, None, "allows", asked, "a pod always reaches its own address: no policy blocks that")
        verdicts = tuple(Verdict(direction, name, ALL_PORTS, (reason,)) for direction in _BOTH)
        return Answer(name, name, asked, ALL_PORTS, verdicts)

    def among_pods(self, index: int, asked: PortSet) -> Answer:
        """Return whether the pods of a workload peer may reach each other, and why."""
        return replace(self.answer(index, index, asked), notes=(_AMONG_PODS,))

    def answer(self, src: int | AddressSet | Peer, dst: int | AddressSet, asked: PortSet) -> Answer:
        """Return whether `src` may reach `dst`, and why.

        Parameters
        ----------
        src, dst : int, AddressSet or Peer
            Index of a workload peer; or addresses, of which all must be reached; or
            `INGRESS_CONTROLLER`. At least one of the two is a workload.
        asked : PortSet
            The ports that the question is about; reasons are given for these only.
        """
        verdicts: list[Verdict] = []
        names = [self._name(end) for end in (src, dst)]
        if isinstance(src, Peer) and isinstance(dst, int):
            verdicts.append(self._entrance(dst, asked))
        for direction, subject, name, other in zip(_BOTH, (src, dst), names, (dst, src), strict=True):
            columns = self._columns(direction, other)
            if isinstance(subject, int) and columns:
                row = int(self._workloads.class_of[subject])
                verdicts.append(self._verdict(direction, row, columns, name, asked))
        connection = ALL_PORTS
        for verdict in verdicts:
            connection &= verdict.ports
        return Answer(names[0], names[1], asked, connection, tuple(verdicts))

    def _name(self, end: int | AddressSet | Peer) -> str:
        if isinstance(end, int):
            end = self._workloads.peers[end]
        return end.name if isinstance(end, Peer) else str(end)

    def _columns(self, direction: Direction, end: int | AddressSet | Peer) -> list[int]:
        """Return the columns of `end`; none for an ingress controller that nothing leads in through."""
        classes = self._compiled.classes
        if isinstance(end, Peer):
            return [] if classes.controller is None else [classes.controller]
        if isinstance(end, AddressSet):
            return [len(classes) + atom for atom in self._compiled.externals[direction].atoms_touching(end)]
        return [int(self._workloads.class_of[end])]

    def _entrance(self, dst: int, asked: PortSet) -> Verdict:
        """Return what Ingresses and routes send to a workload peer, and which of them."""
        sent = self._entrances.sent(dst)
        reasons = [
            Reason(None, None, "allows", target.ports & asked, target=target)
            for target in self._entrances.targets.get(dst, ())
            if target.ports & asked
        ]
        if rest := asked - sent:
            where = "to other ports of it" if rest != asked else "to it" if asked == ALL_PORTS else "there"
            note = f"no Ingress, Route, HTTPRoute or GRPCRoute leads {where}"
            reasons.append(Reason(None, None, "denies", rest, note))
        return Verdict(Direction.EGRESS, INGRESS_CONTROLLER.name, sent, tuple(reasons))

    def _verdict(self, direction: Direction, row: int, columns: list[int], subject: str, asked: PortSet) -> Verdict:
        """Return what the class `row` permits towards all of the ends `columns`, and why.

        Where the ends differ, the reasons are those of the first that is denied something asked.
        """
        compiled = self._compiled
        permitted = [compiled.masks.ports(compiled.mask(direction, row, column)) for column in columns]
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
            note = f"if it is an address of {' or '.join(decision.domain_names)}" if decision.domain_names else ""
            yield Reason(decision.policy, decision.rule, decision.effect.value, ports, note)
    if by_default:
        others = "else " if by_default != asked else ""
        note = f"no policy selects it for {direction}, so everything {others}is allowed"
        yield Reason(None, None, "allows", by_default, note)


def _state(ports: PortSet, asked: PortSet) -> str:
    if not asked - ports:
        return "allowed"
    return "partly" if asked & ports else "denied"
