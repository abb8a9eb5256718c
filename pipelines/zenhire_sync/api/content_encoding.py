"""Bodies packed under names that the HTTP library does not know. Pure."""

from __future__ import annotations

import zlib

# What the library unpacks by itself, when it is the only one.
_UNPACKED = {"gzip", "deflate", "br", "zstd"}
_AS_IT_IS = {"", "identity"}
# Of zlib: a gzip header; either a zlib header or none is tried for deflate.
_GZIP, _ZLIB, _BARE = 31, 15, -15
_FORMATS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _BARE), "x-deflate": (_ZLIB, _BARE)}


def unpacked(body: bytes, header: str, most: int) -> bytes:
    """The body without the encodings of a Content-Encoding header; as it is from the first unknown one on.

    Raises ValueError for a body that is broken, or has more than ``most`` bytes unpacked.
    """
    if header.lower() in _UNPACKED:
        return body
    for name in reversed(_names(header)):
        if name not in _FORMATS:
            break
        body = _inflated(body, _FORMATS[name], most)
    return body


def unknown_encoding(header: str) -> str | None:
    """The encoding that nothing here unpacks."""
    if header.lower() in _UNPACKED:
        return None
    return next((name for name in reversed(_names(header)) if name not in _FORMATS), None)


def _names(header: str) -> list[str]:
    return [name for name in (part.strip().lower() for part in header.split(",")) if name not in _AS_IT_IS]


def _inflated(body: bytes, formats: tuple[int, ...], most: int) -> bytes:
    for number in formats:
        try:
            return _members(body, number, most)
        except zlib.error:
            continue
    raise ValueError("the packed body is broken")


def _members(body: bytes, number: int, most: int) -> bytes:
    """A gzip body may consist of several, one behind the other."""
    found = b""
    while body:
        unpacking = zlib.decompressobj(number)
        found += unpacking.decompress(body, most + 1 - len(found))
        if len(found) > most or not unpacking.eof:
            raise ValueError("the packed body is too large or cut short")
        body = unpacking.unused_data.lstrip(b"\0")
    return found
