"""Which connections manifests declare, and the policies that are made of them at build time (build-time)."""
