"""Every setting with its default, bounds and meaning; docs/settings.md is made from here."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from zenhire_sync.alert_settings import AlertSettings
from zenhire_sync.api_keys import KeyReference
from zenhire_sync.duration import Duration
from zenhire_sync.proxy import Proxy
from zenhire_sync.signal_settings import SignalSettings

DEFAULT_BASE_URL = "https://platform.zenhire.ai/api/v1/interview"  # P

PrivacyChoice = Literal["keep", "pseudonymise", "drop"]
Destination = Literal["duckdb", "postgres", "lake"]
PublishTarget = Literal["postgres", "snowflake", "bigquery", "databricks", "motherduck"]
PagingStyle = Literal["auto", "cursor", "offset", "page", "none"]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class Home(BaseModel):
    """Where rows are, as the profile says: the engine, and how to reach it. No setting names it."""

    model_config = ConfigDict(frozen=True)

    destination: Destination | PublishTarget = "duckdb"
    url: SecretStr | None = None
    parameters: dict[str, str] = Field(default_factory=dict)


class Settings(AlertSettings, SignalSettings):
    """What one command runs with; ``x`` is set by ``ZENHIRE_X`` or under ``[settings]`` in a profile."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(DEFAULT_BASE_URL, description="Where the API is; plain http only on loopback.")
    data_dir: Path = Field(Path("data"), description="Folder of the warehouse, the published files and logs.")
    company_dir: Path | None = Field(
        None,
        description="Folder of the company's own files (names of projects and personas, groups of tags, "
        "budgets); `company` in the data folder when not set. [More](company.md).",
    )
    rate_limit_per_minute: int = Field(
        500, ge=1, le=1_000_000, description="Requests a minute that each key allows."
    )
    page_size: int = Field(100, ge=1, le=1000, description="Sessions asked for on a list page.")
    paging: PagingStyle = Field("auto", description="How the list pages; auto detects and verifies it.")
    paging_param: Word | None = Field(
        None, description="Name of the query parameter of the next page; detected when not set."
    )
    page_size_param: Word | None = Field(
        None, description="Name of the query parameter of the page size; detected when not set."
    )
    rows_field: Word | None = Field(
        None, description="Field of the envelope that holds the rows; detected when not set."
    )
    filters: Literal["auto", "off"] = Field("auto", description="Server-side filters: once proven, or never.")
    set_aside_exit: Literal["0", "3"] = Field(
        "3", description="Exit code of a good run that set rows aside; 0 where a scheduler knows no shades."
    )
    run_within: Duration | None = Field(
        None,
        description="Time that `run` may take, such as `90m` or `1h30m`; as long as it takes when not set.",
    )
    recheck_days: int = Field(30, ge=0, le=3650, description="Days that an unfinished session is watched.")
    recheck_pages: int = Field(20, ge=1, le=100_000, description="List pages read on any night.")
    cursor_lag_minutes: int = Field(
        60, ge=0, le=43_200, description="How far behind its cursor a run reads again, minutes."
    )
    survey_ladder_days: tuple[Annotated[int, Field(ge=0, le=3650)], ...] = Field(
        (0, 1, 2, 3, 5, 8, 13, 21, 30),
        description="Days after completion on which a session without a survey is asked for again.",
    )
    persona_check_days: int = Field(
        7, ge=1, le=3650, description="Days after which a persona in use is looked at again."
    )
    audit_requests: int = Field(
        50,
        ge=0,
        le=20_000,
        description="Sessions of a random sample that a sync asks for beyond its plan, to measure how many "
        "differ from what is held; 0 for none.",
    )
    verify_days: int = Field(
        30, ge=0, le=3650, description="Days within which each session is seen again; 0: no matter how long."
    )
    # Two of DuckDB's row groups: one that a load leaves unfinished is compressed again by the next.
    window_sessions: int = Field(
        245_760, ge=100, le=1_000_000, description="Sessions after which a run commits what it has."
    )
    window_details: int = Field(
        20_000, ge=1, le=1_000_000, description="Session details after which a run commits what it has."
    )
    window_minutes: float = Field(
        5, gt=0, le=1_440, description="Minutes of asking after which it does so too."
    )
    requests_in_flight: int = Field(8, ge=1, le=64, description="Requests under way at once.")
    request_timeout_seconds: float = Field(
        30, gt=0, le=600, description="Longest wait for one answer, seconds."
    )
    request_attempts: int = Field(5, ge=1, le=20, description="How often one request is tried.")
    retry_base_seconds: float = Field(
        0.5, gt=0, le=60, description="First wait before a retry, doubled each time, with jitter, seconds."
    )
    retry_budget: int = Field(1_000, ge=0, description="Retries of one run, all requests together.")
    max_rejected_share: float = Field(
        0.2, ge=0, le=1, description="Share of a run's rows that may break the contract before it stops."
    )
    reporting_time_zone: str = Field("UTC", description="Time zone of the marts' days (IANA name).")
    publish_to: PublishTarget | None = Field(
        None,
        description="`postgres`: the published marts are written into the database of `ZENHIRE_POSTGRES_URL` "
        "too, for teams that read there. `snowflake`, `bigquery`, `databricks`, `motherduck`: into that "
        "warehouse; not tested there.",
    )
    publish_dir: str | None = Field(
        None,
        description="Folder of the published files, or the URL of an object store (`s3://bucket/path`, "
        "`gs://`, `abfss://`) that they are copied to; `published` in the data folder when not set. A "
        "warehouse on a server makes files only when it is set.",
    )
    lake_dir: str | None = Field(
        None,
        description="Profile lake: folder of the raw tables and marts, or the URL of an object store "
        "(`s3://bucket/path`, `gs://`, `abfss://`); `lake` in the data folder when not set.",
    )
    lake_keep_days: float = Field(
        7, ge=0, le=3650, description="Profile lake: days for which older states of the raw tables are kept."
    )
    lake_catalog_marts: bool = Field(
        False,
        description="Profile lake: the published marts are Iceberg tables of the catalog too "
        "(`zenhire_marts.<mart>`), for engines that read by its names.",
    )
    spark_master: str | None = Field(
        None,
        pattern=r"^(spark://|k8s://|yarn$|local(\[[0-9*]+\])?$)",
        description="Profile lake: the Spark cluster on which the marts are built (`spark://host:7077`, "
        "`yarn`, `k8s://...`, `local[*]`); DuckDB on this machine when not set.",
    )
    credit_price: Decimal | None = Field(
        None,
        ge=0,
        max_digits=18,
        decimal_places=6,
        description="Money for one credit in focus_cost_and_usage; credits alone when not set.",
    )
    credit_currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        "USD", description="Currency of credit_price (ISO 4217 code)."
    )
    memory_limit: str | None = Field(
        None,
        description="Memory of build and publish, such as 2GB or 50%; half of what the machine, container or "
        "service may have when not set.",
    )
    privacy_candidate_ref: PrivacyChoice = Field(
        "keep", description="What is kept of candidate references: `keep`, `pseudonymise` or `drop`."
    )
    privacy_comment: PrivacyChoice = Field(
        "keep", description="The same for the comments of surveys; ratings and flags stay."
    )
    privacy_metadata: PrivacyChoice = Field(
        "keep", description="The same for the values of metadata; the keys stay."
    )
    privacy_prompts: PrivacyChoice = Field(
        "keep",
        description="The same for prompts; changes of a pseudonymised prompt are seen, of a dropped one not.",
    )
    privacy_unknown_fields: PrivacyChoice | None = Field(
        None,
        description="The same for fields that the API's contract does not know; the strictest of the other "
        "choices when not set.",
    )
    privacy_key: SecretStr | None = Field(
        None,
        description="Secret key of the pseudonyms (HMAC-SHA-256), 16 characters or more; or "
        "`ZENHIRE_PRIVACY_KEY_FILE`, the file that holds it.",
    )

    # Not a setting of ours: it is named by the variables that every program reads.
    _proxy: Proxy | None = PrivateAttr(None)
    _home: Home = PrivateAttr(default_factory=Home)
    _readers: Home | None = PrivateAttr(None)

    @property
    def home(self) -> Home:
        """Where the warehouse is."""
        return self._home

    @property
    def readers(self) -> Self | None:
        """The same settings at the server where published marts are written too; None when nowhere."""
        return None if self._readers is None else self.at(self._readers)

    def with_readers_at(self, home: Home | None) -> Self:
        """The same settings with published marts written to another place too."""
        return self._with("_readers", home)

    def at(self, home: Home) -> Self:
        """The same settings with the warehouse at another place."""
        return self._with("_home", home)

    @property
    def proxy(self) -> Proxy | None:
        """What leads to the API, if not the direct way."""
        return self._proxy

    def through(self, proxy: Proxy | None) -> Self:
        """The same settings with another way to the API."""
        return self._with("_proxy", proxy)

    def _with(self, name: str, value: object) -> Self:
        copy = self.model_copy()
        setattr(copy, name, value)
        return copy

    @property
    def warehouse_path(self) -> Path:
        """The working DuckDB file; not for readers."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def store_url(self) -> str | None:
        """The object store that published files are copied to."""
        return self.publish_dir if self.publish_dir and "://" in self.publish_dir else None

    @property
    def published_path(self) -> Path:
        """What BI opens."""
        named = None if self.store_url else self.publish_dir
        return (Path(named) if named else self.data_dir / "published") / "zenhire.duckdb"

    @property
    def company_path(self) -> Path:
        """The folder of the company's own files; it need not be there."""
        return self.company_dir or self.data_dir / "company"

    @property
    def report_path(self) -> Path:
        """The offline report."""
        return self.published_path.with_name("report.html")

    @property
    def state_dir(self) -> Path:
        """Working folders of dlt and dbt, and the lock. May be deleted between runs."""
        return self.data_dir / "state"


