"""Reads for the pages of inspections."""
