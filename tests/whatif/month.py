"""A made-up month of a small cluster, and what was seen in it; a second opinion says what becomes of each flow.

Pods come, go and get other labels, addresses are used again, namespaces appear, and policies change. The second opinion
shares nothing with the workbench: it looks up who had an address at the time, and applies the policies of that time,
then those with the change, one packet at a time (`tests.connectivity.naive`).
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml

from tests.connectivity.naive import NaiveEvaluator, Packet
from workbench.flows import Flows, TableMapping, load_flows
from workbench.inventory import load_manifests
from workbench.whatif import History, Simulator

Json = dict[str, Any]
START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 30
APPS = ("web", "api", "db", "cache")
TIERS = ("front", "back")
PORTS = (80, 443, 5432)
PROTOCOLS = ("TCP", "UDP")
OUTSIDE = ("203.0.113.7", "198.51.100.9", "2001:db8::7")
BLOCKS = ("203.0.113.0/24", "198.51.100.0/25", "0.0.0.0/0", "2001:db8::/48")
NEVER_USED = "10.9.9.9"
"""An address of no pod at any time."""
MAPPING = TableMapping(
    columns={
        "time_start": "when",
        "source_address": "from",
        "destination_address": "to",
        "destination_port": "port",
        "network_transport": "protocol",
        "verdict": "verdict",
    },
    source_is_client=True,
)


class Moment(NamedTuple):
    """All manifests from a time on."""

    time: datetime
    manifests: list[Json]


class SeenFlow(NamedTuple):
    """A row of the recording; ends are addresses."""

    time: datetime | None
    src: str
    dst: str
    port: int
    protocol: str


Row = tuple[str, str, str, int, str, str]
"""Source, destination, protocol, port, verdict and doubt."""


@dataclass
class Month:
    """A month that a seed makes up.

    Attributes
    ----------
    seed : int
    changes : int
        How many times something changes.
    """

    seed: int
    changes: int = 40
    moments: list[Moment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311  (a made-up cluster, no secret)
        self.namespaces: dict[str, Json] = {}
        self.pods: dict[str, Json] = {}
        self.policies: dict[str, Json] = {}
        self.free = [f"10.0.0.{number}" for number in range(1, 13)]
        self.born = 0
        for _ in range(3):
            self._add_namespace()
        time = START + timedelta(days=1)
        for _ in range(8):
            self._add_pod(time)
        for _ in range(3):
            self._add_policy()
        step = timedelta(days=DAYS - 1) / self.changes
        self._keep(time)
        for number in range(1, self.changes):
            time = START + timedelta(days=1) + number * step
            for _ in range(self.random.randint(1, 3)):
                self._change(time)
            self._keep(time)

    # --- the cluster ----------------------------------------------------------------------------------

    def _change(self, time: datetime) -> None:
        actions = (
            (self._add_namespace, 1),
            (lambda: self._add_pod(time), 3),
            (self._remove_pod, 3),
            (lambda: self._replace_pod(time), 3),
            (self._relabel_pod, 3),
            (self._relabel_namespace, 1),
            (self._add_policy, 3),
            (self._remove_policy, 2),
        )
        self.random.choices([one for one, _ in actions], [weight for _, weight in actions])[0]()

    def _add_namespace(self) -> None:
        name = f"ns-{len(self.namespaces)}"
        labels = {"kubernetes.io/metadata.name": name, "team": self.random.choice(("red", "blue"))}
        self.namespaces[name] = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": labels},
        }

    def _relabel_namespace(self) -> None:
        name = self.random.choice(sorted(self.namespaces))
        old = self.namespaces[name]
        labels = {**old["metadata"]["labels"], "team": self.random.choice(("red", "blue", "green"))}
        self.namespaces[name] = {**old, "metadata": {**old["metadata"], "labels": labels}}

    def _labels(self) -> dict[str, str]:
        return {"app": self.random.choice(APPS), "tier": self.random.choice(TIERS)}

    def _add_pod(self, time: datetime) -> None:
        if not self.free:
            return
        address = self.free.pop(self.random.randrange(len(self.free)))
        self.born += 1
        name, namespace = f"pod-{self.born}", self.random.choice(sorted(self.namespaces))
        self.pods[name] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "labels": self._labels(),
                "creationTimestamp": time.isoformat().replace("+00:00", "Z"),
            },
            "spec": {"containers": [{"name": "main", "image": "i"}]},
            "status": {"podIP": address, "podIPs": [{"ip": address}], "phase": "Running"},
        }

    def _remove_pod(self) -> str:
        if len(self.pods) < 3:
            return ""
        gone = self.pods.pop(self.random.choice(sorted(self.pods)))
        self.free.append(gone["status"]["podIP"])
        return str(gone["status"]["podIP"])

    def _replace_pod(self, time: datetime) -> None:
        """Let another pod have the address of one that goes."""
        address = self._remove_pod()
        if address:
            self.free, kept = [address], [one for one in self.free if one != address]
            self._add_pod(time)
            self.free += kept

    def _relabel_pod(self) -> None:
        name = self.random.choice(sorted(self.pods))
        old = self.pods[name]
        self.pods[name] = {**old, "metadata": {**old["metadata"], "labels": self._labels()}}

    def _add_policy(self) -> None:
        policy = self.policy(f"policy-{self.random.randrange(6)}")
        self.policies[f"{policy['metadata']['namespace']}/{policy['metadata']['name']}"] = policy

    def _remove_policy(self) -> None:
        if self.policies:
            del self.policies[self.random.choice(sorted(self.policies))]

    def policy(self, name: str) -> Json:
        """Return a policy at random."""
        chance = self.random
        types = chance.choice((["Ingress"], ["Egress"], ["Ingress", "Egress"]))
        spec: Json = {"podSelector": self._selector(), "policyTypes": types}
        for kind, side in (("Ingress", "from"), ("Egress", "to")):
            if kind in types and chance.random() < 0.8:
                spec[kind.lower()] = [self._rule(side) for _ in range(chance.randint(0, 2))]
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": chance.choice(sorted(self.namespaces))},
            "spec": spec,
        }

    def _selector(self) -> Json:
        labels = self.random.choice(({}, {"app": self.random.choice(APPS)}, {"tier": self.random.choice(TIERS)}))
        return {"matchLabels": labels} if labels else {}

    def _rule(self, side: str) -> Json:
        rule: Json = {}
        if self.random.random() < 0.9:
            rule[side] = [self._peer() for _ in range(self.random.randint(1, 2))]
        if self.random.random() < 0.7:
            rule["ports"] = [{"port": self.random.choice(PORTS), "protocol": self.random.choice(PROTOCOLS)}]
        return rule

    def _peer(self) -> Json:
        kind = self.random.randrange(4)
        if kind == 0:
            return {"ipBlock": {"cidr": self.random.choice(BLOCKS)}}
        if kind == 1:
            return {"podSelector": self._selector()}
        team = {"matchLabels": {"team": self.random.choice(("red", "blue", "green"))}}
        return {"namespaceSelector": team} if kind == 2 else {"namespaceSelector": {}, "podSelector": self._selector()}

    def _keep(self, time: datetime) -> None:
        self.moments.append(Moment(time, [*self.namespaces.values(), *self.pods.values(), *self.policies.values()]))

    @cached_property
    def history(self) -> History:
        return History.of((one.time, load_manifests(yaml.safe_dump_all(one.manifests))) for one in self.moments)

    def change(self) -> tuple[list[Json], list[str]]:
        """Return policies that are added or modified, and those that are deleted."""
        there = {f"NetworkPolicy {key}" for key in self.policies}
        removed = ["NetworkPolicy ns-0/policy-1", "NetworkPolicy ns-1/policy-2"]
        return [self.policy("policy-0"), self.policy("new")], [one for one in removed if one in there]

    # --- what was seen --------------------------------------------------------------------------------

    def seen(self, count: int) -> list[SeenFlow]:
        """Return rows of a recording, of all times, and a few of none."""
        return [self._seen_flow() for _ in range(count)]

    def _seen_flow(self) -> SeenFlow:
        chance = self.random
        time = START + timedelta(microseconds=chance.randrange(int(timedelta(days=DAYS) / timedelta(microseconds=1))))
        moment = self.at(time)
        pods = [one["status"]["podIP"] for one in moment.manifests if one["kind"] == "Pod"] if moment else ["10.0.0.1"]
        ends: list[str] = [
            chance.choice(pods),
            chance.choice([*pods * 3, *OUTSIDE, f"10.0.0.{chance.randint(1, 12)}", NEVER_USED]),
        ]
        chance.shuffle(ends)
        known = None if chance.random() < 0.01 else time
        return SeenFlow(known, ends[0], ends[1], chance.choice(PORTS), chance.choice(PROTOCOLS))

    def at(self, time: datetime) -> Moment | None:
        place = bisect_right([one.time for one in self.moments], time)
        return self.moments[place - 1] if place else None

    def flows(self, folder: Path, seen: list[SeenFlow]) -> Flows:
        """Return what was seen as it is read from a table that knows addresses alone."""
        file = folder / "month.csv"
        with file.open("w", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(["when", "from", "to", "port", "protocol", "verdict"])
            for one in seen:
                verdict = "denied" if self._before(one) is False else "allowed"
                when = one.time.isoformat() if one.time else ""
                rows.writerow([when, one.src, one.dst, one.port, one.protocol.lower(), verdict])
        return load_flows(file, mapping=MAPPING)

    def _before(self, one: SeenFlow) -> bool | None:
        moment = None if one.time is None else self.at(one.time)
        return None if moment is None else self._allowed(moment.manifests, one)

    # --- the second opinion -----------------------------------------------------------------------------

    def expected(self, seen: list[SeenFlow], change: list[Json], removed: list[str]) -> Counter[Row]:
        """Return how many flows there are of each end, port and verdict."""
        found: Counter[Row] = Counter()
        for one in seen:
            found[self._row(one, change, removed)] += 1
        return found

    def _row(self, one: SeenFlow, change: list[Json], removed: list[str]) -> Row:
        moment = None if one.time is None else self.at(one.time)
        if moment is None:
            return ("", "", "", 0, "uncertain", "no-moment")
        ends = [self._name(moment, address) for address in (one.src, one.dst)]
        before = self._allowed(moment.manifests, one)
        if before is None:
            return (*ends, one.protocol, one.port, "uncertain", "unresolved")  # type: ignore[return-value]
        after = self._allowed(self.changed(moment, change, removed), one)
        verdict = {(True, True): "kept", (True, False): "cut", (False, True): "opened", (False, False): "still-denied"}
        return (*ends, one.protocol, one.port, verdict[before, bool(after)], "")  # type: ignore[return-value]

    def changed(self, moment: Moment, change: list[Json], removed: list[str]) -> list[Json]:
        """Return the manifests of a moment with the change; kept as one list for each, so that answers are kept."""
        key = id(moment)
        if key not in self._changed:
            names = {(m["metadata"]["namespace"], m["metadata"]["name"]) for m in change}
            gone = names | {(*one.split(" ")[1].split("/"),) for one in removed}
            kept = [
                m
                for m in moment.manifests
                if m["kind"] != "NetworkPolicy" or (m["metadata"]["namespace"], m["metadata"]["name"]) not in gone
            ]
            self._changed[key] = [*kept, *change]
        return self._changed[key]

    @cached_property
    def used(self) -> set[str]:
        """The addresses that pods have at any time."""
        return {address for moment in self.moments for address in _pods(moment.manifests)}

    @cached_property
    def _changed(self) -> dict[int, list[Json]]:
        return {}

    def _name(self, moment: Moment, address: str) -> str:
        pod = _pods(moment.manifests).get(address)
        return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}[Pod]" if pod else address

    def _allowed(self, manifests: list[Json], one: SeenFlow) -> bool | None:
        """Tell whether policies let a flow pass; None where an end is nobody that is known at that time."""
        pods = self._known(manifests)
        ends: list[Json | str] = []
        for address in (one.src, one.dst):
            if address in pods[1]:
                ends.append(pods[1][address])
            elif address in self.used:
                return None  # it is a pod's at another time
            else:
                ends.append(address)
        if ends[0] is ends[1]:
            return True
        if all(isinstance(end, str) for end in ends):
            return None  # policies have no say
        return pods[0].allowed(Packet(ends[0], ends[1], one.protocol, one.port))

    def _known(self, manifests: list[Json]) -> tuple[NaiveEvaluator, dict[str, Json]]:
        key = id(manifests)
        if key not in self._evaluators:
            self._evaluators[key] = NaiveEvaluator(manifests), _pods(manifests)
        return self._evaluators[key]

    @cached_property
    def _evaluators(self) -> dict[int, tuple[NaiveEvaluator, dict[str, Json]]]:
        return {}


def _pods(manifests: list[Json]) -> dict[str, Json]:
    return {one["status"]["podIP"]: one for one in manifests if one["kind"] == "Pod"}


def difference(seed: int, changes: int, count: int, folder: Path) -> tuple[Counter[Row], Counter[Row]]:
    """Return what becomes of the flows of a month, as the workbench says it and as the second opinion does."""
    month = Month(seed, changes=changes)
    seen = month.seen(count)
    flows = month.flows(folder, seen)
    change, removed = month.change()
    now = load_manifests(yaml.safe_dump_all(month.moments[-1].manifests))
    found = Simulator(now, flows, history=month.history).simulate(yaml.safe_dump_all(change), remove=removed)
    return counted(found.flows().to_dict("records")), month.expected(seen, change, removed)


def counted(rows: Iterable[Mapping[Any, Any]]) -> Counter[Row]:
    """Return rows of `Simulation.flows` as the second opinion counts them; of those without a moment, their number."""
    found: Counter[Row] = Counter()
    for row in rows:
        if row["doubt"] == "no-moment":
            key: Row = ("", "", "", 0, "uncertain", "no-moment")
        else:
            key = (row["src"], row["dst"], row["protocol"], int(row["port"]), row["verdict"], row["doubt"])
        found[key] += int(row["flows"])
    return found
