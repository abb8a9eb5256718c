"""What a redirect means: the same address with or without its last slash, or another place. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from zenhire_sync.api.answers import shown

REDIRECTS = {301, 302, 303, 307, 308}


def same_but_for_a_slash(asked: str, location: str | None) -> str | None:
    """The address to ask instead, on our own server and with our own query; None for another place.

    Behind a proxy a server may take itself for plain http, and some drop the query: only the path is taken
    from them, so that the key goes nowhere else and no page is asked for twice.
    """
    parts, target = urlsplit(asked), _target(asked, location)
    if target is None or target.hostname != parts.hostname or target.path == parts.path:
        return None
    is_same = target.path.rstrip("/") == parts.path.rstrip("/")
    return parts._replace(path=target.path).geturl() if is_same else None


def where_to(asked: str, location: str | None, relative: str) -> str:
    """What a redirect to another place says, and what to set; never a query, which may hold secrets.

    ``relative`` is the path that was asked for below the base URL.
    """
    target = _target(asked, location)
    if target is None:
        return "a redirect that does not say where to; is ZENHIRE_BASE_URL right?"
    place = shown(f"{target.scheme}://{target.netloc.rpartition('@')[2]}{target.path}")
    base, found, rest = place.rpartition("/" + relative.strip("/"))
    if found and not rest.strip("/"):
        return f"a redirect to {place}; if that is ZenHire, set ZENHIRE_BASE_URL={base}"
    return f"a redirect to {place}; is ZENHIRE_BASE_URL right?"


def _target(asked: str, location: str | None) -> SplitResult | None:
    """Where the location leads; None when it is none."""
    try:
        target = urlsplit(urljoin(asked, location or ""))
        is_place = bool(location and target.hostname)
    except ValueError:
        is_place = False
    return target if is_place else None
