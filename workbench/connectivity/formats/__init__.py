"""How a connectivity map is written down: one small module a format, found by its name or file ending.

A new format is one new module in this package, or a function of your own, registered from a notebook's cell or a
package: `CONTRIBUTING.md` has the recipe.

Names are handed out as they were read; `workbench.ground.text` has the rule for each kind of output.

Pictures come from `workbench.drawing`.
"""

from workbench.connectivity.formats.rows import Row, rows
from workbench.connectivity.registries import register_format

__all__ = ["Row", "register_format", "rows"]
