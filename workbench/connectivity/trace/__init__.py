"""Why may these ends talk, and why may those not: which policies and rules decide."""
