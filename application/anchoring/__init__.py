"""Bringing checkpoints to where somebody else keeps them: a file, a directory in git, a service, a time stamping authority."""
