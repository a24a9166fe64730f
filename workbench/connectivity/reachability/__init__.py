"""How far does one get over several hops."""
