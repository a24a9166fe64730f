"""Where nodes stand before forces move them: from one point, forces would make a column of everything."""

from __future__ import annotations

from math import ceil, sqrt

from workbench.panels.picture import NodeKind, Picture

__all__ = ["starting_places"]

WIDE = 1.6
"""Width of the page by its height."""
ACROSS, DOWN = 150, 70
"""Room for one node with its label."""


def starting_places(picture: Picture) -> dict[str, tuple[float, float]]:
    """Return a place for each node that is no box: namespaces side by side, workloads in rows within them.

    Returns
    -------
    dict of str to (float, float)
        By key of the node: x to the right and y downwards, in the picture's own units.
    """
    groups: dict[str, list[str]] = {}
    for node in picture.nodes:
        if node.kind is not NodeKind.BOX:
            groups.setdefault(node.parent or node.key, []).append(node.key)
    shapes = {key: _columns(len(members), 1) for key, members in groups.items()}
    cell_width = max((columns for columns in shapes.values()), default=1)
    cell_height = max((ceil(len(groups[key]) / columns) for key, columns in shapes.items()), default=1)
    per_row = _columns(len(groups), WIDE * cell_height * DOWN / (cell_width * ACROSS))
    places: dict[str, tuple[float, float]] = {}
    for number, (group, members) in enumerate(groups.items()):
        row, column = divmod(number, per_row)
        for index, key in enumerate(members):
            down, across = divmod(index, shapes[group])
            places[key] = (
                (column * (cell_width + 1) + across) * ACROSS,
                (row * (cell_height + 1) + down) * DOWN,
            )
    return places


def _columns(number: int, ratio: float) -> int:
    return max(1, ceil(sqrt(number * ratio)))
