"""What can go wrong with an export: typed, with a stable code, and saying what to do. Nothing is left under the export's name."""

from __future__ import annotations

from ...domain.errors import SanctionsError

__all__ = ["DsaIncomplete", "DsaMappingError", "ExportExists", "ExportUnwritable", "LibraryMissing"]


class ExportExists(SanctionsError):
    """There is something under this name already: give another name, or let it be replaced with `--replace`."""

    code = "export_exists"


class ExportUnwritable(SanctionsError):
    """The export cannot be written: check the folder, its permissions and its space, then export again."""

    code = "export_unwritable"


class LibraryMissing(SanctionsError):
    """An optional library is not installed: install the extra that the message names."""

    code = "library_missing"


class DsaMappingError(SanctionsError):
    """The mapping for statements of reasons cannot be used: correct it where the message says."""

    code = "dsa_mapping"


class DsaIncomplete(SanctionsError):
    """A statement of reasons lacks a fact that the record does not hold: state the field that is named in the mapping."""

    code = "dsa_incomplete"
