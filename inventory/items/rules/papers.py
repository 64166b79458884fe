"""Which files may be attached, and how they are named on disk."""

LARGEST = 20 * 1024 * 1024
LONGEST_NAME = 200


def plain_name(name: str) -> str:
    """The name of a file without folders and characters that no name needs; empty where nothing is left."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*').strip(" .")
    if len(kept) <= LONGEST_NAME:
        return kept
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) < 10 else kept[:LONGEST_NAME]


def place_of(sha256: str) -> str:
    """Where the content of a file is kept, below the folder of papers."""
    return f"{sha256[:2]}/{sha256}"
