"""The sections that reports have, a module each; each registers itself."""
