"""Declarations of the raw tables that hold the company's own files: names, groups, budgets, purchases.

They mirror the files of the folder ``company`` as they were at the last build, and nothing else writes them.
Amounts, months and days are text as the files say them, in one form each; staging gives them their types.
"""

from __future__ import annotations

from zenhire_schemas.declaration import Table, bigint, key, text

COMPANY_ACCOUNTS = Table(
    "company_accounts",
    "One row per ZenHire client of company/accounts.csv.",
    ("client_id",),
    (
        key("client_id", "sessions.client_id."),
        text("name", "The company's name of the account; null when none is given."),
    ),
)

COMPANY_PROJECTS = Table(
    "company_projects",
    "One row per project of company/projects.csv.",
    ("project_id",),
    (
        key("project_id", "sessions.project_id."),
        text("name", "The company's name of the project; null when none is given."),
        text("cost_center", "Cost center that pays for it; null when none is given."),
        text("owner", "Who answers for it; null when none is given."),
    ),
)

COMPANY_PERSONAS = Table(
    "company_personas",
    "One row per persona of company/personas.csv.",
    ("persona_id",),
    (
        key("persona_id", "personas.id."),
        text("name", "The company's name of the persona; null when none is given."),
        text("team", "The team that works with it; null when none is given."),
    ),
)

COMPANY_TAGS = Table(
    "company_tags",
    "One row per tag of company/tags.csv.",
    ("tag",),
    (
        key("tag", "session_tags.tag, upper and lower case told apart."),
        text("tag_group", "The question that the tag answers, such as region; null when none is given."),
        text("label", "What to show for the tag; null when none is given."),
    ),
)

COMPANY_BUDGETS = Table(
    "company_budgets",
    "One row per project and month of company/budgets.csv.",
    ("client_id", "project_id", "budget_month"),
    (
        text("client_id", "sessions.client_id; empty where the file does not say whose budget it is."),
        key("project_id", "sessions.project_id; empty for the whole account."),
        key("budget_month", "First day of the month (ISO 8601)."),
        key("credits", "Credits planned for the month, a decimal number."),
    ),
)

COMPANY_PURCHASES = Table(
    "company_purchases",
    "One row per purchase of credits of company/purchases.csv.",
    ("line",),
    (
        bigint("line", "Line of the file.", nullable=False),
        text("client_id", "sessions.client_id; empty where the file does not say who bought them."),
        key("purchase_date", "Day of the purchase (ISO 8601)."),
        key("credits", "Credits bought, a decimal number."),
        text("price", "Money paid for them, a decimal number; null when none is given."),
        text("currency", "Currency of the price (ISO 4217 code); null without a price."),
        text("expires_date", "Last day on which the credits are good (ISO 8601); null when they stay good."),
    ),
)

COMPANY_METADATA = Table(
    "company_metadata",
    "One row per metadata key of company/metadata.toml: those that the marts may show.",
    ("metadata_key",),
    (
        key("metadata_key", "session_metadata.key."),
        key("attribute", "Name of its column in sessions_wide, and of the attribute in other marts."),
        key("type", "text, integer, decimal, date or boolean."),
        key("description", "What it means."),
        key("privacy", "keep, pseudonymise or drop."),
    ),
)

COMPANY_TABLES: tuple[Table, ...] = (
    COMPANY_ACCOUNTS, COMPANY_PROJECTS, COMPANY_PERSONAS, COMPANY_TAGS, COMPANY_BUDGETS, COMPANY_PURCHASES,
    COMPANY_METADATA,
)  # fmt: skip
