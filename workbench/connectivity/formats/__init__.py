"""How answers are written down: a module for each format, with what writes a map, a difference and so on in it.

A new format is one new module in this package, or a function of your own, registered from a notebook's cell or a
package: `CONTRIBUTING.md` has the recipe, and says what the writers of each kind of answer are given.

Names are handed out as they were read; `workbench.ground.text` has the rule for each kind of output.

Pictures come from `workbench.drawing`.
"""
