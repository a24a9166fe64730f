"""Does the suite notice when the engine is wrong: seeded mistakes, each of which must be caught."""
