"""Exports: the record as files for other programs, other people and other systems.

A store is read in one consistent view and never written. What an export writes gets its name only when it is whole.
"""
