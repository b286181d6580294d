"""BI tools read a publication as docs/bi.md says, and find what bi/ asks for."""

import re
import shutil
import subprocess
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest
import yaml
from small_marts import build_marts, small_world

from leadscore.calls import CALL_LIST
from leadscore.candidate import write_candidate
from leadscore.publish import note_checks, open_publication, publish
from leadscore.settings import PROJECT

PAGE = (PROJECT / "docs" / "bi.md").read_text(encoding="utf-8")
VIEWS_FILE = PROJECT / "bi" / "views.sql"
BUNDLE = PROJECT / "bi" / "superset"
DAY = date(2026, 11, 20)

# Where the page has the publication.
SAMPLE = "data/sample/published"


def fenced(label: str) -> list[str]:
    return re.findall(rf"^```{label}\n(.*?)^```$", PAGE, flags=re.M | re.S)


def views() -> list[tuple[int, str, str, str]]:
    """Each view of bi/views.sql: its number, question, name and query."""
    view = (
        r"^-- (\d+)\. ([^\n]+\n(?:-- [^\n]+\n)*)"
        r"create or replace temp view (\w+) as\n(.+?);$"
    )
    text = VIEWS_FILE.read_text(encoding="utf-8")
    found = re.findall(view, text, flags=re.M | re.S)
    return [(int(number), *rest) for number, *rest in found]


VIEWS = {name: query for _, _, name, query in views()}


# ---- the clients of the page, while builds are published

# Each Python block of the page, by the package that it is about.
CLIENTS = {
    re.findall(r"^import (\w+)", block, flags=re.M)[-1]: block
    for block in fenced("python")
}


def missing(client: str) -> list[str]:
    """What the block of a client imports and is not installed."""
    block = CLIENTS[client]
    packages = re.findall(r"^import (\w+)", block, flags=re.M)
    if ".df()" in block or ".to_pandas()" in block:
        packages.append("pandas")
    return [package for package in packages if not find_spec(package)]


def needs(client: str) -> str:
    """The block of a client; the test is skipped where it cannot run."""
    if packages := missing(client):
        pytest.skip(f"{client} was not tried: {', '.join(packages)} is not installed")
    return CLIENTS[client]


# What each client makes of a column, as plain values.
HELPERS = """
def values(table, column):
    found = table[column]
    return found.to_pylist() if hasattr(found, "to_pylist") else list(found)

def builds(*tables):
    return {str(one) for table in tables for one in values(table, "build_id")}
"""

READER = f"""{HELPERS}
import sys
block, reads, seen = compile(sys.argv[1], "docs/bi.md", "exec"), 0, set()
while reads < 5 or len(seen) < 3:
    read = {{}}
    exec(block, read)
    found = builds(read["scores"], read["history"])
    assert len(found) == 1, found
    seen |= found
    reads += 1
    assert reads < 10_000, seen
"""


def publish_new(settings, build_id):
    build_marts(settings, DAY, build_id)
    candidate = write_candidate(settings, DAY, build_id)
    note_checks(candidate, checked=5, failed=0)
    return publish(settings, candidate)


