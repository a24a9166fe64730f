"""What happens in the shop on four days of November: pods, and who talks to whom, made up with a fixed seed.

`record.py` writes it down in the formats of many tools.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from workbench import load_manifests
from workbench.inventory import ContainerPort

SHOP = Path(__file__).parent.parent / "shop"
START = datetime(2026, 11, 17, tzinfo=UTC)
DAYS = 3
"""What happens on the day after these stands in a recording of its own."""
NODES = {"node-a": "192.168.10.11", "node-b": "192.168.10.12", "node-c": "192.168.10.13"}
SAFE = "bcdfghjklmnpqrstvwxz2456789"
"""What Kubernetes makes names of."""
BUSY_HOURS = range(8, 20)


class Pod(NamedTuple):
    """A pod, or a host outside, whose namespace and name are empty."""

    namespace: str
    workload: str
    kind: str
    name: str
    ip: str
    node: str
    labels: Mapping[str, str]
    ports: tuple[ContainerPort, ...] = ()

    @property
    def replica_set(self) -> str:
        """Name of the object that owns the pod directly, such as a Deployment's ReplicaSet."""
        return self.name.rpartition("-")[0]


class Connection(NamedTuple):
    """A connection that was tried: `start`, ends, server port, and what the policies did."""

    start: datetime
    client: Pod
    server: Pod
    transport: str
    client_port: int
    port: int
    denied_by: str
    """``ingress`` or ``egress`` of the policy that denied it; empty if it came about."""
    sent: int
    received: int


class Question(NamedTuple):
    """A question to a name server before a connection, which was answered at once."""

    start: datetime
    client: Pod
    server: Pod
    client_port: int
    name: str
    address: str


class Habit(NamedTuple):
    """Who talks to whom, and how often on a day; workloads as ``namespace/name``, others are addresses."""

    client: str
    server: str
    port: int
    daily: int
    transport: str = "tcp"
    denied_by: str = ""
    always: bool = False
    """Around the clock, and not just in business hours."""


HABITS = (
    Habit("203.0.113.77", "platform/gateway", 8443, 24),
    Habit("198.51.100.200", "platform/gateway", 8443, 12),
    Habit("platform/gateway", "storefront/web", 8080, 30),
    Habit("storefront/web", "storefront/catalog", 8080, 20),
    Habit("storefront/web", "storefront/session-cache", 6379, 20),
    Habit("storefront/web", "orders/cart", 8080, 14),
    Habit("orders/cart", "orders/checkout", 9090, 8),
    Habit("orders/cart", "orders/db", 5432, 8),
    Habit("orders/checkout", "orders/db", 5432, 8),
    Habit("orders/checkout", "orders/queue", 5672, 8),
    Habit("orders/checkout", "payments/api", 8443, 8),
    Habit("payments/api", "payments/fraud", 9090, 8),
    Habit("payments/api", "payments/db", 5432, 8),
    Habit("payments/api", "198.51.100.10", 443, 6),
    Habit("orders/fulfilment", "orders/queue", 5672, 6),
    Habit("orders/fulfilment", "203.0.113.20", 443, 4),
    Habit("orders/fulfilment", "platform/mailer", 2525, 4),
    Habit("platform/mailer", "192.0.2.80", 25, 4),
    Habit("storefront/catalog", "storefront/search", 9200, 10, denied_by="ingress"),
    Habit("orders/checkout", "kube-system/coredns", 53, 8, "udp", "egress"),
    Habit("storefront/web", "kube-system/coredns", 53, 10, "udp"),
    Habit("platform/prometheus", "storefront/web", 9102, 24, always=True),
    Habit("platform/prometheus", "storefront/catalog", 9102, 24, always=True),
    Habit("platform/prometheus", "orders/queue", 15692, 24, always=True),
)
SCANNED = (21, 22, 80, 443, 1433, 3306, 5432, 6379, 8080, 9200)
"""Ports that are tried where something was broken into; databases answer on one of them."""
NEW_HABITS = (
    Habit("orders/fulfilment", "orders/db", 5432, 4),
    Habit("payments/fraud", "203.0.113.150", 443, 5),
    Habit("payments/api", "198.51.100.60", 443, 2),
)
"""What happens on the next day for the first time, and is meant to."""

NAMES = {
    "198.51.100.10": "acquirer.example",
    "203.0.113.20": "parcels.carrier.example",
    "192.0.2.80": "relay.mail.example",
    "192.0.2.20": "files.bank.example",
    "203.0.113.150": "history.scores.example",
    "198.51.100.60": "acquirer.example",
}
"""What the addresses outside are called that pods connect to."""
LIFETIME = timedelta(minutes=5)
"""For how long a pod keeps an answer."""


