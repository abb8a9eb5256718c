"""What the raw tables have seen that the company may want to name: nobody should have to type a uuid."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zenhire_sync.warehouse.port import Reader

# A tag that stands on one session only tells no groups, and may be a candidate's reference.
_FEWEST_SESSIONS = 2
_MOST_TAGS = 500
_SPEAKING = re.compile(
    r"mail|phone|mobile|name|candidate|applicant|person|birth|address|iban|(^|_|\b)(id|ref|uid|ssn)(_|\b|$)"
)
_MIXED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MANY = 10


@dataclass(frozen=True, slots=True)
class SeenId:
    """A project, persona or tag, with what tells a person which one it is."""

    id: str
    sessions: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SeenKey:
    """A metadata key: on how many sessions, how many different values, and on how many they hold an @."""

    key: str
    sessions: int
    values: int
    with_at: int

    @property
    def is_like_an_identifier(self) -> bool:
        """Whether it seems to tell people apart: by its name, an address, or values that never recur."""
        words = _MIXED.sub("_", self.key).lower().replace("-", "_").replace(".", "_").replace(" ", "_")
        is_always_new = self.sessions >= _MANY and self.values > self.sessions / 2
        return bool(_SPEAKING.search(words)) or self.with_at > 0 or is_always_new


@dataclass(frozen=True, slots=True)
class SeenIds:
    """Everything that can be named, most sessions first."""

    accounts: tuple[SeenId, ...] = ()
    projects: tuple[SeenId, ...] = ()
    personas: tuple[SeenId, ...] = ()
    tags: tuple[SeenId, ...] = ()
    keys: tuple[SeenKey, ...] = ()


_ACCOUNTS = """
    select client_id as id, count(*) as sessions, max(created_at) as last_at
    from sessions group by client_id
    order by sessions desc nulls last, id
"""
_PROJECTS = """
    select project_id as id, count(*) as sessions, max(created_at) as last_at
    from sessions where project_id is not null group by project_id
    order by sessions desc nulls last, id
"""
_PERSONAS = """
    select s.persona_id as id, count(*) as sessions, max(coalesce(p.role_name, s.role_name)) as role_name,
        max(coalesce(p.language, s.language)) as language
    from sessions s left join personas p on p.id = s.persona_id
    group by s.persona_id
    order by sessions desc nulls last, id
"""
_TAGS = """
    select tag as id, count(distinct session_id) as sessions
    from session_tags where tag is not null group by tag having count(distinct session_id) >= ?
    order by sessions desc nulls last, id limit ?
"""
_KEYS = """
    select "key" as metadata_key, count(*) as sessions, count(distinct "value") as different,
        count(case when position('@' in "value") > 0 then 1 end) as with_at
    from session_metadata group by "key"
    order by sessions desc nulls last, metadata_key
"""


def look_for_ids(reader: Reader) -> SeenIds:
    """What the raw tables hold. Raises WarehouseError."""

    def dated(sql: str) -> tuple[SeenId, ...]:
        return tuple(
            SeenId(row["id"], row["sessions"], f"last on {row['last_at']:%Y-%m-%d}")
            for row in reader.rows(sql)
        )

    return SeenIds(
        dated(_ACCOUNTS),
        dated(_PROJECTS),
        tuple(
            SeenId(row["id"], row["sessions"], ", ".join(filter(None, (row["role_name"], row["language"]))))
            for row in reader.rows(_PERSONAS)
        ),
        tuple(SeenId(row["id"], row["sessions"]) for row in reader.rows(_TAGS, _FEWEST_SESSIONS, _MOST_TAGS)),
        tuple(SeenKey(*row.values()) for row in reader.rows(_KEYS)),
    )
