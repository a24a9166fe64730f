"""Random policies in normal form, of every kind, with whatever each kind can express."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st

from workbench.ground import ALL_PORTS, MAX_PORT, MIN_PORT, NO_PORTS, PROTOCOLS, AddressSet, PortSet
from workbench.policy import (
    Action,
    Anyone,
    Block,
    Direction,
    DomainNames,
    Metadata,
    NamedPort,
    Nodes,
    Operator,
    Pods,
    Policy,
    PortMatch,
    Requirement,
    Rule,
    RulePeer,
    Selector,
    Tier,
)

OTHERWISE: Final = ("y", "on", "No", "true", "null", "1e3", "012", "0o14", "0x1F", "08", "1_000", "22.22", "2024-01-02")
"""Label values that some YAML reader takes for something else than text."""

words = st.sampled_from((*OTHERWISE, "x", "web", "", "a.b_c-d"))
keys = st.sampled_from(("app", "n", "1", "example.com/tier", "0x1"))
names = st.sampled_from(("web", "012", "true", "a.b", "1e3", "x" * 253, "on"))
namespaces = st.sampled_from(("shop", "on", "012", "x" * 63))
texts = st.text(max_size=30) | words | st.text(alphabet="ab:# -\n\t'\"|>%@\u2028\u0085\ufeff\U0001f600\\", max_size=12)


@st.composite
def drawn_requirements(draw: st.DrawFn) -> Requirement:
    operator = draw(st.sampled_from(Operator))
    listed = operator in {Operator.IN, Operator.NOT_IN}
    values = draw(st.sets(words, min_size=1, max_size=3)) if listed else ()
    return Requirement(draw(keys), operator, tuple(sorted(values)))


selectors = st.builds(Selector.of, st.dictionaries(keys, words, max_size=2), st.lists(drawn_requirements(), max_size=2))
metadata = st.builds(Metadata.of, st.dictionaries(keys, words, max_size=2), st.dictionaries(keys, texts, max_size=2))
BLOCKS: Final = (
    ("0.0.0.0/0", ("10.0.0.0/8", "192.168.0.0/16")),
    ("10.0.0.1/32", ()),
    ("10.0.0.0/8", ("10.1.0.0/16",)),
    ("::/0", ("2001:db8::/32",)),
    ("2001:db8::/32", ()),
)
ip_blocks = st.sampled_from(
    [Block(AddressSet.of(cidr, without), cidr, without) for cidr, most in BLOCKS for without in ((), most)]
)
networks = st.sampled_from([Block(AddressSet.of(cidr), cidr) for cidr, _ in BLOCKS])
domain_names = st.sampled_from((DomainNames(("*.example.com",)), DomainNames(("a.example.com", "b.example.com."))))
ends = st.integers(MIN_PORT, MAX_PORT) | st.sampled_from((MIN_PORT, MAX_PORT, 80))


@st.composite
def drawn_port_sets(draw: st.DrawFn) -> PortSet:
    found = NO_PORTS
    for _ in range(draw(st.integers(0, 4))):
        first, last = sorted((draw(ends), draw(ends)))
        found |= PortSet.of(draw(st.sampled_from(PROTOCOLS)), first, draw(st.sampled_from((first, last))))
    return found


@st.composite
def drawn_ports(draw: st.DrawFn, protocols: tuple[str | None, ...], *, named: bool = True) -> PortMatch:
    numbers = draw(drawn_port_sets() | st.sampled_from((ALL_PORTS, PortSet.of("UDP"))))
    port_names = draw(st.sets(st.sampled_from(("http", "on", "1e3", "0x1f")), max_size=2)) if named else ()
    ports = {NamedPort(name, draw(st.sampled_from(protocols))) for name in port_names}
    if not numbers and not ports:
        return PortMatch()
    return PortMatch(numbers, tuple(sorted(ports, key=lambda port: (port.name, port.protocol or ""))))


def in_both_directions(draw: st.DrawFn, drawn: Callable[[Direction, int], Rule]) -> tuple[Rule, ...]:
    return tuple(drawn(direction, index) for direction in Direction for index in range(draw(st.integers(0, 2))))


@st.composite
def network_policies(draw: st.DrawFn, kind: str = "NetworkPolicy") -> Policy:
    """Draw a NetworkPolicy, or a kind of the same shape."""
    namespace = draw(namespaces)
    pods = st.one_of(selectors.map(lambda chosen: Pods(namespace, chosen)), st.builds(Pods, selectors, selectors))

    def rule(direction: Direction, index: int) -> Rule:
        peers = draw(st.lists(pods | ip_blocks, min_size=1, max_size=3) | st.just([Anyone()]))
        return Rule(direction, index, tuple(peers), draw(drawn_ports(PROTOCOLS)))

    rules = in_both_directions(draw, rule)
    isolates = {rule.direction for rule in rules} | draw(st.sets(st.sampled_from(Direction), min_size=1))
    return Policy(
        kind,
        namespace,
        draw(names),
        Tier.NETWORK_POLICY,
        Pods(namespace, draw(selectors)),
        frozenset(isolates),
        rules,
        metadata=draw(metadata),
    )


@st.composite
def admin_policies(draw: st.DrawFn, kind: str) -> Policy:
    """Draw a cluster-wide policy."""
    newer, baseline = kind == "ClusterNetworkPolicy", kind == "BaselineAdminNetworkPolicy"
    pods = st.builds(Pods, selectors, selectors)
    actions = [Action.ALLOW, Action.DENY] if baseline else list(Action)

    def rule(direction: Direction, index: int) -> Rule:
        action = draw(st.sampled_from(actions))
        peers: list[RulePeer] = draw(st.lists(pods, min_size=1, max_size=3))
        if direction is Direction.EGRESS:
            outside: st.SearchStrategy[RulePeer] = networks | networks | selectors.map(Nodes)
            if newer and action is Action.ALLOW:
                outside |= domain_names
            peers = draw(st.lists(pods | outside, min_size=1, max_size=4))
        named = not newer or all(isinstance(peer, Pods) for peer in peers)
        ports = draw(drawn_ports((None,), named=named))
        return Rule(direction, index, tuple(peers), ports, action, draw(texts.map(lambda text: text[:100])))

    return Policy(
        kind,
        "",
        "default" if baseline else draw(names),
        Tier.BASELINE if baseline else draw(st.sampled_from((Tier.ADMIN, Tier.BASELINE))) if newer else Tier.ADMIN,
        draw(pods),
        rules=in_both_directions(draw, rule),
        priority=0 if baseline else draw(st.integers(0, 1000)),
        metadata=draw(metadata),
    )


policies = st.one_of(
    network_policies(),
    network_policies("MultiNetworkPolicy"),
    *map(admin_policies, ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy")),
)
