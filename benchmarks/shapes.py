"""How does the time to compile grow with shapes that ordinary clusters do not have: part of ``make bench``.

Each shape is measured at a size and at twice that size, each in a process of its own; the ratio says how much
twice as much costs. The shapes:

- *rules*: 200 workloads and 100 policies of many rules, each rule with ports and a range of its own;
- *admin*: 1,000 workloads and many AdminNetworkPolicies over all of them, each rule with a range of its own;
- *unique*: workloads each with a label of its own, and as many policies, each about one of them: from a few pods,
  to all but a few;
- *nested*: 50 workloads and many egress rules, each with a block that overlaps others, exceptions in it, and a
  range of ports of its own;
- *published*: the largest policy set whose shape was published: 5,413 pods in 604 namespaces and 13,678 policies,
  of which 3,559 say nothing and 495 deny only, most about few pods, some about thousands.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network

from rich.console import Console
from rich.table import Table

from benchmarks.synthetic import Json, deployment, namespace, policy
from benchmarks.timing import timed
from workbench.connectivity import evaluate
from workbench.inventory import load_manifests

PODS, NAMESPACES, POLICIES = 5_413, 604, 13_678
EMPTY, DENYING = 3_559, 495
HUGE = 20
"""Policies of the published shape that thousands of pods are peers of."""


def main() -> None:
    """Measure every shape at both of its sizes, and print the table."""
    table = Table(title="Odd shapes: seconds to compile, and what twice as much costs")
    for heading in ("shape", "size", "compile s", "all pairs s", "pairs", "twice the size: compile s", "ratio"):
        table.add_column(heading, justify="right")
    for name, (size, _) in SHAPES.items():
        once, twice = measured(name, size), measured(name, 2 * size)
        ratio = twice["compile"] / once["compile"]
        table.add_row(
            name,
            f"{size:,}",
            f"{once['compile']:.2f}",
            f"{once['pairs s']:.2f}",
            f"{once['pairs']:,.0f}",
            f"{twice['compile']:.2f}",
            f"{ratio:.2f} x",
        )
    Console(width=120).print(table)


def measured(name: str, size: int) -> dict[str, float]:
    """Return the figures of one shape and size, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.shapes", "--one", name, str(size)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  (ourselves)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def one(name: str, size: int) -> dict[str, float]:
    """Measure one shape of one size in this process."""
    items = list(SHAPES[name][1](size, random.Random(1)))  # noqa: S311  (test input, no secret)
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}) + "\n")
    compiled, answers = timed(lambda: evaluate(cluster))
    pairs_seconds, pairs = timed(answers.count)
    return {"compile": compiled, "pairs s": pairs_seconds, "pairs": pairs}


def rules(count: int, chance: random.Random) -> Iterator[Json]:
    """Yield 200 workloads and 100 policies of `count` rules with random ports and ranges."""
    yield namespace("a")
    for number in range(200):
        yield deployment("a", f"w{number}", {"app": f"w{number}", "group": f"g{number % 10}"})
    for number in range(100):
        found = [
            {
                "from": [{"podSelector": {"matchLabels": {"app": f"w{chance.randrange(200)}"}}}],
                "ports": [
                    {"port": chance.randrange(1, 60_000)},
                    {
                        "port": chance.randrange(1, 30_000),
                        "endPort": chance.randrange(30_000, 65_535),
                        "protocol": chance.choice(["TCP", "UDP"]),
                    },
                ],
            }
            for _ in range(count)
        ]
        subject = {"matchLabels": {"group": f"g{number % 10}"}}
        yield policy("a", f"p{number}", {"podSelector": subject, "policyTypes": ["Ingress"], "ingress": found})


def admin(count: int, chance: random.Random) -> Iterator[Json]:
    """Yield 1,000 workloads in 20 namespaces and `count` AdminNetworkPolicies over all pods."""
    for number in range(20):
        yield namespace(f"n{number}", team=f"t{number % 5}")
    for number in range(1_000):
        yield deployment(f"n{number % 20}", f"w{number}", {"app": f"w{number}", "tier": f"r{number % 7}"})
    for number in range(count):
        yield {
            "apiVersion": "policy.networking.k8s.io/v1alpha1",
            "kind": "AdminNetworkPolicy",
            "metadata": {"name": f"admin-{number}"},
            "spec": {
                "priority": number,
                "subject": {"namespaces": {}},
                "ingress": [_admin_rule("from", chance) for _ in range(10)],
                "egress": [_admin_rule("to", chance) for _ in range(10)],
            },
        }


def unique(count: int, chance: random.Random) -> Iterator[Json]:
    """Yield `count` workloads in one namespace, and a policy about each: from 20 of them, to all but these."""
    yield namespace("a")
    for number in range(count):
        yield deployment("a", f"w{number}", {"id": f"w{number}", "module": f"m{number % 97}"})
    for number in range(count):
        named: Json = {"key": "id", "values": [f"w{chance.randrange(count)}" for _ in range(20)]}
        modules = {"key": "module", "operator": "NotIn", "values": [f"m{chance.randrange(97)}" for _ in range(5)]}
        few = {"matchExpressions": [{**named, "operator": "In"}, modules]}
        most = {"matchExpressions": [{**named, "operator": "NotIn"}, {"key": "module", "operator": "Exists"}]}
        yield policy(
            "a",
            f"p{number}",
            {
                "podSelector": {"matchLabels": {"id": f"w{number}"}},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [{"podSelector": few}], "ports": [{"port": chance.choice((80, 443, 8080))}]}],
                "egress": [{"to": [{"podSelector": most}]}],
            },
        )


