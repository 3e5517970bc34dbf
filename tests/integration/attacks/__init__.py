"""Attacks on a store by somebody who owns its database, each with what `verify` is to find; and stores that nobody touched."""
