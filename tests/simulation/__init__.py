"""Whole clusters in virtual time: one seed is one world, with faults; the product's own shell runs in it."""
