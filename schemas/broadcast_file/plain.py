"""What a unit may be called, in the one form in which names are compared."""

import unicodedata


def plain(name: str) -> str:
    """Bring a name to its plain form: width, case, spaces, punctuation and the script of digits.

    Doors may tell more names apart than this, never fewer.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(_kept(character) for character in folded)
    return kept.lstrip("0") if kept.isdecimal() else kept


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return character if category[0] in "LNM" and category != "Me" else ""
