"""One error type per decision a caller can make, each with its documented exit code.

A message says what is wrong, which id it concerns and what to do next. It never holds a key, a prompt,
a comment or a candidate reference.
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_SET_ASIDE = 3
EXIT_LOCKED = 4
# As shells have it: 128 and the number of the signal.
EXIT_HUNG_UP = 129
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class ZenhireError(Exception):
    """What a user is told in one line; ends the command with ``exit_code``."""

    exit_code = EXIT_FAILED


class ConfigurationError(ZenhireError):
    """A setting, profile or key reference that cannot be used. Fix it and run again."""

    exit_code = EXIT_USAGE


class KeyRefusedError(ZenhireError):
    """The API refused the key (401) or its client lacks the permission (403, P).

    ``is_certain`` is False for a 403 that does not say so: it may be about this one request.
    """

    exit_code = EXIT_USAGE

    def __init__(self, message: str, *, is_certain: bool = True) -> None:
        self.is_certain = is_certain
        super().__init__(message)


class LockHeldError(ZenhireError):
    """Another run works on the same data directory. Wait for it."""

    exit_code = EXIT_LOCKED


class ApiUnreachableError(ZenhireError):
    """No usable answer after every retry: nobody listening, a timeout, a fault that stays.

    ``fault`` says what the last try met, without the address.
    """

    def __init__(self, message: str, *, request_id: str | None = None, fault: str | None = None) -> None:
        self.request_id = request_id
        self.fault = message if fault is None else fault
        super().__init__(message if request_id is None else f"{message} (requestId {request_id})")


class ApiAnswerError(ZenhireError):
    """An answer that is not what the contract says, for one request; ``request_id`` is the vendor's."""

    def __init__(self, message: str, *, status: int | None = None, request_id: str | None = None) -> None:
        self.status = status
        self.request_id = request_id
        super().__init__(message if request_id is None else f"{message} (requestId {request_id})")


class PagingError(ZenhireError):
    """The session list could not be read to its end without doubt."""


class ContractFloodError(ZenhireError):
    """So many rows break the contract that the API must have changed. Nothing was committed."""


class RejectedRowsError(ZenhireError):
    """Rows break the contract, and nothing was selected that would keep them. Nothing was loaded."""


class WarehouseError(ZenhireError):
    """The warehouse cannot be opened, read or written."""


class BuildError(ZenhireError):
    """The marts could not be built or a test of theirs failed."""


class AuditError(ZenhireError):
    """The copy to publish disagrees with the warehouse. The published file stays as it was."""


def first_line(error: BaseException) -> str:
    """What a library's error says, without the hints and pictures below."""
    return str(error).strip().partition("\n")[0].strip() or type(error).__name__
