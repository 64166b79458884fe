"""Numbers by which companies and goods are known over the world."""


def check_digit(body: str) -> str:
    """The check digit of a GLN, GTIN or SSCC without its last digit: from the right, weights 3, 1, 3, 1 …"""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def expected_digit(gln: str) -> str:
    """The digit a GLN should end with; empty where it does. Raises ValueError for what is no GLN at all."""
    if len(gln) != 13 or not (gln.isascii() and gln.isdecimal()):
        raise ValueError(gln)
    digit = check_digit(gln[:-1])
    return "" if gln[-1] == digit else digit
