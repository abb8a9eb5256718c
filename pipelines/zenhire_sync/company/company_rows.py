"""What a row of each file of the company may hold. Blank cells are None, texts without blanks around them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from zenhire_schemas.session import FIRST_YEAR, LAST_YEAR, canonical_id
from zenhire_sync.settings import PrivacyChoice

AttributeType = Literal["text", "integer", "decimal", "date", "boolean"]
# Attributes of every session, without any listed key.
BUILT_IN_ATTRIBUTES = ("project", "cost_center", "project_owner", "persona", "persona_team")
# Rows of a mart stand for what has no value under this name.
NONE_VALUE = "(none)"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"\d{4}-\d{2}")


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    if any(category(character) in {"Cc", "Cs"} for character in flat):
        raise ValueError("it holds a control character")
    return flat


def _plain(text: str) -> str:
    _one_line(text)
    return text


def _day(text: str) -> str:
    try:
        named = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        named = None
    if named is None or not FIRST_YEAR < named.year < LAST_YEAR:
        raise ValueError(f"it is a day such as 2026-03-31, not {text!r}")
    return text


def _first_of_month(text: str) -> str:
    if not _MONTH.fullmatch(text):
        raise ValueError(f"it is a month such as 2026-03, not {text!r}")
    try:
        return _day(f"{text}-01")
    except ValueError:
        raise ValueError(f"it is a month such as 2026-03, not {text!r}") from None


def _not_none(text: str) -> str:
    if text == NONE_VALUE:
        raise ValueError(f"{NONE_VALUE} stands for sessions without a value")
    return text


Text = Annotated[str, Field(max_length=200), AfterValidator(_one_line), AfterValidator(_not_none)]
# As sessions carry it, blanks within it too.
TagText = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
Id = Annotated[str, Field(max_length=64), AfterValidator(_one_line), AfterValidator(canonical_id)]
Day = Annotated[str, AfterValidator(_day)]
Month = Annotated[str, AfterValidator(_first_of_month)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class CompanyRow(BaseModel):
    """One row of a file. ``key`` names the columns that no two rows share; ``file`` is the file's name.

    The ``optional`` columns may be missing in the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    file: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    optional: ClassVar[tuple[str, ...]] = ()

    def stored(self) -> dict[str, Any]:
        """The row of the raw table, without the line."""
        return {name: None if value is None else str(value) for name, value in self}


class AccountName(CompanyRow):
    """What the company calls a ZenHire client of its own."""

    file = "accounts.csv"
    key = ("client_id",)

    client_id: Id
    name: Text | None


class ProjectName(CompanyRow):
    """What the company calls a project."""

    file = "projects.csv"
    key = ("project_id",)

    project_id: Id
    name: Text | None
    cost_center: Text | None
    owner: Text | None


class PersonaName(CompanyRow):
    """What the company calls a persona."""

    file = "personas.csv"
    key = ("persona_id",)

    persona_id: Id
    name: Text | None
    team: Text | None


class TagGroup(CompanyRow):
    """Which question a tag answers, and how the answer reads."""

    file = "tags.csv"
    key = ("tag",)

    tag: TagText
    group: Text | None
    label: Text | None

    def stored(self) -> dict[str, Any]:
        """``group`` is a word of SQL."""
        return {"tag": self.tag, "tag_group": self.group, "label": self.label}


class Budget(CompanyRow):
    """Credits planned for a month; without a project, for the whole account."""

    file = "budgets.csv"
    key = ("project_id", "month", "account")
    optional = ("account",)

    project_id: Id | None
    month: Month
    credits: Amount
    account: Text | None = None

    def stored_for(self, client_id: str) -> dict[str, Any]:
        """The row of the raw table for the account's client, or the empty id. A key is never null."""
        return {
            "client_id": client_id,
            "project_id": self.project_id or "",
            "budget_month": self.month,
            "credits": f"{self.credits:f}",
        }


class CreditPurchase(CompanyRow):
    """Credits that were bought."""

    file = "purchases.csv"
    key = ()
    optional = ("account",)

    date: Day
    credits: Amount
    price: Amount | None
    currency: Currency | None
    expires: Day | None
    account: Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.price is None) != (self.currency is None):
            raise ValueError("price and currency go together")
        if self.expires is not None and self.expires < self.date:
            raise ValueError("expires is before date")
        return self

    def stored_for(self, client_id: str) -> dict[str, Any]:
        """The row of the raw table for the account's client, or the empty id; days under names of days."""
        return {
            "client_id": client_id,
            "purchase_date": self.date,
            "credits": f"{self.credits:f}",
            "price": None if self.price is None else f"{self.price:f}",
            "currency": self.currency,
            "expires_date": self.expires,
        }


class MetadataKey(BaseModel):
    """A metadata key that the marts may show, under the name ``column``."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    key: str
    column: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    type: AttributeType = "text"
    description: Text
    privacy: PrivacyChoice = "keep"

    @property
    def meaning(self) -> str:
        """The comment on its column."""
        return f"{self.description} (null without a value, or with one that is no {self.type})"

    def stored(self) -> dict[str, Any]:
        """The row of the raw table."""
        return {
            "metadata_key": self.key,
            "attribute": self.column,
            "type": self.type,
            "description": self.description,
            "privacy": self.privacy,
        }
