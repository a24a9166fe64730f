"""The objects of a cluster without what says whose they are: from the fields that are read, and no others."""
