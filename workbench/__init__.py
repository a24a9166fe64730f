"""netpol-workbench: who may talk to whom in Kubernetes, as DataFrames and graphs."""
