"""The strategies that come with the workbench, one module each; each registers itself."""
