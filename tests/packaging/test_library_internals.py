"""What the program takes of libraries beyond their promises, named and held: a new version may move it."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest
import typer
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt_common.events.event_manager_client import cleanup_event_logger
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import ConfigProvider
from dlt.common.configuration.specs.config_providers_context import ConfigProvidersContainer
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from typer.main import get_command

PROGRAM = Path(__file__).parents[2] / "pipelines" / "zenhire_sync"
# Attributes with a leading underscore of what is not ours. A namedtuple's _replace is public.
PRIVATE = {
    "DuckDBConnectionManager._ENV",
    # After a second signal nothing may keep the process from ending.
    "os._exit",
}
# Names under which our own objects look into each other.
OURS = ("self.", "cls.", "other.", "copy.", "reader.")


def test_nothing_else_reaches_into_a_library() -> None:
    found = {
        ast.unparse(node)
        for path in PROGRAM.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.endswith("__")
    }
    assert {name for name in found if not name.startswith(OURS) and not name.endswith("._replace")} == PRIVATE


def test_dbt_still_keeps_the_warehouse_open_where_we_close_it() -> None:
    assert "_ENV" in vars(DuckDBConnectionManager)
    assert callable(DuckDBConnectionManager.close_all_connections)
    assert callable(cleanup_event_logger)


def test_dlt_still_asks_a_provider_as_ours_answers() -> None:
    asked = list(inspect.signature(ConfigProvider.get_value).parameters)
    assert asked == ["self", "key", "hint", "pipeline_name", "sections"]
    assert isinstance(Container()[PluggableRunContext].providers, ConfigProvidersContainer)


@pytest.mark.parametrize("arguments", [["--nothing"], ["nothing"], ["one", "--number", "x"], ["one"]])
def test_typer_still_tells_what_it_cannot_read(arguments: list[str]) -> None:
    app = typer.Typer()

    @app.command()
    def one(number: int = typer.Option(...)) -> None:
        """A command."""

    app.command("two")(lambda: None)
    with pytest.raises(Exception, match=r"\w") as caught:
        get_command(app).main(arguments, prog_name="x", standalone_mode=False)
    assert caught.value.format_message()  # type: ignore[attr-defined]
