"""From a file to rows of a store: found out what it is, read, recorded, each row once, all or nothing."""
