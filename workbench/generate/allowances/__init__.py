"""What platforms need beside what was seen: names, probes, scrapes, the API server (generate 8)."""