def nested(count: int, chance: random.Random) -> Iterator[Json]:
    """Yield 50 workloads with `count` egress rules in all, about blocks within blocks."""
    yield namespace("a")
    for number in range(50):
        yield deployment("a", f"w{number}", {"app": f"w{number}"})
        subject = {"matchLabels": {"app": f"w{number}"}}
        rules = [_nested_rule(chance) for _ in range(count // 50)]
        yield policy("a", f"p{number}", {"podSelector": subject, "policyTypes": ["Egress"], "egress": rules})


def _nested_rule(chance: random.Random) -> Json:
    block = IPv4Network((chance.getrandbits(32), chance.choice((0, 4, 8, 12, 16))), strict=False)
    first = int(block.network_address)
    exceptions = [
        str(IPv4Network((first + chance.randrange(block.num_addresses), length), strict=False))
        for length in (chance.randrange(block.prefixlen + 1, 29) for _ in range(4))
    ]
    ports = {"port": chance.randrange(1, 60_000), "endPort": chance.randrange(60_000, 65_000)}
    return {"to": [{"ipBlock": {"cidr": str(block), "except": exceptions}}], "ports": [ports]}


def published(policies: int, chance: random.Random) -> Iterator[Json]:
    """Yield the published shape with `policies` policies, and pods and namespaces in proportion."""
    scale = policies / POLICIES
    namespaces, pods = round(NAMESPACES * scale), round(PODS * scale)
    for number in range(namespaces):
        yield namespace(f"n{number}", team=f"t{number % 40}", env=("dev", "test", "live")[number % 3])
    for number in range(pods):
        labels = {"app": f"a{number // namespaces // 3}", "pod": f"p{number}", "tier": f"r{number % 5}"}
        yield deployment(f"n{number % namespaces}", f"w{number}", labels)
    empty, denying = round(EMPTY * scale), round(DENYING * scale)
    for number in range(policies):
        kind = "empty" if number < empty else "denying" if number < empty + denying else "allowing"
        spec = _published_spec(number, kind, chance)
        yield policy(f"n{number % namespaces}", f"p{number}", spec)


def _published_spec(number: int, kind: str, chance: random.Random) -> Json:
    """Return a policy about a few pods: one that selects none, one that denies, or one with peers and a block."""
    if kind == "empty":
        return {"podSelector": {"matchLabels": {"app": f"none-{number}"}}}
    subject: Json = {"matchLabels": {"app": f"a{chance.randrange(3)}"}}
    if kind == "denying" or chance.random() < 0.2:  # noqa: PLR2004
        subject = {}
    if kind == "denying":
        return {"podSelector": subject, "policyTypes": ["Ingress", "Egress"]}
    peer: Json = {"podSelector": {"matchLabels": {"app": f"a{chance.randrange(3)}"}}}
    if number % (POLICIES // HUGE) == 0:
        peer = {"namespaceSelector": {"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["live"]}]}}
    elif chance.random() < 0.3:  # noqa: PLR2004
        peer = {"namespaceSelector": {"matchLabels": {"team": f"t{chance.randrange(40)}"}}, **peer}
    block = f"{chance.randrange(1, 224)}.{chance.randrange(256)}.{chance.randrange(256)}.0/24"
    ports = [{"port": chance.choice((80, 443, 5432, 8080, 9090))}]
    spec: Json = {"podSelector": subject, "policyTypes": ["Ingress"], "ingress": [{"from": [peer], "ports": ports}]}
    if chance.random() < 0.5:  # noqa: PLR2004
        spec["policyTypes"] = ["Ingress", "Egress"]
        spec["egress"] = [{"to": [{"ipBlock": {"cidr": block}}], "ports": ports}, {"to": [peer]}]
    return spec


def _admin_rule(side: str, chance: random.Random) -> Json:
    pods = {
        "namespaceSelector": {"matchLabels": {"team": f"t{chance.randrange(5)}"}},
        "podSelector": {"matchLabels": {"tier": f"r{chance.randrange(7)}"}},
    }
    span = {"protocol": "TCP", "start": chance.randrange(1, 30_000), "end": chance.randrange(30_000, 65_535)}
    return {"action": chance.choice(["Allow", "Deny", "Pass"]), side: [{"pods": pods}], "ports": [{"portRange": span}]}


SHAPES: dict[str, tuple[int, Callable[[int, random.Random], Iterator[Json]]]] = {
    "rules": (250, rules),
    "admin": (100, admin),
    "unique": (2_000, unique),
    "nested": (2_000, nested),
    "published": (POLICIES, published),
}
"""Each shape with the smaller of its two sizes: rules, rules a policy, or policies."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, metavar=("SHAPE", "SIZE"), help="measure one in this process and print JSON")
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(one(chosen.one[0], int(chosen.one[1]))))
    else:
        main()
