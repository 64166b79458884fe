"""Texts of people on their way into files that programs open: nothing of them may ever be run."""

# What makes a spreadsheet take a text for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """A text as a cell of a text file: one that a spreadsheet would run gets an apostrophe in front.

    Blanks before it do not help: some programs take them away first.
    """
    clean = text.replace("\0", "")
    return f"'{clean}" if clean.startswith(FORMULA_STARTS) or clean.lstrip().startswith(FORMULA_STARTS) else clean


def printable(text: str) -> str:
    """A text without the control characters that no workbook and no paper can hold; line ends stay."""
    return "".join(char for char in text if char in "\n\t" or (ord(char) >= 32 and ord(char) not in range(127, 160)))