class Shop:
    """The pods of the shop, and its traffic; the same seed gives the same."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311  (made up, no secret)
        self._addresses = 0
        self.pods = list(self._all_pods())
        self._of = {f"{pod.namespace}/{pod.workload}": [] for pod in self.pods}
        for pod in self.pods:
            self._of[f"{pod.namespace}/{pod.workload}"].append(pod)

    def connections(self) -> list[Connection]:
        """Return all connections of the days, by time."""
        habitual = [one for day in range(DAYS) for one in self._habitual(day, HABITS)]
        start = START + timedelta(days=1, hours=14, minutes=3)
        scan = self._scan(start, "platform/gateway", ("payments/db", "orders/queue"))
        return _by_time([*habitual, *self._nightly(), *scan])

    def next_day(self) -> list[Connection]:
        """Return all connections of the day after: what is usual, what is new, and no reconciliation, by time."""
        self._chance = random.Random(f"{self._seed}, the next day")  # noqa: S311  (made up, no secret)
        habitual = self._habitual(DAYS, (*HABITS, *NEW_HABITS))
        start = START + timedelta(days=DAYS, hours=11, minutes=31)
        scan = self._scan(start, "platform/mailer", ("payments/db", "orders/db"))
        sender, taker = self._of["platform/mailer"][0], self._one("198.51.100.99")
        leak = [self._between(start + timedelta(minutes=2), sender, taker, 4444)]
        return _by_time([*habitual, *scan, *leak])

    def questions(self, connections: Iterable[Connection]) -> Iterator[Question]:
        """Yield what pods ask before they connect to an address that has a name, unless they know it still."""
        known: dict[tuple[str, str], datetime] = {}
        server = self._of["kube-system/coredns"][0]
        for one in connections:
            name = NAMES.get(one.server.ip)
            if name and known.get((one.client.name, name), START) <= one.start:
                start = one.start - timedelta(milliseconds=20)
                known[one.client.name, name] = start + LIFETIME
                yield Question(start, one.client, server, one.client_port, name, one.server.ip)

    def _all_pods(self) -> Iterator[Pod]:
        for workload in load_manifests(SHOP).objects.workloads:
            labels = dict(workload.shapes[0].labels)
            for pod in self._pods(workload.namespace, workload.name, workload.kind, labels, workload.replicas or 1):
                yield pod._replace(ports=workload.shapes[0].ports)
        yield from self._pods("kube-system", "coredns", "Deployment", {"k8s-app": "kube-dns"}, 2)

    def _pods(self, namespace: str, name: str, kind: str, labels: dict[str, str], count: int) -> Iterator[Pod]:
        match kind:
            case "DaemonSet":
                for node, address in NODES.items():
                    yield Pod(namespace, name, kind, f"{name}-{self._letters(5)}", address, node, labels)
                return
            case "CronJob":
                starts = [START + timedelta(days=day, hours=2, minutes=10) for day in range(DAYS)]
                names = [f"{name}-{int(start.timestamp()) // 60}-{self._letters(5)}" for start in starts]
            case "StatefulSet":
                names = [f"{name}-{number}" for number in range(count)]
            case _:
                replica_set = self._letters(10)
                labels = {**labels, "pod-template-hash": replica_set}
                names = [f"{name}-{replica_set}-{self._letters(5)}" for _ in range(count)]
        for one in names:
            self._addresses += 1
            node = self._chance.choice(list(NODES))
            yield Pod(
                namespace, name, kind, one, f"10.244.{list(NODES).index(node)}.{self._addresses + 9}", node, labels
            )

    def _habitual(self, day: int, habits: Iterable[Habit]) -> Iterator[Connection]:
        for habit in habits:
            for _ in range(habit.daily):
                hour = self._chance.randrange(24) if habit.always else self._chance.choice(BUSY_HOURS)
                start = START + timedelta(days=day, hours=hour, seconds=self._chance.uniform(0, 3600))
                yield self._connection(start, habit)

    def _nightly(self) -> Iterator[Connection]:
        """Yield what the reconciliation does each night, from a pod that lives for minutes."""
        for day, pod in enumerate(self._of["payments/reconcile"]):
            start = START + timedelta(days=day, hours=2, minutes=10, seconds=5)
            yield self._between(start, pod, self._one("payments/db"), 5432)
            yield self._between(start + timedelta(seconds=30), pod, self._one("192.0.2.20"), 2222)

    def _scan(self, start: datetime, scanner: str, targets: Iterable[str]) -> Iterator[Connection]:
        """Yield what a workload that was broken into tries, one port after the other; databases answer."""
        client = self._of[scanner][0]
        for number, (target, port) in enumerate((target, port) for target in targets for port in SCANNED):
            answered = target.endswith("/db") and port == 5432  # noqa: PLR2004  (PostgreSQL's)
            moment = start + timedelta(seconds=number / 4)
            yield self._between(moment, client, self._of[target][0], port, denied_by="" if answered else "ingress")

    def _connection(self, start: datetime, habit: Habit) -> Connection:
        ends = self._one(habit.client), self._one(habit.server)
        return self._between(start, *ends, habit.port, habit.transport, habit.denied_by)

    def _between(
        self, start: datetime, client: Pod, server: Pod, port: int, transport: str = "tcp", denied_by: str = ""
    ) -> Connection:
        sent, received = (
            (74, 0) if denied_by else (self._chance.randrange(300, 5000), self._chance.randrange(500, 90000))
        )
        client_port = self._chance.randrange(32768, 60999)
        start = start.replace(microsecond=start.microsecond // 1000 * 1000)
        return Connection(start, client, server, transport, client_port, port, denied_by, sent, received)

    def _one(self, name: str) -> Pod:
        if "/" not in name:
            return Pod("", "", "", "", name, "", {})
        return self._chance.choice(self._of[name])

    def _letters(self, count: int) -> str:
        return "".join(self._chance.choice(SAFE) for _ in range(count))


def _by_time(connections: Iterable[Connection]) -> list[Connection]:
    return sorted(connections, key=lambda one: (one.start, one.client.name, one.client_port))
