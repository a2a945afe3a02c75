"""What a unit may be called, in the one form in which names are compared."""

import unicodedata


def plain(name: str) -> str:
    """Bring a name to its plain form: width, case, spaces and punctuation do not matter."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    kept = "".join(character for character in folded if unicodedata.category(character)[0] in "LNM")
    return kept.lstrip("0") if kept.isdecimal() else kept
