"""A file of the company that is wrong is told in one line, with file, line and column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.company.folder import read, write_files
from zenhire_sync.company import company_of
from zenhire_sync.errors import EXIT_USAGE, ConfigurationError
from zenhire_sync.settings import Settings

PROJECTS = "project_id,name,cost_center,owner\n"
TAGS = "tag,group,label\n"
BUDGETS_OF = "account,project_id,month,credits\n"
BUDGETS = "project_id,month,credits\n"
PURCHASES = "date,credits,price,currency,expires\n"
KEY = '[dept]\ncolumn = "department"\ndescription = "Department"\n'

WRONG: dict[str, tuple[dict[str, str | bytes], str]] = {
    "not UTF-8": (
        {"projects_csv": PROJECTS.encode() + b"p,Z\xfcrich,,\n"},
        r"projects\.csv, line 2, column 4: .*UTF-8",
    ),
    "not UTF-8 behind a byte order mark": (
        {"projects_csv": b"\xef\xbb\xbfproject_id,\xff\n"},
        r"projects\.csv, line 1, column 15: .*UTF-8",
    ),
    "UTF-16": ({"tags_csv": TAGS.encode("utf-16")}, r"tags\.csv, line 1, column 1: .*UTF-8"),
    "an empty file": ({"tags_csv": ""}, r"tags\.csv, line 1, column tag: this column is missing"),
    "a missing column": (
        {"projects_csv": "project_id,name,owner\np,P,\n"},
        r"line 1, column cost_center: .*missing",
    ),
    "an extra column": (
        {"projects_csv": "project_id,name,cost_center,owner,colour\n"},
        r"line 1, column 5: .*'colour'",
    ),
    "a column twice": ({"tags_csv": "tag,tag,label\n"}, r"line 1, column 2: .*second time"),
    "semicolons": ({"tags_csv": "tag;group;label\n"}, r"line 1, column 1: .*semicolons"),
    "too few cells": ({"tags_csv": TAGS + "a,b\n"}, r"line 2, column 3: 2 cells in a table of 3"),
    "too many cells": ({"tags_csv": TAGS + "a,b,c,d\n"}, r"line 2, column 4: 4 cells in a table of 3"),
    "an id that is blank": (
        {"projects_csv": PROJECTS + ",P,,\n"},
        r"line 2, column project_id: it must not be blank",
    ),
    "an id twice": (
        {"projects_csv": PROJECTS + "p,P,,\nq,Q,,\np,R,,\n"},
        r"line 4, column project_id: p stands in line 2",
    ),
    "an id twice in two spellings": (
        {"projects_csv": PROJECTS + f"{'ab' * 18},A,,\n{'AB' * 18},B,,\n"},
        r"line 3, column project_id: .*line 2",
    ),
    "a tag twice behind a quoted line break": (
        {"tags_csv": TAGS + '# two lines\na,region,"North\nand south"\n\na,region,South\n'},
        r"line 6, column tag: .*line 3",
    ),
    "a tag twice in a file with CRLF": (
        {"tags_csv": "tag,group,label\r\n# x\r\na,region,\r\na,region,\r\n"},
        r"line 4, column tag: .*line 3",
    ),
    "a quote that is never closed": (
        {"tags_csv": TAGS + 'a,b,"c\n' * 3},
        r"line 2, column 1: this is no CSV",
    ),
    "a group that is another attribute": (
        {"tags_csv": TAGS + "a,project,\n"},
        r"line 2, column group: project is",
    ),
    "a label that stands for none": (
        {"tags_csv": TAGS + "a,b,(none)\n"},
        r"line 2, column label: \(none\) stands",
    ),
    "a control character": (
        {"tags_csv": TAGS + "a\x00,b,c\n"},
        r"line 2, column tag: it holds a control character",
    ),
    "a name of a page": (
        {"tags_csv": TAGS + f"a,{'b' * 201},c\n"},
        r"line 2, column group: .*200 characters",
    ),
    "a month that is none": ({"budgets_csv": BUDGETS + ",2026-13,5\n"}, r"line 2, column month: .*2026-13"),
    "a month as a spreadsheet writes it": (
        {"budgets_csv": BUDGETS + ",03/2026,5\n"},
        r"line 2, column month: .*03/2026",
    ),
    "a month of another millennium": (
        {"budgets_csv": BUDGETS + ",0026-03,5\n"},
        r"line 2, column month: .*0026-03",
    ),
    "an account twice": (
        {"accounts_csv": "client_id,name\na,Acme\nb,Acme\n"},
        r"accounts.csv, line 3, column name: Acme is the name of another account",
    ),
    "a budget twice, by the account's name and by its id": (
        {
            "accounts_csv": "client_id,name\na,Acme\n",
            "budgets_csv": BUDGETS_OF + "Acme,,2026-03,5\na,,2026-03,5\n",
        },
        r"budgets.csv, line 3, column account: the same project, month and account stand in line 2",
    ),
    "a budget twice, of the only account and of none": (
        {
            "accounts_csv": "client_id,name\na,Acme\n",
            "budgets_csv": BUDGETS_OF + "a,p,2026-03,5\n,p,2026-03,5\n",
        },
        r"budgets.csv, line 3, column account: the same project",
    ),
    "a budget of an account that has no name": (
        {"accounts_csv": "client_id,name\na,Acme\n", "budgets_csv": BUDGETS_OF + "Acne,,2026-03,5\n"},
        r"budgets.csv, line 2, column account: Acne is not an account",
    ),
    "a purchase of one of several accounts": (
        {"accounts_csv": "client_id,name\na,A\nb,B\n", "purchases_csv": PURCHASES + "2026-03-01,5,,,\n"},
        r"purchases.csv, line 2, column account: .*names several accounts",
    ),
    "a budget twice": (
        {"budgets_csv": BUDGETS + ",2026-03,5\n,2026-03,6\n"},
        r"line 3, column project_id: .*line 2",
    ),
    "a decimal comma": ({"budgets_csv": BUDGETS + ',2026-03,"1,5"\n'}, r"line 2, column credits: .*'1,5'"),
    "a number that is none": ({"budgets_csv": BUDGETS + ",2026-03,NaN\n"}, r"line 2, column credits: .*NaN"),
    "credits below nothing": ({"budgets_csv": BUDGETS + ",2026-03,-1\n"}, r"line 2, column credits: .*-1"),
    "a price without a currency": (
        {"purchases_csv": PURCHASES + "2026-03-01,5,9,,\n"},
        r"line 2, .*go together",
    ),
    "a currency in words": (
        {"purchases_csv": PURCHASES + "2026-03-01,5,9,euro,\n"},
        r"line 2, column currency: .*euro",
    ),
    "a day that is none": (
        {"purchases_csv": PURCHASES + "2026-02-30,5,,,\n"},
        r"line 2, column date: .*2026-02-30",
    ),
    "a day as a number": (
        {"purchases_csv": PURCHASES + "1700000000,5,,,\n"},
        r"line 2, column date: .*1700000000",
    ),
    "credits that expired before": (
        {"purchases_csv": PURCHASES + "2026-03-02,5,,,2026-03-01\n"},
        r"line 2, .*expires is before date",
    ),
    "no TOML": ({"metadata_toml": "[dept]\ncolumn = department\n"}, r"metadata\.toml, line 2, column 10: "),
    "TOML that ends too early": (
        {"metadata_toml": '[dept]\ncolumn = "'},
        r"metadata\.toml, line 2, column 1?\d: ",
    ),
    "a key twice": ({"metadata_toml": KEY + "[dept]\n"}, r"metadata\.toml, line 4, column \d+: "),
    "a key that is no table": (
        {"metadata_toml": '\ndept = "department"\n'},
        r"line 2, column 1: 'dept' is no table",
    ),
    "an unknown privacy": (
        {"metadata_toml": f'{KEY}privacy = "hide"\n'},
        r"line 4, column 1: privacy of 'dept': .*'hide'",
    ),
    "an unknown type": (
        {"metadata_toml": f'{KEY}  type = "int"\n'},
        r"line 4, column 3: type of 'dept': .*'int'",
    ),
    "an unknown field": (
        {"metadata_toml": f'{KEY}colour = "red"\n'},
        r"line 4, column 1: .*there is no field 'colour'",
    ),
    "a field that is missing": (
        {"metadata_toml": '\n["a b"]\ncolumn = "ab"\n'},
        r"line 2, column 1: description of 'a b'",
    ),
    "a column in capitals": (
        {"metadata_toml": KEY.replace('"department"', '"Department"')},
        r"line 2, column 1: column of 'dept': .*'Department'",
    ),
    "a column of every session": (
        {"metadata_toml": KEY.replace('"department"', '"project_name"')},
        r"line 2, column 1: project_name is a column",
    ),
    "a column for two keys": (
        {"metadata_toml": KEY + KEY.replace("dept", "unit")},
        r"line 5, column 1: department is the column of 'dept'",
    ),
}


@pytest.mark.parametrize(("files", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_told_with_its_place(
    tmp_path: Path, files: dict[str, str | bytes], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as told:
        read(tmp_path, **files)
    message = str(told.value)
    assert told.value.exit_code == EXIT_USAGE
    assert "\n" not in message
    assert message.startswith(str(tmp_path / "company"))
    assert message.endswith("; nothing was touched")


def test_a_file_that_may_not_be_read_is_no_traceback(tmp_path: Path) -> None:
    folder = write_files(tmp_path)
    (folder / "tags.csv").mkdir()
    with pytest.raises(ConfigurationError, match=r"tags\.csv cannot be read"):
        company_of(Settings(data_dir=tmp_path))


def test_a_folder_that_was_named_and_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no folder .*nowhere"):
        company_of(Settings(data_dir=tmp_path, company_dir=tmp_path / "nowhere"))


def test_a_pseudonym_without_a_secret_is_told_before_it_is_needed(tmp_path: Path) -> None:
    files = {"metadata_toml": f'{KEY}privacy = "pseudonymise"\n'}
    with pytest.raises(ConfigurationError, match=r"metadata\.toml: privacy of 'dept' .*ZENHIRE_PRIVACY_KEY"):
        read(tmp_path, **files)
    settings = Settings(data_dir=tmp_path, privacy_key="a secret of sixteen")  # type: ignore[arg-type]
    assert [listed.privacy for listed in company_of(settings).metadata_keys] == ["pseudonymise"]


def test_what_a_spreadsheet_writes_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        projects_csv="\ufeffname,project_id,owner,cost_center\r\n"
        '# a comment\r\n"Sales, EMEA", P-1 ,,"CC ""1"""\r\n,,,\r\nTwo\u00a0 words,P-2,,\r\n',
        tags_csv='tag,group,label\n"#1",rank,"First\nof all"\n',
    )
    assert [(line, *row.stored().values()) for line, row in found.projects] == [
        (3, "P-1", "Sales, EMEA", 'CC "1"', None),
        (5, "P-2", "Two words", None, None),
    ]
    assert [(line, row.tag, row.label) for line, row in found.tags] == [(2, "#1", "First of all")]


