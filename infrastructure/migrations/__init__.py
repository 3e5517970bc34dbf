"""Migrations of the store's tables: one revision for each schema, run by `account-sanctions migrate` or by a host's Alembic.

What schema a store has is said in one place, its own table `sanctions_meta`. A revision that finds it reached does nothing, so
the command and any number of hosts' Alembic version tables agree, whoever was first.
"""

from .hosts import BRANCH, OUR_TABLES, leave_out, upgrade

__all__ = ["BRANCH", "OUR_TABLES", "leave_out", "upgrade"]
