"""The policy kinds, one module each; each registers its reader when it is imported."""
