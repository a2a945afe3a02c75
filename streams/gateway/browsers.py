"""What a browser says of itself: its language, and where a form was sent from."""

from urllib.parse import urlsplit

from schemas.broadcasts import Lang


def language(asked: str | None, accept_language: str | None) -> Lang:
    """The language to answer in: the one asked for, or the one liked best of ours, or Chinese."""
    if asked in ("zh", "en"):
        return asked
    liked: list[tuple[float, Lang]] = []
    # browsers send a handful; a header of 16 kB is not worth splitting
    for part in (accept_language or "").split(",")[:20]:
        tag, _, weight = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in ("zh", "en"):
            liked.append((_quality(weight), primary))
    best = max(liked, key=lambda each: each[0], default=(0.0, "zh"))
    return best[1] if best[0] > 0 else "zh"


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0


def is_same_origin(
    site: str | None, origin: str | None, host: str | None, public_host: str
) -> bool:
    """Whether a POST comes from a page of this origin, or from no browser at all.

    `site` is Sec-Fetch-Site, `origin` Origin, `host` Host. Behind a proxy that sends another Host,
    `public_host` is the name that browsers know.
    """
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is None:
        return True
    try:
        netloc = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    name = netloc.rpartition(":")[0] or netloc
    return netloc != "" and (
        netloc == (host or "").lower() or public_host.lower() in (netloc, name)
    )
