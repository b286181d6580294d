"""Source maps hold SQL that users write: one expression each, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from ingest_world import LEADS_MAP, World

from leadscore import ingest
from leadscore.expressions import FUNCTIONS, check, columns_in

# {out} is a file that must not come to be, {secret} one that must not be read.
HOSTILE = {
    "ends the statement": "id) from incoming; copy (select 1) to '{out}'; --",
    "ends the bracket": "id)}}) as value from incoming; attach '{out}' as x; --",
    "comments the rest out": "id) /*",
    "a second statement": "id; copy (select 1) to '{out}'",
    "two expressions": "id, (select 1)",
    "a clause": "id from read_csv('{secret}')",
    "a subquery on a file": "(select content from read_text('{secret}'))",
    "a file as a table": "(select any_value(x) from '{secret}' as t(x))",
    "a subquery in a lambda": "list_transform([1], lambda n: (select 1))",
    "a query as text": "query('copy (select 1) to ''{out}''')",
    "the environment": "getenv('HOME')",
    "a setting": "current_setting('temp_directory')",
    "a variable": "getvariable('company_time_zone')",
    "a function by its schema": "system.main.getenv('HOME')",
    "a function behind a dot": "id.getenv()",
    "a function in quotes": "\"getenv\"('HOME')",
    "the log": "write_log(id)",
    "a pause": "sleep_ms(1000)",
    "the time": "now()::varchar",
    "chance": "random()::varchar",
    "a sequence": "nextval('ids')",
    "all columns": "columns(*)",
    "other rows": "lag(id) over ()",
    "all rows": "max(id)",
    "several rows": "unnest([id, id])",
    "a parameter": "$1",
    "a name": "id as lead_id",
    "a pragma": "pragma database_list",
    "nothing": "  ",
}


@pytest.mark.parametrize("sql", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_expression_over_a_row_is_refused(tmp_path: Path, sql: str) -> None:
    world = World(tmp_path)
    out, secret = tmp_path / "out.txt", tmp_path / "secret.txt"
    secret.write_text("key\nxyzzy\n")
    world.deliver("leads.csv", "id,email,created\n1,a@b.example,2026-01-01\n")
    hostile = sql.replace("{out}", str(out)).replace("{secret}", str(secret))
    quoted = hostile.replace("}}", "}").replace("'", "''")
    path = world.write_map(
        LEADS_MAP.replace("country: country", f"country: {{sql: '{quoted}'}}")
    )
    refusal = world.refusal()
    assert f"{path}: files[1].columns.country.sql: " in refusal
    assert "xyzzy" not in refusal
    assert not out.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "id",
        "\"Sign-up 'date'\"",
        "lower(id) || '-' || coalesce(country, '') -- the key",
        "user.email",
        "addresses(email)[2:]",
        "list_transform(listed(tags), lambda tag: lower(tag))",
        "[tag for tag in tags if tag != '']",
        "case when is_closed::boolean then as_time(closed) end",
        "strptime(day, '%Y') + interval 1 day",
        "extract(year from day)::int",
        "day at time zone 'Europe/Berlin'",
        "id in ('1', '2') and id not like '%x' and id similar to '[0-9]+'",
        "param(event_params, 'page_location')",
        "properties->>'$.url'",
        "{'a': id, 'b': map {'c': 1}}",
        "'; drop table raw.crm_leads; --'",
    ],
)
def test_expressions_over_a_row_may_be_used(sql: str) -> None:
    check(sql)


def test_functions_that_may_be_called_are_functions_of_duckdb_or_ours() -> None:
    with duckdb.connect() as connection:
        found = connection.execute(
            "select function_name, bool_or(has_side_effects) from duckdb_functions() "
            "where function_type in ('scalar', 'macro') group by function_name"
        ).fetchall()
    by_syntax = {"->"}  # the parser's alone
    ours = {"addresses", "as_time", "listed", "param"}
    assert by_syntax | ours | {name for name, _ in found} >= FUNCTIONS
    assert not FUNCTIONS & {
        name for name, has_side_effects in found if has_side_effects
    }


def test_columns_are_those_outside_of_lambdas() -> None:
    text = 'list_transform(Tags, lambda tag: tag || "Home country") -- and id'
    assert columns_in(text) == ["Tags", "Home country"]


@pytest.mark.parametrize(
    "query",
    [
        "copy (select 1) to '{other}/out.csv'",
        "from read_text('{other}/secret.txt')",
        "attach '{other}/out.duckdb' as x",
        "from glob('{other}/*')",
        "set enable_external_access = true",
        "set allowed_directories = ['/']",
        "load httpfs",
        "install httpfs",
    ],
)
def test_the_connection_that_evaluates_maps_opens_nothing_else(
    tmp_path: Path, query: str
) -> None:
    world = World(tmp_path)
    (tmp_path / "secret.txt").write_text("xyzzy")
    path = world.deliver("leads [1]*.csv", "id\n1\n")
    with ingest.connect(world.settings, [path]) as (connection, scratch):
        assert connection.execute(f"from '{path}'").fetchall() == [(1,)]
        connection.execute(f"copy (select 1) to '{scratch}/copy.csv'")
        with pytest.raises(duckdb.Error, match=r"disabled|locked|Cannot change"):
            connection.execute(query.replace("{other}", str(tmp_path)))
    assert not list(tmp_path.glob("out*"))


# What else of a map becomes SQL: texts and names.
TEXTS = ["'", "''", "'; drop table raw.crm_leads; --", '"', "\\", "%' or '1'='1", "$$"]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_and_names_of_maps_and_files_stay_texts_and_names(
    tmp_path: Path, text: str
) -> None:
    world = World(tmp_path)
    name, quoted = f"c{text}", text.replace("'", "''")
    formatted = quoted.replace("%", "%%")
    world.write_map(
        LEADS_MAP.replace("country: country", f"country: 'c{quoted}'").replace(
            "optional: [country]",
            f"null_values: ['{quoted}']\n    delimiter: '|'\n    quote: ''\n"
            f"    timestamp_format: ['%Y-%m-%d', '{formatted}%Y']",
        )
    )
    header, *rows = (
        f"id|email|created|{name}",
        f"1|a@b.example|2026-01-01|{text}",
        f"2|c@d.example|{text}2026|x{text}",
    )
    world.deliver("leads.csv", "\n".join([header, *rows]) + "\n")
    world.load()
    assert world.query("select lead_id, country from raw.crm_leads order by 1") == [
        ("1", None),
        ("2", f"x{text}"),
    ]
