"""The checks: one file per API family, one function per promise."""
