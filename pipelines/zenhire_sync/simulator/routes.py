"""The HTTP side: routes, transport faults and the control endpoints."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from weakref import WeakKeyDictionary

from aiohttp import web

from zenhire_sync.simulator.request_log import Endpoint, RequestRecord, key_name
from zenhire_sync.simulator.responses import JSON_TYPE, Refusal, Response
from zenhire_sync.simulator.simulated_api import Request, Simulator
from zenhire_sync.simulator.snapshot import to_json

BASE_PATH = "/api/v1/interview"
ROOT_PATH = "/api/v1"

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(simulator: Simulator) -> web.Application:
    """The API in front of a simulator, and its control endpoints:

    ``PUT /simulator/now`` with ``{"now": "<ISO 8601 with zone>"}`` moves the clock;
    ``GET /simulator/requests`` answers ``{"now", "requests": [...]}``.
    """
    app = web.Application(middlewares=[_envelope_errors])
    front = _Front(simulator)
    app.router.add_get(f"{BASE_PATH}/sessions", front.endpoint("list"))
    app.router.add_get(f"{BASE_PATH}/sessions/", front.endpoint("list"))
    app.router.add_get(f"{BASE_PATH}/sessions/{{session_id}}", front.endpoint("detail"))
    app.router.add_get(f"{BASE_PATH}/personas", front.endpoint("personas"))
    app.router.add_get(f"{ROOT_PATH}/credits", front.endpoint("credits"))
    app.router.add_get(f"{ROOT_PATH}/health", front.endpoint("health"))
    app.router.add_put("/simulator/now", front.set_now)
    app.router.add_get("/simulator/requests", front.requests)
    app.router.add_get(f"{ROOT_PATH}/{{rest:.*}}", front.endpoint("other"))
    return app


@web.middleware
async def _envelope_errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """P: every 4xx has the envelope, also for paths and methods that do not exist."""
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        code = error.reason.upper().replace(" ", "_")
        refusal = Refusal(error.status, code, error.reason, has_request_id=False)
        return _response(refusal.answer(datetime.now(UTC), 0))


def _response(answer: Response) -> web.Response:
    return web.Response(
        status=answer.status, text=answer.body, headers=answer.headers, content_type=answer.content_type
    )


class _Front:
    """Turns HTTP requests into simulator requests, logs them, and breaks the transport when told."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._numbers = count(1)
        self._answers: WeakKeyDictionary[asyncio.Transport, int] = WeakKeyDictionary()

    def endpoint(self, endpoint: Endpoint) -> _Handler:
        """The handler of one endpoint."""

        async def handle(http_request: web.Request) -> web.StreamResponse:
            return await self._handle(endpoint, http_request)

        return handle

    async def _handle(self, endpoint: Endpoint, http_request: web.Request) -> web.StreamResponse:
        simulator = self._simulator
        request = _request(next(self._numbers), endpoint, http_request)
        record = _record(request, http_request, simulator.now)
        behaviour = simulator.behaviour
        if behaviour.on_request is not None:
            behaviour.on_request(record)
        if behaviour.latency_sec:
            await asyncio.sleep(behaviour.latency_sec)
        if self._is_worn_out(http_request):
            return _close(http_request)
        if behaviour.redirects_to_slash and http_request.path == f"{BASE_PATH}/sessions":
            raise web.HTTPTemporaryRedirect(f"{BASE_PATH}/sessions/?{http_request.query_string}")
        fault = simulator.injector.strike(request.path, http_request.path_qs)
        record = replace(record, fault=fault.kind if fault else None)
        if fault is not None and fault.kind in {"reset", "closed", "stall"}:
            simulator.log.add(record)
            if fault.kind == "reset":
                return _reset(http_request)
            if fault.kind == "closed":
                return _close(http_request)
            return await _stall(http_request, simulator.faults.stall_sec)
        answer = simulator.answer(request, fault)
        simulator.log.add(replace(record, status=answer.status))
        if fault is not None and fault.kind == "truncated":
            return await _truncate(http_request, answer)
        return _response(answer)

    def _is_worn_out(self, http_request: web.Request) -> bool:
        """Whether this connection has had all the answers that it lives for."""
        transport, most = http_request.transport, self._simulator.behaviour.answers_per_connection
        if transport is None or most is None:
            return False
        answered = self._answers.get(transport, 0)
        self._answers[transport] = answered + 1
        return answered >= most

    async def set_now(self, http_request: web.Request) -> web.Response:
        """Moves the clock."""
        try:
            self._simulator.now = datetime.fromisoformat((await http_request.json())["now"])
        except (json.JSONDecodeError, KeyError, TypeError, ValueError):
            refusal = Refusal(400, "VALIDATION_ERROR", 'send {"now": "<ISO 8601 with zone>"}')
            return _response(refusal.answer(datetime.now(UTC), 0))
        return _response(Response(200, to_json({"now": self._simulator.now.isoformat()})))

    async def requests(self, _: web.Request) -> web.Response:
        """The request log."""
        records = [record.as_json() for record in self._simulator.log.records()]
        body = {"now": self._simulator.now.isoformat(), "requests": records}
        return _response(Response(200, to_json(body)))


def _request(number: int, endpoint: Endpoint, http_request: web.Request) -> Request:
    prefix = BASE_PATH if http_request.path.startswith(BASE_PATH) else ROOT_PATH
    return Request(
        number=number,
        endpoint=endpoint,
        path=http_request.path.removeprefix(prefix).strip("/"),
        session_id=http_request.match_info.get("session_id"),
        query=dict(http_request.query),
        url=str(http_request.url),
        raw_key=http_request.headers.get("X-API-Key"),
    )


def _record(request: Request, http_request: web.Request, now: datetime) -> RequestRecord:
    return RequestRecord(
        number=request.number,
        received_at=datetime.now(UTC),
        now=now,
        method=http_request.method,
        path=http_request.path,
        endpoint=request.endpoint,
        session_id=request.session_id,
        query=request.query,
        key_name=None if request.raw_key is None else key_name(request.raw_key),
    )


async def _stall(http_request: web.Request, stall_sec: float) -> web.StreamResponse:
    """Headers, then nothing."""
    response = web.StreamResponse(headers={"Content-Type": JSON_TYPE, "Content-Length": "1000"})
    await response.prepare(http_request)
    await asyncio.sleep(stall_sec)
    return response


async def _truncate(http_request: web.Request, answer: Response) -> web.StreamResponse:
    """Half of the body that the headers promise, then an orderly end."""
    body = answer.body.encode()
    response = web.StreamResponse(
        status=answer.status, headers={"Content-Type": JSON_TYPE, "Content-Length": str(len(body) + 1)}
    )
    await response.prepare(http_request)
    await response.write(body[: len(body) // 2])
    if http_request.transport is not None:
        http_request.transport.close()
    return response


def _close(http_request: web.Request) -> web.StreamResponse:
    """An orderly end of the connection instead of an answer."""
    if http_request.transport is not None:
        http_request.transport.close()
    return web.Response()


def _reset(http_request: web.Request) -> web.StreamResponse:
    transport = http_request.transport
    if transport is not None:
        raw = transport.get_extra_info("socket")
        # close at once and without goodbye, so that the client sees a reset, not an orderly end
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
