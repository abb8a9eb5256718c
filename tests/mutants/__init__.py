"""Defects planted one at a time, each in a copy of the tree: which the tests and the random lives find."""