def test_amounts_and_months_are_stored_in_one_form(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        budgets_csv=BUDGETS + ",2026-03,1e3\nP,2026-03,10.50\n",
        purchases_csv=PURCHASES + "2026-03-01,5000,1200.00,EUR,2026-12-31\n",
    ).stored()
    assert found["company_budgets"] == [
        {"client_id": "", "project_id": "", "budget_month": "2026-03-01", "credits": "1000"},
        {"client_id": "", "project_id": "P", "budget_month": "2026-03-01", "credits": "10.50"},
    ]
    assert re.fullmatch(r"1200\.00", found["company_purchases"][0]["price"])
    assert found["company_purchases"][0]["line"] == 2


def test_a_budget_is_the_clients_whose_account_is_named(tmp_path: Path) -> None:
    one, two = "ab" * 4 + "-abab-abab-abab-" + "ab" * 6, "cd" * 4 + "-cdcd-cdcd-cdcd-" + "cd" * 6
    found = read(
        tmp_path,
        accounts_csv=f"client_id,name\n{one},Acme\n{two},\n",
        budgets_csv=f"account,project_id,month,credits\nAcme,,2026-03,1\n{two.upper()},,2026-03,2\n",
        purchases_csv=f"date,credits,price,currency,expires,account\n2026-03-01,5,,,,{one}\n",
    ).stored()
    assert [row["client_id"] for row in found["company_budgets"]] == [one, two]
    assert [row["client_id"] for row in found["company_purchases"]] == [one]


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    assert set(map(len, company_of(Settings(data_dir=tmp_path)).stored().values())) == {0}
