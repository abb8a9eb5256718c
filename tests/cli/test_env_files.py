"""What env files of containers and services leave in a value, told before a night is lost to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import KEY
from zenhire_sync.cli.unknown_variables import unknown_variables
from zenhire_sync.config import load_config
from zenhire_sync.errors import ConfigurationError

LEFT = {
    "a folder in double quotes": ("ZENHIRE_DATA_DIR", '"/srv/zenhire"', "quotes"),
    "a folder in single quotes": ("ZENHIRE_DATA_DIR", "'/srv/zenhire'", "quotes"),
    "a folder with a quote at one end": ("ZENHIRE_DATA_DIR", '/srv/zenhire"', "quotes"),
    "a folder in a word processor's quotes": ("ZENHIRE_DATA_DIR", "\u201c/srv/zenhire\u201d", "quotes"),
    "an address": ("ZENHIRE_BASE_URL", '"https://platform.zenhire.ai/api/v1/interview"', "quotes"),
    "a number": ("ZENHIRE_PAGE_SIZE", "'50'", "quotes"),
    "a profile": ("ZENHIRE_PROFILE", '"duckdb"', "quotes"),
    "a key": ("ZENHIRE_API_KEY", f'"{KEY}"', "quotes"),
    "a secret": ("ZENHIRE_PRIVACY_KEY", f"'{KEY}'", "quotes"),
    "a file": ("ZENHIRE_API_KEY_FILE", '"/run/secrets/key"', "quotes"),
    "a whole command": ("ZENHIRE_API_KEY_COMMAND", "'pass show zenhire'", "quotes"),
    "a comment": ("ZENHIRE_DATA_DIR", "/srv/zenhire  # the volume", "comment"),
    "a variable": ("ZENHIRE_DATA_DIR", "$HOME/zenhire", "holds $HOME"),
    "a variable in braces": ("ZENHIRE_DATA_DIR", "/srv/${TENANT:-a}/data", "holds ${TENANT:-a}"),
    "a command's output": ("ZENHIRE_DATA_DIR", "/srv/$(hostname)", "holds $(hostname)"),
}


@pytest.mark.parametrize(("variable", "value", "words"), LEFT.values(), ids=LEFT)
def test_what_an_env_file_leaves_around_a_value_is_refused(variable: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=variable) as refused:
        load_config({"ZENHIRE_API_KEY": KEY, variable: value}, None)
    assert words in str(refused.value)
    assert KEY not in str(refused.value)


def test_a_key_that_a_command_prints_in_quotes_is_refused() -> None:
    config = load_config({"ZENHIRE_API_KEY_COMMAND": f"""echo '"{KEY}"'"""}, None)
    with pytest.raises(ConfigurationError, match="ZENHIRE_API_KEY_COMMAND holds its API key in quotes"):
        config.keys()


def test_a_command_line_may_end_in_a_quote(tmp_path: Path) -> None:
    (tmp_path / "my key").write_text(KEY)
    config = load_config({"ZENHIRE_API_KEY_COMMAND": f"cat '{tmp_path}/my key'"}, None)
    assert config.keys()[0].value.get_secret_value() == KEY


def test_a_price_in_a_folder_is_no_variable(tmp_path: Path) -> None:
    assert load_config({"ZENHIRE_DATA_DIR": f"{tmp_path}/cash$"}, None).settings.data_dir.name == "cash$"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ZENHIRE_RATE_LIMIT", "ZENHIRE_RATE_LIMIT_PER_MINUTE"),
        ("ZENHIRE_DATADIR", "ZENHIRE_DATA_DIR"),
        ("ZENHIER_DATA_DIR", "ZENHIRE_DATA_DIR"),
        ("zenhire_base_url", "ZENHIRE_BASE_URL"),
        ("ZENHIRE_COLOUR_OF_THE_SKY", None),
    ],
)
def test_a_misspelled_variable_gets_a_guess(name: str, meant: str | None) -> None:
    assert unknown_variables(load_config({name: "x", "ZENITH_SHARE": "x"}, None)) == {name: meant}


def test_a_key_under_a_name_that_is_nearly_right_is_pointed_out() -> None:
    with pytest.raises(ConfigurationError, match="ZENHIRE_APIKEY is set, did you mean that") as told:
        load_config({"ZENHIRE_APIKEY": KEY}, None).keys()
    assert KEY not in str(told.value)
