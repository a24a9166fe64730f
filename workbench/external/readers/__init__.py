"""The files in which providers publish their ranges: a module for each, which registers itself."""
