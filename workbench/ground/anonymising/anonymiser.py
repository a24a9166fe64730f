"""What stands in for each kind of name and for addresses, by a secret key: an immutable value for all rooms."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Self

from workbench.ground.anonymising import well_known
from workbench.ground.anonymising.addresses import address_of, network_of
from workbench.ground.anonymising.digests import digest, stretched, token
from workbench.ground.anonymising.pod_names import hash_of, owned_name
from workbench.ground.errors import ArgumentError
from workbench.ground.ip_text import parse_address, parse_cidr
from workbench.ground.names import is_dns_label, is_label_key, is_label_value, is_subdomain
from workbench.ground.text.counts import count_of

__all__ = ["Anonymiser"]

KEY_BYTES: Final = 32
_FEWEST_BYTES: Final = 16
_INVALID: Final = "!"
"""Behind the stand-in of what Kubernetes refuses, which is refused as well."""
_PORT_NAME: Final = re.compile(r"(?=.{1,63}$)(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_SHORT: Final = 15
_VERSION: Final = re.compile(r"v?[0-9]{1,5}(\.[0-9]{1,5}){0,2}")
"""Four numbers may be an address."""
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_UID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GENERATED_VALUE: Final = re.compile(r"[a-z0-9]{1,63}")
_DASHED: Final = re.compile(r"[0-9]{1,3}(?:-[0-9]{1,3}){3}|[0-9a-f]*(?:-[0-9a-f]*){2,8}")
_PREFIXES_OF_KEYS: Final = ("k8s:", "any:", "container:", "io.cilium.k8s.namespace.labels.")
"""What sources of flows write before the keys of labels."""
_CLUSTER: Final = ("cluster", "local")
_PROTOCOLS: Final = frozenset({"_tcp", "_udp", "_sctp"})
_ANY: Final = "*."
_LOCAL: Final = frozenset({"localhost", "cluster.local", "svc.cluster.local", "pod.cluster.local", "*"})
_REMEMBERED: Final = 1 << 16
_MAPPED: Final = 96


@dataclass(frozen=True, slots=True)
class Anonymiser:
    """Says what stands in for names and addresses, so that those who see it do not learn whose they are.

    The same key gives the same stand-ins, wherever a name is met; other keys give others, and without the key none
    is turned back. Names that every cluster has stay as they are (`well_known`). What is no valid name to Kubernetes
    has a stand-in that is none either.

    Parameters
    ----------
    key : str or bytes
        Some 32 characters, kept secret: who guesses it can try out names.

    Raises
    ------
    ArgumentError
        If the key is shorter than 16 bytes.

    Examples
    --------
    >>> anonymiser = Anonymiser("only for this example")
    >>> anonymiser.namespace("payments")
    'ns-i55eb2c9d5c6'
    >>> anonymiser.namespace("kube-system")
    'kube-system'
    """

    key: str | bytes = field(repr=False, compare=False)
    _key: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the key that is worked with, and forget the one that was given."""
        given = self.key.encode("utf-8", "surrogatepass") if isinstance(self.key, str) else bytes(self.key)
        if len(given) < _FEWEST_BYTES:
            how = f"has {count_of(len(given), 'byte')}, fewer than {_FEWEST_BYTES}" if given else "is empty"
            message = f"the key {how}"
            raise ArgumentError(message, "Give it some 32 characters that nobody can guess.")
        object.__setattr__(self, "_key", stretched(given))
        object.__setattr__(self, "key", b"")

    @classmethod
    def random(cls, randomness: Callable[[int], bytes] = secrets.token_bytes) -> Self:
        """Return one whose key nobody knows: another one gives other stand-ins.

        Parameters
        ----------
        randomness : callable, optional
            Returns so many random bytes.
        """
        return cls(randomness(KEY_BYTES))

    def namespace(self, name: str) -> str:
        """Return what stands in for a namespace; others of a platform keep what they begin with.

        Parameters
        ----------
        name : str
        """
        if name in well_known.NAMESPACES or not name:
            return name
        prefix = next((one for one in well_known.PLATFORM_PREFIXES if name.startswith(one)), "")
        begun = prefix if prefix.endswith("-") or not prefix else f"{prefix}-"
        return self._made("namespace", begun or "ns-", name, is_valid=is_dns_label(name))

    def workload(self, name: str) -> str:
        """Return what stands in for a workload, or for a pod, ReplicaSet or Job, which keep belonging to theirs.

        Parameters
        ----------
        name : str
        """
        return _workload(self, name)

    def service(self, name: str) -> str:
        """Return what stands in for a Service.

        Parameters
        ----------
        name : str
        """
        return self._named("service", name, is_valid=is_dns_label(name))

    def account(self, name: str) -> str:
        """Return what stands in for a service account.

        Parameters
        ----------
        name : str
        """
        return self._named("account", name, is_valid=is_subdomain(name))

    def node(self, name: str) -> str:
        """Return what stands in for a node.

        Parameters
        ----------
        name : str
        """
        return self._made("node", "node-", name, is_valid=is_subdomain(name)) if name else name

    def cluster(self, name: str) -> str:
        """Return what stands in for a cluster; one that is called ``default`` has no name of its own.

        Parameters
        ----------
        name : str
        """
        return name if name == "default" else self.other("cluster", name)

    def network(self, name: str) -> str:
        """Return what stands in for the definition of a network; ``default`` is the pod network.

        Parameters
        ----------
        name : str
        """
        return name if name == "default" else self.other("network", name)

    def policy(self, name: str) -> str:
        """Return what stands in for a policy; ``default``, as the one baseline policy must be called, stays.

        Parameters
        ----------
        name : str
        """
        begun = name.rstrip("-") or name[:1]  # dashes are at the end of the beginning of a generated name
        known = begun in {"", "default"}
        shown = begun if known else self._made("policy", "policy-", begun, is_valid=is_subdomain(begun))
        return shown + name[len(begun) :]

    def other(self, kind: str, name: str) -> str:
        """Return what stands in for the name of anything else, such as an ``ingress`` or a ``network``.

        Parameters
        ----------
        kind : str
            In the singular, up to 16 letters; the stand-in begins with it.
        name : str
        """
        return self._made(kind, f"{kind}-", name, is_valid=is_subdomain(name)) if name else name

    def free_text(self, kind: str, text: str) -> str:
        """Return what stands in for a text that may be anything.

        Parameters
        ----------
        kind : str
            As of `other`.
        text : str
        """
        return f"{kind}-{token(self._key, kind, text)}" if text else text

    def network_label(self, text: str) -> str:
        """Return what stands in for what a part of the outside is called; what all of it is called stays.

        Parameters
        ----------
        text : str
        """
        return text if text in well_known.NETWORKS else self.free_text("network", text)

    def port_name(self, name: str) -> str:
        """Return what stands in for the name of a port; those of protocols stay.

        Parameters
        ----------
        name : str
        """
        if name in well_known.NAMES_OF_PORTS or not name:
            return name
        stand_in = self._made("port", "p-", name, is_valid=_PORT_NAME.fullmatch(name) is not None)
        # Services may have longer names of ports than containers, and policies.
        return stand_in if len(name) <= _SHORT or stand_in.endswith(_INVALID) else f"{stand_in}-long"

    def kind(self, name: str) -> str:
        """Return what stands in for a kind of objects, perhaps with its API group behind a dot.

        Parameters
        ----------
        name : str
        """
        if name in well_known.KINDS or not name:
            return name
        short, dot, group = name.partition(".")
        if dot:
            return f"{self.kind(short)}.{self.group(group)}"
        return f"Kind{token(self._key, 'kind', name)}"

    def group(self, name: str) -> str:
        """Return what stands in for an API group.

        Parameters
        ----------
        name : str
        """
        return name if name in well_known.GROUPS else self.domain(name)

    def label_key(self, key: str) -> str:
        """Return what stands in for the key of a label.

        Parameters
        ----------
        key : str
        """
        before, key = _parted(key)
        known = key in well_known.KEYS or not key
        return before + (key if known else self._made("key", "k-", key, is_valid=is_label_key(key)))

    def label_value(self, key: str, value: str) -> str:
        """Return what stands in for the value of a label: that of what it names, where it names something.

        Parameters
        ----------
        key : str
            As it was written.
        value : str
        """
        _, key = _parted(key)
        if not is_label_value(value):
            return self._made("value", "v-", value, is_valid=False)
        meant = well_known.VALUES_OF.get(key)
        if value and meant is not None and (found := _OF_MEANING[meant](self, value)) is not None:
            return found
        if value in well_known.VALUES or not value or (key.endswith("version") and _VERSION.fullmatch(value)):
            return value
        return self._made("value", "v-", value)

    def labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return what stands in for labels, in the order of the stand-ins.

        Parameters
        ----------
        labels : mapping of str to str
        """
        found = ((self.label_key(key), self.label_value(key, value)) for key, value in labels.items())
        return dict(sorted(found))

    def domain(self, name: str) -> str:
        """Return what stands in for a DNS name, perhaps with ``*.`` before it: label by label, from its end.

        Names that end alike do so afterwards. Those of the cluster's own domain are those of what they name.

        Parameters
        ----------
        name : str
        """
        return _domain(self, name.lower())

    def address(self, text: str) -> str:
        """Return what stands in for an IP address; what is none gets a stand-in that is none.

        Parameters
        ----------
        text : str
        """
        address = parse_address(text)
        if address is None:
            return self.free_text("address", text)
        found = str(address_of(self._key, address))
        return f"::ffff:{found}" if ":" in text and address.version != 6 else found  # noqa: PLR2004  (the family)

    def block(self, text: str) -> str:
        """Return what stands in for a CIDR, or for an address: a block holds another if it did before.

        Parameters
        ----------
        text : str
        """
        cidr = parse_cidr(text)
        if cidr is None:
            return self.address(text)
        found = network_of(self._key, cidr.network)
        first, length = str(found.network_address), found.prefixlen
        if cidr.host_bits:  # as odd as before
            first = str(found.network_address + 1)
        return f"::ffff:{first}/{length + _MAPPED}" if cidr.mapped else f"{first}/{length}"

    def _hash(self, value: str) -> str:
        if (changed := hash_of(self._key, value)) is not None:
            return changed
        is_valid = _GENERATED_VALUE.fullmatch(value) is not None
        return f"h{token(self._key, 'hash', value)}" if is_valid else self._made("value", "v-", value)

    def _revision(self, value: str) -> str:
        base, dash, end = value.rpartition("-")
        return f"{self.workload(base)}-{self._hash(end)}" if dash and end else self._hash(value)

    def _number(self, value: str) -> str | None:
        return value if _NUMBER.fullmatch(value) else None

    def _uid(self, text: str) -> str | None:
        if not _UID.fullmatch(text):
            return None
        found = digest(self._key, "uid", text.encode(), 16).hex()
        return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))

    def _named(self, kind: str, name: str, *, is_valid: bool) -> str:
        """Return what stands in for a name that the component of a platform may have."""
        known = name in well_known.WORKLOADS or not name
        return name if known else self._made(kind, f"{kind}-", name, is_valid=is_valid)

    def _made(self, kind: str, begun: str, text: str, *, is_valid: bool = True) -> str:
        return f"{begun}{token(self._key, kind, text)}{'' if is_valid else _INVALID}"


_OF_MEANING: Final[Mapping[well_known.Meaning, Callable[[Anonymiser, str], str | None]]] = MappingProxyType(
    {
        "namespace": Anonymiser.namespace,
        "workload": Anonymiser.workload,
        "service": Anonymiser.service,
        "node": Anonymiser.node,
        "account": Anonymiser.account,
        "cluster": Anonymiser.cluster,
        "hash": Anonymiser._hash,  # noqa: SLF001  (of its own value)
        "revision": Anonymiser._revision,  # noqa: SLF001  (likewise)
        "number": Anonymiser._number,  # noqa: SLF001  (likewise)
        "uid": Anonymiser._uid,  # noqa: SLF001  (likewise)
    }
)
"""What stands in for a value that names something; None where it does not look so."""


def _parted(key: str) -> tuple[str, str]:
    """Return what a source wrote before the key of a label, and the key."""
    start = 0
    while (found := next((one for one in _PREFIXES_OF_KEYS if key.startswith(one, start)), None)) is not None:
        if len(key) == start + len(found):
            break
        start += len(found)
    return key[:start], key[start:]


@lru_cache(maxsize=_REMEMBERED)
def _workload(anonymiser: Anonymiser, name: str) -> str:
    def plain(text: str) -> str:
        return anonymiser._named("workload", text, is_valid=is_subdomain(text))  # noqa: SLF001  (of its own value)

    return owned_name(anonymiser._key, name, plain, anonymiser.node) if name else name  # noqa: SLF001  (likewise)


@lru_cache(maxsize=_REMEMBERED)
def _domain(anonymiser: Anonymiser, name: str) -> str:
    bare = name.rstrip(".")
    start = 0
    while bare.startswith(_ANY, start) and len(bare) > start + len(_ANY):
        start += len(_ANY)
    return bare[:start] + _bare_domain(anonymiser, bare[start:]) + name[len(bare) :]


def _bare_domain(anonymiser: Anonymiser, name: str) -> str:
    if name in _LOCAL or not name:
        return name
    labels = name.split(".")
    if tuple(labels[-2:]) == _CLUSTER and labels[-3:-2] in (["svc"], ["pod"]):
        return ".".join(_within_cluster(anonymiser, labels))
    found = ["example"]
    behind = ""
    for label in reversed(labels):
        behind = token(anonymiser._key, "domain", f"{label}.{behind}")  # noqa: SLF001  (of its own value)
        found.append(f"h-{behind}")
    return ".".join(reversed(found))


def _within_cluster(anonymiser: Anonymiser, labels: list[str]) -> list[str]:
    """Return the labels of a name below ``svc.cluster.local`` or ``pod.cluster.local``: pod, Service, namespace."""
    *pods, named, namespace = [""] * max(0, 2 - len(labels[:-3])) + labels[:-3]
    shown = _dashed_address(anonymiser, named) if labels[-3] == "pod" else _asked(anonymiser, named, anonymiser.service)
    found = [*(_asked(anonymiser, one, anonymiser.workload) for one in pods), shown, anonymiser.namespace(namespace)]
    return [one for one, was in zip(found, [*pods, named, namespace], strict=True) if was] + labels[-3:]


def _asked(anonymiser: Anonymiser, label: str, make: Callable[[str], str]) -> str:
    """Return what stands in for a label, or for the protocol or the port that is asked for with a line before it."""
    if not label.startswith("_"):
        return make(label)
    return label if label in _PROTOCOLS else f"_{anonymiser.port_name(label[1:])}"


def _dashed_address(anonymiser: Anonymiser, text: str) -> str:
    if _DASHED.fullmatch(text):
        for mark in ".:":
            if parse_address(text.replace("-", mark)) is not None:
                return anonymiser.address(text.replace("-", mark)).replace(mark, "-")
    return anonymiser.workload(text)
