"""Everything as the files of one bundle: the database, the datasets, the charts and the dashboards."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml  # type: ignore[import-untyped]  # comes with dbt, without its types

from tools.dashboards.chart import Chart
from tools.dashboards.content import DASHBOARDS, FURTHER_MARTS, Dashboard
from tools.dashboards.layout import native_filters, positions
from tools.dashboards.own_metrics import OWN_METRICS
from tools.dictionary import Mart, described_marts
from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.metrics.superset import dataset_metrics

Files = dict[str, str]

VERSION = "1.0.0"
NAME = "ZenHire"
PUBLISHED_FILE = "duckdb:////srv/zenhire/published/zenhire.duckdb"
# how a connection begins, by the kind of its database
CONNECTED = {
    # so that SQL Lab cannot read other files, write, or take it back
    "duckdb": {
        "read_only": True,
        "config": {"enable_external_access": "false", "lock_configuration": "true"},
    },
    # months and weeks of days are cut by the server in its zone, and shown in UTC
    "postgresql": {"options": "-c timezone=UTC"},
}
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "zenhire-sync/dashboards")


@dataclass(frozen=True)
class Bundle:
    """The dashboards on one database, whose SQLAlchemy address is ``uri``.

    Superset knows its parts by ids made of ``name``: the same name replaces, another one stands beside.
    """

    name: str = NAME
    uri: str = PUBLISHED_FILE

    def files(self, kind: str = "assets") -> Files:
        """Text by path, as Superset imports them: ``assets`` for its command, ``Dashboard`` for its pages."""
        database = f"databases/{_file_name(self.name)}"
        told = {
            "metadata.yaml": {"version": VERSION, "type": kind},
            f"{database}.yaml": self._database(),
            **{
                f"datasets/{_file_name(self.name)}/{mart.name}.yaml": self._dataset(mart)
                for mart in self.marts
            },
            **{
                f"charts/{_file_name(page.title)}_{_file_name(chart.title)}.yaml": self._chart(page, chart)
                for page in DASHBOARDS
                for chart in page.charts
            },
            **{f"dashboards/{_file_name(page.title)}.yaml": self._dashboard(page) for page in DASHBOARDS},
        }
        return {path: _text(one) for path, one in told.items()}

    @cached_property
    def marts(self) -> tuple[Mart, ...]:
        """The marts that are datasets."""
        shown = {chart.mart for page in DASHBOARDS for chart in page.charts} | {*FURTHER_MARTS}
        return tuple(mart for mart in described_marts() if mart.name in shown)

    def id_of(self, kind: str, *words: str) -> str:
        """The id of a part, the same each time."""
        return str(uuid.uuid5(_NAMESPACE, "/".join((self.name, kind, *words))))

    def chart_id(self, page: Dashboard, chart: Chart) -> str:
        """The id of a chart of a dashboard."""
        return self.id_of("chart", page.title, chart.title)

    def _database(self) -> dict[str, Any]:
        kind = re.split(r"\W", self.uri)[0]
        return {
            "database_name": self.name,
            "sqlalchemy_uri": self.uri,
            "expose_in_sqllab": True,
            "allow_ctas": False,
            "allow_cvas": False,
            "allow_dml": False,
            "allow_file_upload": False,
            "extra": {
                "engine_params": {"connect_args": CONNECTED[kind]},
                "allows_virtual_table_explore": True,
            },
            "uuid": self.id_of("database"),
            "version": VERSION,
        }

    def _dataset(self, mart: Mart) -> dict[str, Any]:
        days = [column.name for column in mart.columns if column.type == "date"]
        return {
            "table_name": mart.name,
            "schema": MARTS_SCHEMA,
            "main_dttm_col": days[0] if days else None,
            "description": mart.meaning,
            "filter_select_enabled": True,
            "columns": [
                {
                    "column_name": column.name,
                    "verbose_name": column.name.replace("_", " ").capitalize(),
                    "is_dttm": column.type in {"date", "timestamp"},
                    "type": _type(column.type),
                    "groupby": True,
                    "filterable": True,
                    "description": " ".join((column.meaning, *column.holds)),
                }
                for column in mart.columns
            ],
            "metrics": [*dataset_metrics(mart.name), *OWN_METRICS.get(mart.name, [])],
            "uuid": self.id_of("dataset", mart.name),
            "database_uuid": self.id_of("database"),
            "version": VERSION,
        }

    def _chart(self, page: Dashboard, chart: Chart) -> dict[str, Any]:
        return {
            "slice_name": chart.title,
            "description": chart.description or None,
            "viz_type": chart.viz_type,
            "params": chart.settings(),
            "uuid": self.chart_id(page, chart),
            "dataset_uuid": self.id_of("dataset", chart.mart),
            "version": VERSION,
        }

    def _dashboard(self, page: Dashboard) -> dict[str, Any]:
        columns = {mart.name: {column.name for column in mart.columns} for mart in self.marts}
        ids = [self.chart_id(page, chart) for chart in page.charts]
        return {
            "dashboard_title": f"{self.name}: {page.title}",
            "description": page.description,
            "slug": _file_name(f"{self.name} {page.title}").replace("_", "-"),
            "uuid": self.id_of("dashboard", page.title),
            "published": True,
            "position": positions(page, ids),
            "metadata": {
                "native_filter_configuration": list(
                    native_filters(page, columns, lambda mart: self.id_of("dataset", mart))
                ),
                "cross_filters_enabled": True,
                "color_scheme": "supersetColors",
                "label_colors": dict(page.colours),
                "refresh_frequency": 0,
            },
            "version": VERSION,
        }


def keeping(files: Files, exported: Mapping[str, str]) -> Files:
    """The bundle with the columns and metrics that a company added to its datasets, which an import removes.

    ``exported`` are the files of Superset's own export of them. What the bundle has keeps the bundle's text.
    """
    theirs = {one["uuid"]: one for one in _datasets(exported)}
    kept = dict(files)
    for path, text in files.items():
        if not path.startswith("datasets/"):
            continue
        ours = yaml.safe_load(text)
        own = theirs.get(ours["uuid"], {})
        for part, key in (("columns", "column_name"), ("metrics", "metric_name")):
            known = {one[key] for one in ours[part]}
            ours[part] += [one for one in own.get(part) or () if one[key] not in known]
        kept[path] = _text(ours)
    return kept


def _datasets(exported: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """An export has its files in a folder of its own."""
    for path, text in exported.items():
        if re.search(r"(^|/)datasets/.*\.ya?ml$", path):
            yield yaml.safe_load(text)


def _file_name(title: str) -> str:
    return re.sub(r"\W+", "_", title).strip("_").lower()


def _type(kind: str) -> str:
    """A type in words that Superset knows on each database."""
    return {"string": "VARCHAR"}.get(kind, kind.upper().replace(" ", ""))


def _text(told: Mapping[str, Any]) -> str:
    text: str = yaml.dump(told, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Plain(yaml.SafeDumper):  # type: ignore[misc]  # yaml has no types
    """YAML without references to what was said before."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Each time in full."""
        return True
