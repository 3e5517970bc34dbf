"""One file for each schema. Alembic finds them by their path; the command imports them by their number."""