def test_the_page_has_a_block_for_each_python_client():
    assert [*CLIENTS] == [
        *("duckdb", "polars", "pyarrow", "ibis", "sqlalchemy", "adbc_driver_manager")
    ]


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    """What became of each client that read, all at once, while builds were published.

    By client: how its process ended, and what it said.
    """
    # Builds follow each other within a moment here: none is taken away.
    settings = small_world(tmp_path_factory.mktemp("read")).model_copy(
        update={"kept_builds": 10_000}
    )
    publish_new(settings, "build0")
    reading = {
        client: subprocess.Popen(
            [
                sys.executable,
                "-c",
                READER,
                block.replace(SAMPLE, str(settings.published)),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        for client, block in CLIENTS.items()
        if not missing(client)
    }
    number = 0
    while any(reader.poll() is None for reader in reading.values()):
        number += 1
        publish_new(settings, f"build{number}")
    return {
        client: (reader.returncode, reader.communicate()[1])
        for client, reader in reading.items()
    }


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_sees_whole_builds_only_while_many_are_published(client, readers):
    needs(client)
    returncode, said = readers[client]
    assert returncode == 0, said


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reads_the_numbers_that_are_there(client, world):
    block = needs(client)
    read: dict = {}
    exec(HELPERS + block.replace(SAMPLE, str(world.published)), read)
    values, scores = read["values"], read["scores"]

    with duckdb.connect(world.published / "lead_scores.duckdb", read_only=True) as own:
        truth = own.execute(
            "select lead_id, total_points, is_mql, due_at, as_of_date from lead_scores"
        ).fetchall()
    by_lead = {
        lead: (f"{float(points):.4f}", bool(is_mql), str(due)[:19], str(day)[:10])
        for lead, points, is_mql, due, day in zip(
            *(
                values(scores, column)
                for column in (
                    *("lead_id", "total_points", "is_mql", "due_at", "as_of_date"),
                )
            ),
            strict=True,
        )
    }
    assert len(by_lead) == len(truth)
    for lead, points, is_mql, due, day in truth:
        seen = by_lead[lead]
        assert seen[:2] == (f"{points:.4f}", is_mql)
        assert seen[2] == str(due)[:19] if due else seen[2] in ("None", "NaT")
        assert seen[3] == str(day)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reads_one_build_whatever_is_published_between(client, tmp_path):
    block = needs(client)
    settings = small_world(tmp_path)
    publish_new(settings, "one")
    # Another build comes between the reading of two tables.
    block, inserted = re.subn(
        r"^( *)(scores = .*\n)", r"\1\2\1publish_another()\n", block, flags=re.M
    )
    assert inserted == 1
    read: dict = {"publish_another": lambda: publish_new(settings, "two")}
    exec(HELPERS + block.replace(SAMPLE, str(settings.published)), read)

    assert read["builds"](read["scores"], read["history"]) == {"one"}
    assert settings.published.joinpath("current").resolve().name == "two"


def test_parquet_through_the_link_is_of_two_builds_and_resolved_of_one(tmp_path):
    settings = small_world(tmp_path)
    publish_new(settings, "one")
    link = settings.published / "current"
    resolved = link.resolve()

    def build(folder, table):
        path = folder / "parquet" / f"{table}.parquet"
        [(found,)] = duckdb.sql(f"select distinct build_id from '{path}'").fetchall()
        return found

    first = build(link, "lead_scores")
    publish_new(settings, "two")

    assert (first, build(link, "lead_score_history")) == ("one", "two")
    assert build(resolved, "lead_score_history") == "one"


def test_a_connection_that_is_kept_stays_with_its_build(tmp_path):
    settings = small_world(tmp_path)
    publish_new(settings, "one")
    path = settings.published / "lead_scores.duckdb"

    def build(connection):
        query = "select distinct build_id from lead_scores"
        [(found,)] = connection.execute(query).fetchall()
        return found

    with duckdb.connect(path, read_only=True) as kept:
        publish_new(settings, "two")
        assert build(kept) == "one"
        with duckdb.connect(path, read_only=True) as new:
            assert build(new) == "two"


@pytest.mark.parametrize(("pool", "seen"), [("NullPool", "two"), (None, "one")])
def test_a_pool_keeps_the_old_day_unless_it_keeps_nothing(pool, seen, tmp_path):
    settings = small_world(tmp_path)
    publish_new(settings, "one")
    block = CLIENTS["sqlalchemy"].replace(SAMPLE, str(settings.published))
    block, reading = block.split("with engine", 1)
    if not pool:
        block = re.sub(r".*NullPool.*\n", "", block)
    read: dict = {}
    exec(block, read)
    exec(f"with engine{reading}", read)
    publish_new(settings, "two")
    exec(f"with engine{reading}", read)

    assert set(read["scores"]["build_id"]) == {seen}
    read["engine"].dispose()


def test_the_command_line_client_runs_what_the_page_says(world):
    found = shutil.which("duckdb", path=Path(sys.executable).parent) or shutil.which(
        "duckdb"
    )
    if not found:
        pytest.skip("duckdb's command line is not installed, so it was not tried")
    (command,) = (block for block in fenced("sh") if block.startswith("duckdb"))
    command = command.replace("duckdb ", f"{found} ", 1)
    command = command.replace(SAMPLE, str(world.published))

    run = subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert "lead_id" in run.stdout


# What the page says of types.
PLAIN = r"VARCHAR|INTEGER|BIGINT|DOUBLE|BOOLEAN|DATE|TIMESTAMP|DECIMAL\(\d+,\d+\)"


def test_columns_are_of_types_that_every_client_takes(world):
    with duckdb.connect(world.published / "lead_scores.duckdb", read_only=True) as own:
        columns = own.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where not internal"
        ).fetchall()
    assert columns
    assert [one for one in columns if not re.fullmatch(PLAIN, one[2])] == []


# ---- bi/views.sql


@pytest.fixture
def published(world):
    """The publication with the views, open as a BI tool opens it."""
    path = world.published / "lead_scores.duckdb"
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute(VIEWS_FILE.read_text(encoding="utf-8"))
        yield connection


def test_there_are_twenty_questions_each_with_its_view():
    numbers, questions, names, _ = zip(*views(), strict=True)
    assert numbers == tuple(range(1, 21))
    assert all("?" in question for question in questions)
    assert len(set(names)) == 20
    created = re.findall(r"create or replace temp view (\w+)", VIEWS_FILE.read_text())
    assert created == [*names]


# The sample in small has none of these on its day.
MAY_BE_EMPTY = {"mqls_held_back", "data_quality", "words_to_label"}


@pytest.mark.parametrize("view", VIEWS)
def test_a_question_is_answered_by_the_sample(view, published):
    columns = published.execute(f"describe {view}").fetchall()
    rows = published.execute(f"from {view}").fetchall()

    assert rows or view in MAY_BE_EMPTY
    for name, kind, *_ in columns:
        assert re.fullmatch(r"[a-z][a-z_0-9]*", name), "a column without a name"
        assert kind != "HUGEINT", f"{name}: BI tools take 128 bits for a float"


def test_views_add_up_to_the_table(published):
    def one(query):
        return published.execute(query).fetchone()[0]

    leads = one("select count(*) from lead_scores")
    for view in (
        *("score_distribution", "leads_by_source", "conversion_by_grade"),
        "funnel_by_day where as_of_date = (select max(as_of_date) from lead_scores)",
    ):
        assert one(f"select sum(leads) from {view}") == leads, view
    calls = one("select count(*) from call_list")
    assert one("select sum(calls) from calls_by_owner") == calls
    overdue = one("select count(*) from overdue_calls")
    assert one("select sum(overdue_calls) from calls_by_owner") == overdue
    assert one("select count(*) from call_list where is_overdue") == overdue


def test_the_call_list_is_that_of_the_pages(published, world):
    with open_publication(world) as connection:
        of_pages = connection.execute(
            f"""
            select
                calls.lead_id, calls.is_overdue,
                coalesce(owners.name, calls.owner_id, '(nobody)') as owner
            from ({CALL_LIST}) as calls
            left join owners on calls.owner_id = owners.owner_id
            """,
            [world.time_zone],
        ).fetchall()
        [(dealt,)] = connection.execute(
            f"select count(*) from ({CALL_LIST}) as calls "
            "inner join lead_scores on calls.lead_id = lead_scores.lead_id "
            "where calls.owner_id is distinct from lead_scores.owner_id",
            [world.time_zone],
        ).fetchall()
    assert dealt > 0
    of_view = published.execute("select lead_id, is_overdue, owner from call_list")
    assert sorted(of_view.fetchall()) == sorted(of_pages)


def test_no_question_reads_names_of_people():
    assert not re.search(r"^(from|.* join) .*lead_contacts", VIEWS_FILE.read_text())
    assert not any("lead_contacts" in query for query in VIEWS.values())


def test_names_are_joined_as_the_page_says(published, world):
    (block,) = fenced("sql")
    attach, select = block.replace(SAMPLE, str(world.published)).split(";\n", 1)
    published.execute(attach)
    calls = published.execute("select count(*) from call_list").fetchone()
    rows = published.execute(select).fetchall()
    assert len(rows) == calls[0]
    assert any(row[-1] for row in rows)


# ---- bi/superset


def bundle(folder: str) -> dict[str, dict]:
    return {
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in sorted((BUNDLE / folder).rglob("*.yaml"))
    }


DATASETS = bundle("datasets")
CHARTS = bundle("charts")


def used_in(chart: dict) -> set[str]:
    """The columns and metrics that a chart names."""
    params = chart["params"]
    named = [*params.get("all_columns", []), *params.get("metrics", [])]
    for key in ("metric", "x_axis", "groupby"):
        value = params.get(key) or []
        named += [value] if isinstance(value, str) else value
    named += [yaml.safe_load(order)[0] for order in params.get("order_by_cols", [])]
    return set(named)


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_asks_for_what_is_published(name, published):
    dataset = DATASETS[name]
    source = f"({dataset['sql']})" if "sql" in dataset else dataset["table_name"]
    for column in dataset["columns"]:
        asked = column.get("expression", column["column_name"])
        published.execute(f"select {asked} from {source} as rows")
        assert column["description"]
    for metric in dataset["metrics"]:
        published.execute(f"select {metric['expression']} from {source} as rows")
        assert metric["description"]


def test_datasets_are_tables_or_the_views_of_the_file():
    for name, dataset in DATASETS.items():
        assert dataset["table_name"] == name
        if "sql" in dataset:
            assert dataset["sql"].strip() == VIEWS[name].strip(), (
                f"bi/superset/datasets/leadscore/{name}.yaml is not the view of "
                "bi/views.sql: copy its query"
            )


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_shows_columns_and_metrics_of_its_dataset(name, published):
    chart = CHARTS[name]
    (dataset,) = (
        one for one in DATASETS.values() if one["uuid"] == chart["dataset_uuid"]
    )
    known = {column["column_name"] for column in dataset["columns"]}
    known |= {metric["metric_name"] for metric in dataset["metrics"]}
    assert used_in(chart)
    assert used_in(chart) <= known
    source = f"({dataset['sql']})" if "sql" in dataset else dataset["table_name"]
    for condition in chart["params"]["adhoc_filters"]:
        published.execute(f"from {source} as rows where {condition['sqlExpression']}")


def test_the_dashboard_shows_every_chart_and_filters_by_columns_that_are_there():
    (dashboard,) = bundle("dashboards").values()
    placed = [
        item["meta"] for key, item in dashboard["position"].items() if "CHART-" in key
    ]
    assert {(meta["sliceName"], meta["uuid"]) for meta in placed} == {
        (chart["slice_name"], chart["uuid"]) for chart in CHARTS.values()
    }
    assert len({meta["chartId"] for meta in placed}) == len(CHARTS)
    columns = {
        dataset["uuid"]: {column["column_name"] for column in dataset["columns"]}
        for dataset in DATASETS.values()
    }
    for chosen in dashboard["metadata"]["native_filter_configuration"]:
        for target in chosen["targets"]:
            assert target["column"]["name"] in columns[target["datasetUuid"]]


def test_superset_opens_the_file_read_only():
    (database,) = bundle("databases").values()
    engine = database["extra"]["engine_params"]
    assert engine == {"connect_args": {"read_only": True}}
    assert database["sqlalchemy_uri"].startswith("duckdb:////")
    assert {one["database_uuid"] for one in DATASETS.values()} == {database["uuid"]}
