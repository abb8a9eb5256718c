"""Keys of the API: where each is found, and what it is."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class ApiKey(BaseModel):
    """A key under a name that may be logged; the value itself never is."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: SecretStr


class KeyReference(BaseModel):
    """A key by the variable that holds it (or ``<variable>_FILE``, ``<variable>_COMMAND``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Word = "default"
    variable: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] = "ZENHIRE_API_KEY"