class Profile(BaseModel):
    """One environment: where the data goes. Read from ``profiles/<name>.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str
    destination: Destination = "duckdb"
    dbt_target: str = "duckdb"
    postgres: dict[str, str | int] = Field(default_factory=dict)
    lake: dict[str, str | int] = Field(default_factory=dict)
    publish: dict[str, str] = Field(default_factory=dict)
    keys: tuple[KeyReference, ...] = Field((KeyReference(),), min_length=1)

    @field_validator("postgres")
    @classmethod
    def _without_secrets(cls, parameters: dict[str, str | int]) -> dict[str, str | int]:
        if "password" in parameters:
            raise ValueError("it holds a secret; set ZENHIRE_POSTGRES_URL or PGPASSFILE instead")
        return parameters

    @field_validator("lake", "publish")
    @classmethod
    def _without_logins(cls, properties: dict[str, str | int], info: ValidationInfo) -> dict[str, str | int]:
        for name in properties:
            if any(word in name for word in ("token", "secret", "credential", "password", "access-key")):
                own = {"publish": "ZENHIRE_PUBLISH_CREDENTIALS"}
                meant = own.get(info.field_name or "", "the catalog's or the store's own variables")
                raise ValueError(f"{name} is a secret; give it to {meant}")
        return properties

    @field_validator("keys")
    @classmethod
    def _distinct(cls, keys: tuple[KeyReference, ...]) -> tuple[KeyReference, ...]:
        if len({key.name for key in keys}) != len(keys):
            raise ValueError("two keys have the same name")
        return keys
