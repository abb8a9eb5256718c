"""Those rules of dbt-project-evaluator that a manifest can tell, each exception with its reason.

The package itself cannot be installed from an index: see CONTRIBUTING. A docstring has the rule's name there.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.transforms.warehouse import NOW

from zenhire_schemas.names import DETAIL_REASONS
from zenhire_sync.bundle import bundled
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts.environment import dbt_variables, process_set_up, work_dir
from zenhire_sync.marts.runner import run_dbt
from zenhire_sync.marts.verdict import manifest_path
from zenhire_sync.settings import Settings

LAYERS = ("staging", "core/steps", "core", "intermediate", "marts/steps", "marts")
NAMES = {
    "staging": r"stg_\w+",
    "core/steps": r"int_\w+",
    "core": r"(dim|fct)_\w+",
    "intermediate": r"int_\w+",
    "marts/steps": r"int_\w+",
    "marts": r"(?!int_|stg_|dim_|fct_)\w+",
}
MOST_JOINS = 6
MOST_TABLES_IN_A_CHAIN = 6
MOST_LEAVES = 3

Node = dict[str, Any]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Node:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    work = work_dir(settings)
    work.mkdir(parents=True)
    with process_set_up(dbt_variables(settings, NOW)):
        run_dbt(
            ("parse",),
            project=bundled("transforms"),
            target="duckdb",
            work=work,
            let_go=warehouse_of(settings).dbt().let_go,
        )
    return dict(json.loads(manifest_path(work).read_text("utf-8")))


@pytest.fixture
def models(manifest: Node) -> list[Node]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def _layer(node: Node) -> str:
    return str(Path(node["original_file_path"]).parent.relative_to("models"))


def _parents(node: Node) -> list[str]:
    return [name for name in node["depends_on"]["nodes"] if name.startswith("model.")]


def test_data_goes_up_the_layers(manifest: Node, models: list[Node]) -> None:
    """fct_staging_dependent_on_staging and _on_marts_or_intermediate, fct_model_directories."""
    rank = {node["unique_id"]: LAYERS.index(_layer(node)) for node in models}
    # of the core, a step may need a dimension and a dimension a step; a mart may read another mart
    floors = {0: 0, 1: 1, 2: 1, 3: 3, 4: 4, 5: 4}
    # The credits of a day are what months, balances and charges are reckoned from.
    reckoned_from = {"model.zenhire.credit_usage_daily", "model.zenhire.credit_reconciliation"}
    wrong = {
        (node["name"], parent)
        for node in models
        for parent in _parents(node)
        if floors[rank[parent]] > floors[rank[node["unique_id"]]] and parent not in reckoned_from
    }
    staging = {node["name"] for node in models if _layer(node) == "staging" and _parents(node)}
    assert (wrong, staging) == (set(), set())


def test_only_staging_reads_sources_each_its_own(manifest: Node, models: list[Node]) -> None:
    """fct_direct_join_to_source, fct_source_fanout, fct_multiple_sources_joined, fct_unused_sources."""
    readers = {
        node["name"]: [name for name in node["depends_on"]["nodes"] if name.startswith("source.")]
        for node in models
    }
    staging = {node["name"] for node in models if _layer(node) == "staging"}
    assert {name for name, sources in readers.items() if sources} == staging
    read = [source for sources in readers.values() for source in sources]
    assert sorted(read) == sorted(manifest["sources"])


def test_every_model_is_made_of_another(models: list[Node]) -> None:
    """fct_root_models."""
    # the lists of checks and of metrics are written down, not read
    written = {node["name"] for node in models if not node["depends_on"]["nodes"]}
    assert written == {"int_quality_checks", "metrics"}


def test_a_model_is_named_after_its_layer(models: list[Node]) -> None:
    """fct_model_naming_conventions."""
    assert [n["name"] for n in models if not re.fullmatch(NAMES[_layer(n)], n["name"])] == []


def test_a_model_joins_few_others(models: list[Node]) -> None:
    """fct_too_many_joins. What is named only for its order, behind ``depends_on``, is not joined."""
    joined = {node["name"]: _joined(node) for node in models}
    assert {name: read for name, read in joined.items() if len(read) > MOST_JOINS} == {}


def _joined(node: Node) -> set[str]:
    if "rows_of(" in node["raw_code"]:
        return set(_parents(node))
    code = re.sub(r"--.*", "", node["raw_code"])
    return set(re.findall(r"ref\('(\w+)'\)", code))


def test_a_chain_of_tables_is_short(models: list[Node]) -> None:
    """fct_chained_views_dependencies, and our own limit for what is built one after the other.

    ``sync_freshness`` comes behind them all: it counts their rows.
    """
    by_id = {node["unique_id"]: node for node in models}

    @cache
    def depth(name: str, kind: str) -> int:
        node = by_id[name]
        own = int(node["config"]["materialized"] == kind)
        return own + max((depth(parent, kind) for parent in _parents(node)), default=0)

    assert (
        max(depth(name, "table") for name in by_id if not name.endswith(".sync_freshness"))
        <= MOST_TABLES_IN_A_CHAIN
    )
    assert max(depth(name, "view") for name in by_id) == 1


def test_no_table_is_named_but_through_ref(models: list[Node]) -> None:
    """fct_hard_coded_references."""
    # A text that users are shown, for them to run.
    shown = {"data_quality"}
    code = {node["name"]: re.sub(r"--.*|extract\(.*?\)", "", node["raw_code"]) for node in models}
    found = {name for name, text in code.items() if re.search(r"\b(from|join)\s+\w+\.\w+", text)}
    assert found == shown


def test_models_sources_and_public_columns_are_described(manifest: Node, models: list[Node]) -> None:
    """fct_undocumented_models, fct_undocumented_sources, fct_undocumented_public_models."""
    sources = list(manifest["sources"].values())
    assert [node["name"] for node in (*models, *sources) if not node["description"]] == []
    assert [node["name"] for node in sources if not node["source_description"]] == []
    described = [node for node in (*models, *sources) if node.get("access", "public") == "public"]
    assert [(n["name"], c) for n in described for c, v in n["columns"].items() if not v["description"]] == []


def test_public_models_are_those_that_are_published_and_keep_a_contract(models: list[Node]) -> None:
    """fct_public_models_without_contract."""
    public = {node["name"] for node in models if node["access"] == "public"}
    assert public == {node["name"] for node in models if _layer(node) in {"core", "marts"}}
    # Its last columns are those of the company's metadata.toml, which no contract of ours can know.
    without = [n["name"] for n in models if n["name"] in public and not n["contract"]["enforced"]]
    assert without == ["sessions_wide"]


def test_what_is_shown_to_people_is_a_public_table(manifest: Node, models: list[Node]) -> None:
    """fct_exposures_dependent_on_private_models, fct_exposure_parents_materializations."""
    by_id = {node["unique_id"]: node for node in models}
    shown = {name for exposure in manifest["exposures"].values() for name in exposure["depends_on"]["nodes"]}
    kinds = {(by_id[name]["access"], by_id[name]["config"]["materialized"]) for name in shown}
    assert kinds == {("public", "table")}


def test_keys_are_tested(manifest: Node, models: list[Node]) -> None:
    """fct_missing_primary_key_tests: of what is published, and of each source, which staging repeats by row.

    Not of ``int_`` models: their rows are counted again in the marts, whose sums are held against raw.
    """
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    kinds: dict[str, set[str]] = {}
    for test in tests:
        metadata = test.get("test_metadata") or {}
        for name in test["depends_on"]["nodes"]:
            if test["attached_node"] == name if test.get("attached_node") else name.startswith("source."):
                kinds.setdefault(name, set()).add(str(metadata.get("name")))
    public = [node["unique_id"] for node in models if node["access"] == "public"]
    assert [name for name in public if not {"unique", "not_null", "tests_of"} <= kinds.get(name, set())] == []
    assert [name for name in manifest["sources"] if "unique_key" not in kinds.get(name, set())] == []


def test_every_source_says_how_fresh_it_has_to_be(manifest: Node) -> None:
    """fct_sources_without_freshness."""
    sources = manifest["sources"].values()
    assert [s["name"] for s in sources if not (s["freshness"] and s["loaded_at_query"])] == []


def test_few_leaves_hang_on_one_model(models: list[Node]) -> None:
    """fct_model_fanout."""
    read = {parent for node in models for parent in _parents(node)}
    leaves = {node["unique_id"]: _parents(node) for node in models if node["unique_id"] not in read}
    hanging: dict[str, int] = {}
    for parents in leaves.values():
        for parent in parents:
            hanging[parent] = hanging.get(parent, 0) + 1
    assert [name for name, number in hanging.items() if number >= MOST_LEAVES] == []


def test_every_reason_for_a_detail_is_known_to_its_mart(manifest: Node) -> None:
    """One that is not would stop every publication from the first night on that asks for it."""
    [known] = [
        node["test_metadata"]["kwargs"]["values"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("attached_node") == "model.zenhire.request_value"
        and node["test_metadata"]["name"] == "accepted_values"
    ]
    assert tuple(known) == DETAIL_REASONS
