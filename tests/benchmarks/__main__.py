"""`make bench`: every benchmark, one line each."""

from __future__ import annotations

import platform

from . import domain, exports, following, hosting, policies, postgres, reports, simulation, store


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
    reports.reporting()


if __name__ == "__main__":
    main()
