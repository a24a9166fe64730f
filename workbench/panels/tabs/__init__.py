"""The tabs of the workbench: a module each, which registers its panel. A new one is one file here."""
