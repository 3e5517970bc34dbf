"""What `make test` leaves to `make test-all`, `make coverage` and `make test-deep`: it takes half as long again as all the rest.

Each of these has neighbours in every run that ask the same of one process, one door, or the code alone.
"""

from __future__ import annotations

from typing import Final

__all__ = ["THOROUGH"]

THOROUGH: Final = (
    # Processes that are killed or race again and again, servers that are restarted, disks that fail.
    "integration/bad_days/",
    "integration/attacks/test_beside_writers.py",
    "integration/test_follower_processes.py",
    "integration/test_linearisability.py",
    "integration/test_replaying_interrupted.py",
    "integration/test_sealing_in_background.py",
    "integration/test_sequencer_processes.py",
    "property/test_concurrency.py",
    # The other door, whose cases are those of the first one, and tasks that are cancelled at every instant.
    "integration/test_async_cancelled.py",
    "integration/test_async_follower_cancelled.py",
    "integration/test_async_follower_conformance.py",
    # Several machines, several processes, other programs.
    "integration/test_replaying_exports.py",
    "integration/test_replaying_on_dask.py",
    "browser/",
    "docs/test_site.py",
    "kit/test_new_host.py",
    # Many histories each: faults in glue, pairs of states, two databases beside one another.
    "kit/test_getting_somewhere.py",
    "kit/test_what_glue_loses.py",
    "property/test_checking.py",
    "property/test_store.py",
)
"""Files and folders below `tests`."""
