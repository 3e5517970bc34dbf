"""Policies as data: what a platform has laid down, and what follows from it for a violation and a history."""
