"""Why a file is not read. Each refusal is named here; what happened inside the cage arrives as its code."""

from factory_core.errors import Invalid


class FileTooLarge(Invalid):
    code, status, title = "file_too_large", 413, "File too large"


class ArchiveBomb(Invalid):
    code, title = "archive_bomb", "File unpacks to too much"


class MacroFile(Invalid):
    code, title = "macro_file", "File with macros"


class PasswordProtected(Invalid):
    code, title = "password_protected", "File with a password"


class WrongExtension(Invalid):
    code, title = "wrong_extension", "Name and content differ"


class EmptyFile(Invalid):
    code, title = "empty_file", "Empty file"


class ExternalReferences(Invalid):
    code, title = "external_references", "File that refers to others"


class Unreadable(Invalid):
    code, title = "unreadable", "File cannot be read"


class ReaderKilled(Invalid):
    code, title = "reader_killed", "Reading was stopped"


class NoSuchSheet(Invalid):
    code, status, title = "no_such_sheet", 404, "No such sheet"


BY_CODE: dict[str, type[Invalid]] = {
    kind.code: kind
    for kind in (
        FileTooLarge,
        ArchiveBomb,
        MacroFile,
        PasswordProtected,
        WrongExtension,
        EmptyFile,
        ExternalReferences,
        Unreadable,
        ReaderKilled,
        NoSuchSheet,
    )
}
