"""`make bench`: every benchmark, one line each."""

from __future__ import annotations

import platform

from . import (
    domain,
    evidence,
    exports,
    following,
    hosting,
    policies,
    postgres,
    replaying,
    reports,
    simulation,
    store,
    verifying,
)


def main() -> None:
    machine = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
    print(f"{machine}; least (median) of fifteen rounds\n")
    domain.deciding()
    domain.replaying()
    policies.evaluating()
    store.asking()
    store.appending()
    store.commanding()
    store.importing()
    postgres.everything()
    hosting.observing()
    hosting.awaiting()
    simulation.simulating()
    following.indexing()
    following.rebuilding()
    following.sequencing()
    exports.exporting()
    verifying.everything()
    replaying.replaying()
    evidence.everything()
    reports.reporting()


if __name__ == "__main__":
    main()
