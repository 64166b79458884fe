"""What refusals and findings say to the person, in the person's language.

The caged reader loads this package's modules, so Django's translations are fetched when a sentence is made.
"""

from collections.abc import Callable, Mapping

from factory_core.errors import Invalid
from factory_core.importing.files.cells import Finding, Stop
from factory_core.importing.files.refusals import BY_CODE, Unreadable


def refusal(stop: Stop, name: str) -> Invalid:
    """The refusal that a stop inside the reader means for the person who gave this file."""
    kind = BY_CODE.get(stop.code, Unreadable)
    return kind(_why(stop.code, stop.values.get("reason", ""), {"name": name, **_words(stop.values)}))


def _words(values: Mapping[str, str]) -> dict[str, str]:
    """What stands in the sentences; a kind of content gets its name for people."""
    from django.utils.translation import gettext as _

    kinds = {
        "xlsx": _("an Excel workbook (xlsx)"),
        "xltx": _("an Excel template (xltx)"),
        "xlsb": _("a binary Excel workbook (xlsb)"),
        "xls": _("an old Excel workbook (xls)"),
        "ods": _("an OpenDocument workbook (ods)"),
        "text": _("plain text (csv)"),
        "zip": _("an archive (zip)"),
        "html": _("a web page (html)"),
        "xml": _("an XML file"),
        "pdf": _("a PDF file"),
        "picture": _("a picture"),
        "packed": _("a packed file"),
        "rtf": _("a text document (rtf)"),
        "compound": _("a document of another Office program"),
        "binary": _("no text and no workbook"),
    }
    found = values.get("found", "")
    return {"limit": "", "extension": "", **values, "found": found, "kind": kinds.get(found, found)}


def _why(code: str, reason: str, values: Mapping[str, str]) -> str:
    from django.utils.translation import gettext as _

    sentences: dict[tuple[str, str], str] = {
        ("file_too_large", ""): _(
            "“%(name)s” has %(found)s MB; at most %(limit)s MB are read. Split it, or save the one sheet you need"
            " as csv."
        ),
        ("archive_bomb", "size"): _(
            "“%(name)s” unpacks to more than %(limit)s MB (%(found)s MB). Delete empty formatted rows and unused "
            "sheets, or save the one sheet you need as csv."
        ),
        ("archive_bomb", "ratio"): _(
            "“%(name)s” unpacks to %(found)s times its size; at most %(limit)s times is read. Delete empty "
            "formatted rows, or save the one sheet you need as csv."
        ),
        ("archive_bomb", "members"): _(
            "“%(name)s” holds %(found)s parts; a workbook has at most %(limit)s. Save the one sheet you need as a"
            " new workbook."
        ),
        ("archive_bomb", "sheets"): _(
            "“%(name)s” holds %(found)s sheets; at most %(limit)s are read. Save those you need as a new workbook."
        ),
        ("archive_bomb", "rows"): _(
            "“%(name)s” says it has %(found)s filled rows; a sheet has at most %(limit)s. Save the one sheet you "
            "need as csv."
        ),
        ("archive_bomb", "nested"): _(
            "“%(name)s” holds another archive (%(found)s). Unpack it, and give the workbook itself."
        ),
        ("archive_bomb", "overlap"): _(
            "The parts of “%(name)s” lie over each other; no spreadsheet program writes that. The file was made "
            "to do harm, or is damaged. Save it anew."
        ),
        ("archive_bomb", "lie"): _(
            "“%(name)s” says a wrong size of its part “%(found)s”. The file was made to do harm, or is damaged. "
            "Save it anew."
        ),
        ("macro_file", ""): _(
            "“%(name)s” holds programs (%(found)s): macros or embedded objects are not taken. Save it as a "
            "workbook without macros (xlsx)."
        ),
        ("password_protected", ""): _(
            "“%(name)s” is protected with a password. Open it, take the password off, save it, and give it again."
        ),
        ("wrong_extension", ""): _(
            "“%(name)s” is named %(extension)s, but its content is %(kind)s. Save it in the format that its name "
            "says, or name it as what it is."
        ),
        ("empty_file", ""): _("“%(name)s” holds nothing. Look whether it was saved, and give it again."),
        ("external_references", "links"): _(
            "“%(name)s” refers to other files or data sources (%(found)s). Break these links (in Excel: Data, "
            "Edit links), save, and give it again."
        ),
        ("external_references", "entities"): _(
            "“%(name)s” declares document types or entities, which no spreadsheet program writes. Nothing of it "
            "was read. Save it anew with a spreadsheet program."
        ),
        ("unreadable", "path"): _(
            "A part of “%(name)s” is named “%(found)s”, which leads out of the archive. Nothing of it was read. "
            "Save it anew with a spreadsheet program."
        ),
        ("unreadable", "kind"): _("“%(name)s” is %(kind)s. Give xlsx, xls, ods, csv or tsv."),
        ("unreadable", "quote"): _(
            "A quotation mark in row %(found)s of “%(name)s” is never closed. Close or delete it, and give the "
            "file again."
        ),
        ("unreadable", "encoding"): _("“%(found)s” is no known encoding. Choose one of the list."),
        ("reader_killed", "time"): _(
            "Reading “%(name)s” took too long and was stopped. Nothing came in. Split the file, or save the one "
            "sheet you need as csv."
        ),
        ("reader_killed", "memory"): _(
            "Reading “%(name)s” took too much memory and was stopped. Nothing came in. Split the file, or save "
            "the one sheet you need as csv."
        ),
        ("reader_killed", "killed"): _(
            "Reading “%(name)s” was stopped from outside. Nothing came in. Try it again; if it happens again, "
            "split the file."
        ),
        ("no_such_sheet", ""): _("“%(name)s” has no sheet “%(found)s”. Choose one of its sheets."),
    }
    other = _(
        "“%(name)s” is damaged and cannot be read. Open it with a spreadsheet program, save it anew, and give it again."
    )
    return (sentences.get((code, reason)) or sentences.get((code, "")) or other) % values


