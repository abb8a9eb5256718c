"""One request on its way: through a proxy or not, on a kept connection or a fresh one, its body unpacked.

Data flow: address -> aiohttp -> response and body, or a FailedTry that says what went wrong on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from zenhire_sync.api.answers import count_in
from zenhire_sync.api.body import without_nul
from zenhire_sync.api.content_encoding import unpacked
from zenhire_sync.errors import ApiAnswerError, ApiUnreachableError, ConfigurationError
from zenhire_sync.settings import Settings

# A list that does not page at all may hold tens of thousands of sessions; what goes on beyond is no answer.
LARGEST_BODY_BYTES = 256_000_000
# A Link header may hold a token that spells out a whole query.
LONGEST_HEADER_BYTES = 65_536
# A server that closes this many kept connections, and so large a share of them, keeps none: each request then
# has its own, which costs less than finding that out again and again.
FEWEST_LOST, LARGEST_LOST_SHARE = 5, 0.1


class FailedTry(Exception):  # noqa: N818 - a reason to try again, not an error that anyone sees
    """What went wrong with one try. ``pause`` is how long the API asked to wait, seconds."""

    def __init__(self, what: str, *, pause: float | None = None, vendor_id: str | None = None) -> None:
        super().__init__(what)
        self.pause = pause
        self.vendor_id = vendor_id


class KeptConnectionLostError(Exception):
    """A kept connection broke before the first byte of an answer: the server had mostly closed it before.

    That says nothing about the request. It never happens on a fresh connection.
    """


class _NoAnswerError(Exception):
    """A connection that broke before its answer, under a name that aiohttp does not know (see ``_once``)."""


class Transport:
    """Sends GET requests. Use as an async context manager."""

    def __init__(self, settings: Settings, headers: Mapping[str, str], timeout_seconds: float) -> None:
        self._settings = settings
        self._headers = headers
        self._seconds = timeout_seconds
        self._proxy = settings.proxy
        self._stack = AsyncExitStack()
        self._kept: aiohttp.ClientSession | None = None
        self._fresh: aiohttp.ClientSession | None = None
        self._reused = 0
        self._lost = 0

    async def __aenter__(self) -> Self:
        """Raises ConfigurationError for a proxy that cannot be used."""
        if self._proxy is not None and self._proxy.problem is not None:
            raise ConfigurationError(self._proxy.problem)
        self._kept = await self._stack.enter_async_context(self._session(force_close=False))
        self._fresh = await self._stack.enter_async_context(self._session(force_close=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def get(
        self, url: str | URL, params: Mapping[str, str] | None = None, *, fresh: bool = False
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        """The response and its whole body, on a connection of its own when ``fresh``.

        Raises FailedTry for what may pass, KeptConnectionLostError, and ApiUnreachableError, ApiAnswerError
        and ConfigurationError for what will not.
        """
        session = self._fresh if fresh or self._keeps_none() else self._kept
        if session is None:
            raise RuntimeError("use Transport as an async context manager")
        way = SimpleNamespace(is_reused=False)
        try:
            async with session.get(
                url,
                params=params,
                # Never the session's own: aiohttp would show those to a proxy, in clear and with the key.
                headers=self._headers,
                # A redirect would carry the key to wherever it points.
                allow_redirects=False,
                trace_request_ctx=way,
                **self._through(),
            ) as response:
                return response, without_nul(await _body(response))
        except _NoAnswerError as error:
            if way.is_reused:
                self._lost += 1
                raise KeptConnectionLostError from None
            raise FailedTry(f"the connection broke ({error}){self._via()}") from None
        except aiohttp.ClientHttpProxyError as error:
            raise self._of_the_proxy(error) from None
        except aiohttp.ClientSSLError as error:
            raise self._of_tls(error) from None
        except TimeoutError:
            raise FailedTry(f"no answer in {self._seconds:g} s{self._via()}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise FailedTry(self._trouble(error)) from None

    def _session(self, *, force_close: bool) -> aiohttp.ClientSession:
        tracing = aiohttp.TraceConfig()
        tracing.on_connection_reuseconn.append(self._note_reuse)
        return aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._seconds),
            connector=aiohttp.TCPConnector(limit=self._settings.requests_in_flight, force_close=force_close),
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=LONGEST_HEADER_BYTES,
            max_field_size=LONGEST_HEADER_BYTES,
            trace_configs=[tracing],
            middlewares=[_once],
        )

    async def _note_reuse(self, session: Any, context: Any, params: Any) -> None:  # noqa: ARG002 - aiohttp's
        self._reused += 1
        context.trace_request_ctx.is_reused = True

    def _keeps_none(self) -> bool:
        return self._lost >= FEWEST_LOST and self._lost > LARGEST_LOST_SHARE * self._reused

    def _through(self) -> dict[str, Any]:
        if self._proxy is None:
            return {}
        login = self._proxy.authorization
        headers = {} if login is None else {"Proxy-Authorization": login}
        return {"proxy": self._proxy.url, "proxy_headers": headers}

    def _via(self) -> str:
        return "" if self._proxy is None else f", through the proxy {self._proxy}"

    def _trouble(self, error: Exception) -> str:
        if isinstance(error, aiohttp.ClientConnectorError):
            why = error.strerror or error.os_error
            # With a proxy it is the only one that we connect to.
            who = "nobody answers" if self._proxy is None else f"the proxy {self._proxy} does not answer"
            return f"{who} ({why})"
        told = str(error)
        if "Got more than" in told:
            return f"an answer with a header of more than {LONGEST_HEADER_BYTES // 1024} KB{self._via()}"
        if "content-encoding" in told.lower():
            return "an answer packed in a way that cannot be unpacked"
        return f"the connection broke ({type(error).__name__}){self._via()}"

    def _of_the_proxy(self, error: aiohttp.ClientHttpProxyError) -> Exception:
        if error.status == 407:
            return ConfigurationError(
                f"the proxy {self._proxy} asks for a login (407): write user:password@ before its host"
            )
        return FailedTry(f"the proxy {self._proxy} answers HTTP {error.status}")

    def _of_tls(self, error: aiohttp.ClientSSLError) -> ApiUnreachableError:
        what = type(error).__name__
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            what = f"the certificate is not trusted: {error.certificate_error}"
        return ApiUnreachableError(
            f"{self._settings.base_url}: TLS failed ({what}){self._via()}; check the address and the clock; "
            "a company's own certificate authority is named in SSL_CERT_FILE"
        )


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """One request is sent once: aiohttp would send a GET again when its connection breaks, uncounted.

    It does so for errors of its own names, so what breaks leaves under another one.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError, ConnectionError) as error:
        raise _NoAnswerError(type(error).__name__) from None


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The body, unpacked. Raises ApiAnswerError for one that does not end: it would fill the memory."""
    blocks: list[bytes] = []
    size = 0
    while block := await response.content.readany():
        size += len(block)
        if size > LARGEST_BODY_BYTES:
            response.close()
            raise ApiAnswerError(
                f"{response.url.path}: an answer of more than {LARGEST_BODY_BYTES // 1_000_000} MB; "
                "is ZENHIRE_BASE_URL right?",
                status=response.status,
            )
        blocks.append(block)
    try:
        return unpacked(b"".join(blocks), response.headers.get("Content-Encoding", ""), LARGEST_BODY_BYTES)
    except ValueError as error:
        raise FailedTry(str(error)) from None


def counted_by(headers: Mapping[str, str]) -> int | None:
    """How many rows there are in all, as headers of some servers tell; None when they do not."""
    whole = headers.get("Content-Range", "").rpartition("/")[2]
    texts = (headers.get("X-Total-Count"), headers.get("X-Total"), headers.get("Total-Count"), whole)
    return next((count for count in map(count_in, texts) if count is not None), None)


def links_of(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Addresses of the Link header by relation, in small letters; one link may have several (RFC 8288).

    Raises FailedTry for a next page that has no address.
    """
    try:
        links = list(response.links.values())
    except ValueError:
        if "next" in response.headers.get("Link", "").lower():
            # Without it the list would seem to end here.
            raise FailedTry("a Link header that holds no address") from None
        return {}
    found: dict[str, str] = {}
    for link in links:
        relations = next((str(value) for name, value in link.items() if name.lower() == "rel"), "")
        for relation in relations.lower().split():
            found.setdefault(relation, str(link["url"]))
    return found
