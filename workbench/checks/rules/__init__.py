"""The checks that come with the workbench, by what they are about; each registers itself."""
