"""Answers as plain lines; those of an explanation are in `explanation_txt`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import (
    DIRECTIONS,
    diff_rows,
    exposure_title,
    focus_title,
    map_rows,
    network_rows,
    network_title,
    section_title,
    with_notes,
)
from workbench.ground import register_format, visible
from workbench.inventory import NetworkKind
from workbench.policy import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Headings
    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges
    from workbench.connectivity.exposure.answer import Exposure, ExposureLine
    from workbench.connectivity.formats.rows import NetworkRow
    from workbench.connectivity.networks import Networks
    from workbench.connectivity.trace.answer import Answer
    from workbench.inventory import Network

__all__ = ["exposure_section", "write_answer", "write_diff", "write_exposure", "write_map", "write_networks"]

ARROWS = {Direction.EGRESS: "=>", Direction.INGRESS: "<="}


@register_format("map", "txt")
def write_map(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write one line a connection, ``src => dst : conn`` (formats 1), then what no line says."""
    if title := focus_title(connectivity):
        lines = (f"{visible(src)} => {visible(dst)}\n" for src, dst, _ in map_rows(connectivity, ip_ranges))
        return with_notes("".join((f"Permitted connections on {title}:\n", *lines)), connectivity)
    plain = (f"{visible(src)} => {visible(dst)} : {conn}\n" for src, dst, conn in map_rows(connectivity, ip_ranges))
    return with_notes("".join(plain), connectivity)


# --- several networks: the reference tool's layout (formats 5), down to its spaces at the ends of lines -----------


@register_format("networks", "txt")
def write_networks(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write a section for each network, and what networks each workload is on."""
    rows = network_rows(networks, ip_ranges)
    focus = focus_title(networks)
    lines: list[str] = []
    for network, found in rows.items():
        if _has_heading(networks, network, rows):
            # The reference sets every network but the pods' apart, also from the title.
            apart = lines or (networks.wording == "reference" and network.kind is not NetworkKind.POD_NETWORK)
            lines += [""] if apart else []
            title = "Pod network" if network.kind is NetworkKind.POD_NETWORK else network_title(network)
            lines.append(f"Permitted connectivity analyzed in {visible(title)}:")
            lines += [] if found else [_why_empty(networks, network)]
        lines += [f"{visible(src)} => {visible(dst)}{'' if focus else f' : {conn}'}" for src, dst, conn, _ in found]
    mapping = list(_mapping(networks))
    whole = [f"Permitted connections on {focus}:", *lines] if focus else [*lines, *mapping]
    return with_notes("".join(f"{line}\n" for line in whole), networks)


def _has_heading(networks: Networks, network: Network, rows: Mapping[Network, list[NetworkRow]]) -> bool:
    """Tell whether a network has a section of its own.

    One on which nothing is allowed has none; but for the pod network, which says why, unless one connection is
    in focus. For the reference, the pod network has a heading only beside others.
    """
    is_said = bool(rows[network]) or (network.kind is NetworkKind.POD_NETWORK and not focus_title(networks))
    if networks.wording == "reference":
        return is_said and any(found for other, found in rows.items() if other.kind is not NetworkKind.POD_NETWORK)
    return is_said and len(rows) > 1


def _why_empty(networks: Networks, network: Network) -> str:
    if any(network in found for found in networks.networks_of().values()):
        return "All connections are not allowed for the workloads in the pod-network"
    return "all input workloads are configured with (C)UDN as their primary network interface"


def _mapping(networks: Networks) -> Iterator[str]:
    """Yield the lines about the networks of each workload; for the reference, none where there is no workload."""
    workloads = sorted(networks.networks_of().items())
    if not workloads and networks.wording == "reference":
        return
    yield ""
    yield "Workload-to-Networks Mapping:"
    for name, found in workloads:
        yield f"{visible(name)}: "
        for title, primary in (("Primary Network", True), ("Secondary Networks", False)):
            own = [_with_kind(network) for network in found if network.primary is primary]
            if own:
                yield f"\t{title}: {','.join(own)}"


def _with_kind(network: Network) -> str:
    name = visible(network.name)
    return name if network.kind is NetworkKind.POD_NETWORK else f"{name}[{network.kind}]"


@register_format("diff", "txt")
def write_diff(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write ``Connectivity diff:`` and a line for each change; nothing where there is none.

    That workloads came or went is said only where they did (formats 2).
    """
    before, after = headings
    lines = [
        f"diff-type: {row.kind}, source: {row.src}, destination: {row.dst}, "
        f"{before}: {row.before}, {after}: {row.after}"
        + (f", workloads-diff-info: {row.workloads}" if row.workloads else "")
        for row in diff_rows(diff)
    ]
    if not lines:
        return ""
    return with_notes("".join(f"{visible(line)}\n" for line in ("Connectivity diff:", *lines)), diff)


@register_format("exposure", "txt")
def write_exposure(exposure: Exposure) -> str:
    """Write the map's lines, then the exposure of each direction, and what no policy protects."""
    listed = write_map(exposure.connectivity, exposure.ip_ranges)
    return listed + ("\n" if listed else "") + exposure_section(exposure)


def exposure_section(exposure: Exposure) -> str:
    """Return what follows the map, or an explanation of it, after an empty line (formats 3)."""
    return "".join(f"{line}\n" for line in _exposure_lines(exposure))


def _exposure_lines(exposure: Exposure) -> Iterator[str]:
    yield exposure_title(exposure)
    width = max((len(visible(line.workload.name)) for line in exposure), default=0)
    blank = False
    for direction in DIRECTIONS:
        if lines := exposure.of(direction):
            if blank:
                yield ""
            yield section_title(direction)
            for line in lines:
                yield from _exposure_line(exposure, line, width)
            blank = True
    if exposure.unprotected and not _leaves_out_unprotected(exposure):
        if blank:
            yield ""
        yield "Workloads not protected by network policies:"
        for peer, direction in exposure.unprotected:
            yield f"{visible(peer.name)} is not protected on {direction.capitalize()}"


def _leaves_out_unprotected(exposure: Exposure) -> bool:
    """Tell whether there is no section of them, as in the reference's answers about one connection."""
    return exposure.connectivity.wording == "reference" and bool(focus_title(exposure.connectivity))


def _exposure_line(exposure: Exposure, line: ExposureLine, width: int) -> Iterator[str]:
    text = f"{visible(line.workload.name):<{width}} \t{ARROWS[line.direction]} \t{visible(line.other.name)}"
    yield text if focus_title(exposure.connectivity) else f"{text} : {visible(line.conn)}"
    if exposure.explained:
        for allowed, ports, reason, _ in line.reasons():
            yield f"\t{'Allowed' if allowed else 'Denied'} {visible(ports)}: {visible(reason)}"


@register_format("answer", "txt")
def write_answer(answers: Sequence[Answer]) -> str:
    """Write each answer, then for each end what it permits and which policies and rules decide that."""
    return "\n".join(f"{answer}\n" for answer in answers)