def told(finding: Finding, header: Callable[[Finding], str]) -> Finding:
    """The finding with its sentence. `header` gives the name of the column it is about."""
    finding.sentence = _sentence(finding.code) % {
        "sheet": finding.sheet,
        "row": finding.row,
        "value": finding.value,
        "count": finding.count,
        "column": header(finding) or finding.column,
    }
    return finding


def _sentence(code: str) -> str:
    from django.utils.translation import gettext as _

    sentences: dict[str, str] = {
        "encoding_guessed": _(
            "The text is not UTF-8; it was read as %(value)s, which is a guess. Look at the special letters; if "
            "they are wrong, choose another encoding."
        ),
        "counts_from_1904": _("This workbook counts its days from 1904; the dates are read that way."),
        "hidden_sheet": _("Sheet “%(sheet)s” is hidden. It is not taken unless you choose it."),
        "hidden_rows": _(
            "Sheet “%(sheet)s” has %(count)s hidden rows (a filter, perhaps). They are read like the others."
        ),
        "formulas": _("Sheet “%(sheet)s” has %(count)s formulas. Their stored results are read, not the formulas."),
        "formula_without_value": _(
            "%(count)s formulas on sheet “%(sheet)s” have no stored result, first in row %(row)s; these cells are"
            " empty. Open the file in a spreadsheet program, save it, and give it again."
        ),
        "error_cells": _("%(count)s cells on sheet “%(sheet)s” show an error, first %(value)s in row %(row)s."),
        "broken_row": _(
            "Row %(row)s has %(count)s cells, more than the header: a delimiter stands unquoted in a text. Say "
            "where it belongs: %(value)s"
        ),
        "torn_line": _("Line %(row)s of the log has no time of its own: “%(value)s”."),
        "joined_row": _("Row %(row)s was torn by a delimiter inside a text; it is read as “%(value)s”. Please check."),
        "no_header": _("No row of sheet “%(sheet)s” looks like a header. Choose the row that names the columns."),
        "title_above": _("The columns are named in row %(row)s; what stands above it is a title: %(value)s"),
        "two_line_header": _("The header has two lines from row %(row)s on; they are joined."),
        "sections": _("%(count)s section titles stand between the lines, first in row %(row)s: %(value)s"),
        "totals_left_out": _("%(count)s rows are totals or summaries and not taken as lines, first row %(row)s."),
        "another_table": _(
            "Another table with %(count)s lines begins in row %(row)s (%(value)s). It is not added to the first; "
            "take it on its own."
        ),
        "same_header_twice": _("Two columns are named “%(value)s”."),
        "header_blanks": _(
            "%(count)s names of columns have blanks at their ends, first “%(value)s”; they are cut off."
        ),
        "unnamed_column": _("Column %(column)s has %(count)s cells and no name, first %(value)s in row %(row)s."),
        "destroyed_dates": _(
            "Column %(column)s shows “%(value)s” in %(count)s cells: a spreadsheet program destroyed the dates. "
            "They are gone; nothing is read from them, least of all midnight."
        ),
        "typed_as_date": _(
            "Column %(column)s holds numbers that the file shows as dates, first %(value)s; the numbers are read."
        ),
        "long_digits": _(
            "Column %(column)s holds %(count)s numbers of more than 15 digits, first %(value)s in row %(row)s; "
            "spreadsheet programs replace the last digits by zeros."
        ),
        "exponent": _(
            "Column %(column)s shows %(count)s numbers with an exponent, first %(value)s in row %(row)s; they are"
            " written out."
        ),
        "padded": _(
            "Column %(column)s gets its leading zeros from the number format, first %(value)s; they are kept, the"
            " cells are texts."
        ),
        "outer_blanks": _("%(count)s texts of column %(column)s have blanks at their ends, first in row %(row)s."),
        "words_for_nothing": _(
            "Column %(column)s says “%(value)s” in %(count)s cells, first in row %(row)s; by rule that is an "
            "empty cell."
        ),
        "numbers_as_text": _(
            "Column %(column)s holds %(count)s numbers that are stored as text, first %(value)s in row %(row)s."
        ),
        "codes_like_numbers": _(
            "%(count)s of the codes in column %(column)s look like numbers, for example %(value)s in row %(row)s;"
            " they stay as they are written."
        ),
        "identical_rows": _(
            "%(count)s rows repeat an earlier row in every cell. They may be real pieces; none is left out."
        ),
        "table_ends": _("In row %(row)s something else begins; the table ends before it."),
        "left_out_section": _("Row %(row)s is a section title and not taken as a line."),
        "left_out_total": _("Row %(row)s is a total or summary and not taken as a line."),
        "left_out_header": _("Row %(row)s repeats the header and is not taken as a line."),
    }
    return sentences[code]


def why(code: str) -> str:
    """Why a table was guessed, for the person."""
    from django.utils.translation import gettext as _

    return {
        "first_row": _("The first row names the columns."),
        "above_data": _("This row names the columns of what stands below."),
        "two_lines": _("Two rows name the columns together."),
        "same_columns": _("A further block under the same columns."),
        "no_header": _("No row looks like a header."),
        "chosen": _("You chose this header."),
    }.get(code, code)
