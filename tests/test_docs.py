"""The pages keep their word: examples are run, and numbers are those published."""

import csv
import io
import math
import re
import shutil
import subprocess
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import typer
import yaml
from pipeline_world import (
    DAY,
    ingest,
    publish,
    published,
    score,
    score_again,
    warehouse,
    world_of,
)
from rich.console import Console

from leadscore import pipeline, sample_world
from leadscore.cli import app
from leadscore.judging.judge import build
from leadscore.judging.targets import find_targets
from leadscore.publish import open_publication
from leadscore.rules import check, load_vocabulary
from leadscore.rules.compare import show_diff, try_rules
from leadscore.rules.schema import FILES, SEEDS
from leadscore.settings import DBT_PROJECT, PROJECT, Settings
from leadscore.source_maps import load_maps
from leadscore.summary import CALLS_SHOWN, call_list
from leadscore.warehouse import connect, fetch_column

CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BY_HAND = (PROJECT / "docs" / "by_hand.md").read_text(encoding="utf-8")
LEAD = "L90014"
KEYS = {file: row.key for file, row in FILES.items()}
MAPPINGS = {path.stem for path in (SEEDS / "mappings").glob("*.csv")}


def fenced(page: str) -> list[tuple[str, str]]:
    """The code blocks of a page: label and text."""
    return re.findall(r"^```(\S*)\n(.*?)^```$", page, flags=re.M | re.S)


def block(label: str) -> str:
    (text,) = (text for found, text in fenced(CONTRIBUTING) if found == label)
    return text


def examples() -> list[tuple[str, str]]:
    """Every CSV line of CONTRIBUTING.md that may be added: its file and itself."""
    found = []
    for label, text in fenced(CONTRIBUTING):
        if label == "lines":
            found += [tuple(line.split(maxsplit=1)) for line in text.splitlines()]
        elif label.endswith(".csv"):
            found += [(label, line) for line in text.splitlines()[1:]]
    return [(file.removesuffix(".csv"), line) for file, line in found]


RULES = [(file, line) for file, line in examples() if file in KEYS]
WORDS = [(file, line) for file, line in examples() if file in MAPPINGS]


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = list(reader)
        return list(reader.fieldnames or []), rows


def put(folder: Path, file: str, line: str, keys: tuple[str, ...]) -> None:
    """Add a line to a CSV file; a row with the same key gives way to it."""
    path = folder / f"{file}.csv"
    columns, rows = read(path)
    (cells,) = csv.reader([line], strict=True)
    new = dict(zip(columns, cells, strict=True))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(
            row for row in rows if not keys or any(row[key] != new[key] for key in keys)
        )
        writer.writerow(new)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `my` as CONTRIBUTING.md says to make it, its draft named in it."""
    folder = tmp_path_factory.mktemp("contributor")
    (folder / "dbt_project").symlink_to(SEEDS.parent)
    subprocess.run(["bash", "-ec", block("sh")], cwd=folder, check=True)
    drafts = [line for file, line in RULES if file == "rulesets"]
    for line in drafts:
        put(folder / "my" / "rules", "rulesets", line, KEYS["rulesets"])
    return folder / "my"


@pytest.fixture
def my(copied, tmp_path) -> Path:
    return Path(shutil.copytree(copied, tmp_path / "my"))


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory):
    settings = Settings(data=tmp_path_factory.mktemp("empty"))
    return load_vocabulary(settings, SEEDS / "mappings")


def test_contributing_is_two_pages():
    assert len(CONTRIBUTING.splitlines()) <= 150


def test_every_link_of_the_pages_leads_somewhere():
    for page in PAGES:
        links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        missing = [link for link in links if not (page.parent / link).exists()]
        assert missing == [], page


# ---- what the pages name is there

PAGES = [*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")]
CODE = (
    *("leadscore", "sample", "dags", "dbt_project", "sources", "expectations", "bi"),
)
# A page may name a file as seen from here, or from the world's folders.
PLACES = (
    *(PROJECT / name for name in ("", "leadscore", "expectations", "sources")),
    *(DBT_PROJECT / name for name in ("", "models", "seeds", "seeds/rules")),
)
# What a page makes up, and what only runs in Airflow and of the judge leave in a world.
MADE_UP = r"(my|model|kunden)\b.*|\.yml|(logs|\.airflow)/|.*/judged\.html"


def in_backticks(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_folder_that_a_page_names_is_there(page, world):
    builds = (world.published / "builds").iterdir()
    places = (*PLACES, world.data, world.published, *builds)
    is_path = r"[^ ]+/|[^ ]*\.(csv|duckdb|html|json|md|py|sql|yml)"
    for name in in_backticks(page):
        if re.fullmatch(is_path, name) and not re.fullmatch(MADE_UP, name):
            pattern = re.sub(r"^(<(data|folder)>|\.\.\.)/", "", name)
            pattern = re.sub(r"<[^>]+>", "*", pattern)
            assert any(any(place.glob(pattern)) for place in places), name


@pytest.fixture(scope="module")
def words() -> set[str]:
    """All words of the code, and the names of its files."""
    paths = [path for folder in CODE for path in (PROJECT / folder).rglob("*.*")]
    texts = [
        f"{path.stem} {path.read_text('utf-8')}"
        for path in paths
        if path.suffix in (".csv", ".py", ".sql", ".yaml", ".yml")
        and "target" not in path.parts
    ]
    return set(re.findall(r"\w+", " ".join(texts)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_name_on_a_page_stands_in_the_code(page, words):
    is_name = r"[a-z]\w*_\w*[a-z0-9]"
    names = {name for name in in_backticks(page) if re.fullmatch(is_name, name)}
    assert names <= words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_is_one(page):
    text = page.read_text("utf-8")
    targets = re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.M)
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.M)) <= {*targets}
    for said in re.findall(r"(?:^|`)leadscore ([^`\n]+)", text, re.M):
        words, command = said.split(), typer.main.get_command(app)
        while getattr(command, "commands", None):
            command = command.commands[words.pop(0)]
        options = {option for given in command.params for option in given.opts}
        assert {word for word in words if word.startswith("--")} <= options, said


def test_every_description_that_models_share_is_used():
    blocks = re.findall(r"{% docs (\w+)", (DBT_PROJECT / "models/docs.md").read_text())
    files = (path for path in DBT_PROJECT.rglob("*.yml") if path.is_file())
    texts = [path.read_text("utf-8") for path in files]
    assert set(blocks) == set(re.findall(r"doc\('(\w+)'\)", " ".join(texts)))


def test_contributing_has_an_example_of_every_kind_of_row():
    assert {file for file, _ in RULES} == set(KEYS) - {"grades"}
    shown = {file: [] for file, _ in RULES}
    for file, line in RULES:
        columns, _ = read(SEEDS / "rules" / f"{file}.csv")
        (cells,) = csv.reader([line])
        shown[file].append(dict(zip(columns, cells, strict=True)))
    values = " ".join(row["value_text"] for row in shown["signal_rules"])
    assert all(sign in values for sign in ("|", "!", "*", "(missing)"))
    for file, columns in {
        "signal_rules": "value_text min_value max_value if_signal grade_thirds",
        "activity_rules": "if_signal per_count max_units window_days max_points",
    }.items():
        for column in columns.split():
            assert any(row[column] for row in shown[file]), column
    decays = {row["decay"] for row in shown["activity_rules"]}
    assert decays == {"none", "linear", "half_life"}
    scopes = {row["scope"] for row in shown["caps"]}
    assert scopes == {"rule_group", "dimension", "fit", "total"}
    effects = {row["effect"] for row in shown["exclusions"]}
    assert effects == {"excluded", "no_queue"}


def test_the_headers_in_contributing_are_those_of_the_files():
    for label, text in fenced(CONTRIBUTING):
        if label.endswith(".csv"):
            columns, _ = read(SEEDS / "rules" / label)
            assert text.splitlines()[0] == ",".join(columns)


def test_a_copied_ruleset_is_a_valid_draft(copied, vocabulary):
    found = check(copied / "rules", vocabulary)
    assert [str(finding) for finding in found if finding.severity == "error"] == []


@pytest.mark.parametrize(("file", "line"), RULES)
def test_a_rule_of_contributing_passes_the_check(my, vocabulary, file, line):
    before = {finding.message for finding in check(my / "rules", vocabulary)}
    put(my / "rules", file, line, KEYS[file])
    found = check(my / "rules", vocabulary)
    assert [str(one) for one in found if one.message not in before] == []


def test_all_rules_of_contributing_score_a_lead_together(my, world):
    for file, line in RULES:
        put(my / "rules", file, line.replace("default,", "bolder,", 1), KEYS[file])
    settings = world.model_copy(update={"config": my})
    console = Console(width=200, file=io.StringIO())
    try_rules(settings, LEAD, "bolder", console)
    show_diff(settings, "default", "bolder", console)
    said = console.file.getvalue()
    for rule in ("demo_home_region", "demo_came_alone", "manual:fair_tara", "cap:fit"):
        assert rule in said


@pytest.mark.parametrize(("file", "line"), WORDS)
def test_a_mapping_of_contributing_fits_its_file(tmp_path, file, line):
    shutil.copytree(SEEDS / "mappings", tmp_path / "mappings")
    seed = yaml.safe_load((SEEDS / "mappings" / f"{file}.yml").read_text())["seeds"][0]
    keys = seed["data_tests"][0]["primary_key"]["arguments"]["column_names"]
    _, rows = read(SEEDS / "mappings" / f"{file}.csv")
    put(tmp_path / "mappings", file, line, keys)
    _, after = read(tmp_path / "mappings" / f"{file}.csv")
    assert len(after) == len(rows) + 1  # it takes the place of no other row
    for column in seed["columns"]:
        for test in column.get("data_tests", []):
            if isinstance(test, dict) and "accepted_values" in test:
                allowed = test["accepted_values"]["arguments"]["values"]
                assert after[-1][column["name"]] in ("", *allowed)


def test_rules_may_price_the_activity_of_contributing(tmp_path):
    shutil.copytree(SEEDS / "mappings", tmp_path / "mappings")
    for file, line in WORDS:
        put(tmp_path / "mappings", file, line, keys=())
    found = load_vocabulary(Settings(data=tmp_path), tmp_path / "mappings")
    assert "savings_calculated" in found.activities


def test_the_source_map_of_contributing_is_understood(tmp_path):
    folder = tmp_path / "sources" / "crm"
    folder.mkdir(parents=True)
    (folder / "acme.yml").write_text(block("yaml"))
    (source_map,) = load_maps(Settings(data=tmp_path, config=tmp_path), "crm")
    assert source_map.files[0].outcomes == ["Deal value"]


def test_the_expectation_of_contributing_is_one():
    gxe = pytest.importorskip("great_expectations.expectations")
    assert eval(block("python").strip(), {"gxe": gxe}).description


# ---- docs/by_hand.md: mend its rows by copying those that a failure shows


def tables(*columns: str) -> list[dict[str, str]]:
    """The rows of the page's tables that have these columns."""
    rows: list[dict[str, str]] = []
    header: list[str] = []
    for line in BY_HAND.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            header = []
        elif not header:
            header = cells
        elif set(columns) <= set(header) and not cells[0].startswith("---"):
            rows.append(dict(zip(header, cells, strict=True)))
    return rows


def columns_of(rows: list[dict[str, str]], *columns: str) -> list[str]:
    """Some columns of rows as the page writes them."""
    return as_written([tuple(row[column] for column in columns) for row in rows])


def as_written(rows: list[tuple]) -> list[str]:
    return sorted("| " + " | ".join(cell or "" for cell in row) + " |" for row in rows)


def rules_of(file: str, key: str) -> dict[str, dict[str, str]]:
    _, rows = read(SEEDS / "rules" / f"{file}.csv")
    return {row[key]: row for row in rows if row["ruleset"] == "default"}


def exact(formula: str) -> Fraction:
    """Work out a formula of the page without rounding."""
    assert re.fullmatch(r"[\d.+*/() -]+", formula)
    return eval(
        re.sub(r"[\d.]+", r"Fraction('\g<0>')", formula), {"Fraction": Fraction}
    )


def rounded(number: Fraction) -> str:
    """A number to four decimals, half away from zero."""
    exactly = Decimal(number.numerator) / Decimal(number.denominator)
    return str(exactly.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def test_by_hand_has_every_factor_with_its_points(world):
    truth = published(
        world,
        f"select rule_id, points::varchar from lead_score_factors "
        f"where lead_id = '{LEAD}' and ruleset = 'default'",
    )
    page = tables("rule", "points")
    assert columns_of(page, "rule", "points") == as_written(truth)


def test_by_hand_has_the_published_result(world):
    names = [row["column of lead_scores"] for row in results()]
    assert {"score", "grade", "engagement_level", "stage", "total_points"} <= set(names)
    (truth,) = published(
        world,
        f"select {', '.join(f'{name}::varchar' for name in names)} "
        f"from lead_scores where lead_id = '{LEAD}'",
    )
    page = columns_of(results(), "column of lead_scores", "value")
    assert page == as_written(list(zip(names, truth, strict=True)))


def test_by_hand_names_signals_that_the_lead_has(world):
    truth = warehouse(
        world,
        f"select signal, value_text from intermediate.int_lead_signals "
        f"inner join intermediate.int_signal_values using (signal, value) "
        f"inner join intermediate.int_lead_spans using (span_id) "
        f"where lead_id = '{LEAD}' and valid_from = date '{DAY}'",
    )
    page = columns_of(tables("rule", "signal"), "signal", "value")
    assert set(page) <= set(as_written(truth))


def test_by_hand_lists_every_day_on_which_the_lead_did_something(world):
    truth = warehouse(
        world,
        f"""
        select
            activity, activity_date::varchar, sum(event_count)::varchar,
            (date '{DAY}' - activity_date)::varchar
        from intermediate.int_lead_activity_days
        where lead_id = '{LEAD}' and date '{DAY}' between valid_from and valid_to
        group by activity, activity_date
        """,
    )
    page = columns_of(tables("activity", "age"), "activity", "day", "events", "age")
    assert page == as_written(truth)


def test_by_hand_weighs_days_as_its_rules_decay():
    rules = rules_of("activity_rules", "rule_id")
    used = [rules[row["rule"]] for row in tables("rule", "units")]
    assert {(rule["decay"], rule["decay_days"]) for rule in used} == {("linear", "90")}
    for row in tables("activity", "weight"):
        assert row["weight"] == f"{90 - int(row['age'])}/90"


def test_by_hand_multiplies_as_it_says():
    rules = rules_of("activity_rules", "rule_id")
    formula = "points times weights"
    for row in tables("rule", formula):
        assert row[formula].startswith(f"{rules[row['rule']]['points']} * ")
        assert rounded(exact(row[formula])) == row["points"]


def test_by_hand_caps_what_the_rules_cap():
    caps = rules_of("caps", "name")
    for row in tables("rule", "before"):
        limit = caps[row["rule"].removeprefix("cap:")]["max_points"]
        assert row["limit"] == limit
        assert Decimal(row["points"]) == Decimal(limit) - Decimal(row["before"])


def test_by_hand_takes_the_thirds_of_the_rules():
    rules = rules_of("signal_rules", "rule_id")
    for row in tables("rule", "thirds"):
        assert row["thirds"] == rules[row["rule"]]["grade_thirds"].replace("0", "")


def test_by_hand_adds_up_in_its_text():
    found = re.findall(r"([\d.(][\d.+() -]*\+[\d.+() -]*) =\s([\d.]*\d)", BY_HAND)
    assert len(found) == 5
    for formula, result in found:
        assert exact(formula) == Fraction(result), formula


def test_by_hand_bends_the_total_as_its_formula_does():
    value = {row["column of lead_scores"]: row["value"] for row in results()}
    score = 65 + 35 * (1 - math.exp(1 - float(value["total_points"]) / 100))
    assert f"= {score:.4f}" in BY_HAND
    floor = Decimal(score).quantize(Decimal("0.01"), ROUND_FLOOR)
    assert str(floor) == value["score"]


def results() -> list[dict[str, str]]:
    return tables("column of lead_scores", "value")


# ---- the call list, row by row


@pytest.fixture(scope="module")
def sample_of_the_page(tmp_path_factory):
    """The sample as `make score DAY=2026-06-30` leaves it in a fresh clone."""
    history_days = Settings.model_fields["history_days"].default
    data = tmp_path_factory.mktemp("calls")
    with world_of(data, history_days=history_days) as settings:
        sample_world.write(settings, sample_world.LEADS, DAY, sample_world.SEED)
        ingest(settings)
        pipeline.layer("rules", DAY.isoformat())
        score_again(settings)
        publish(settings)
        yield settings


@pytest.mark.proof
def test_the_call_list_of_the_page_is_that_of_the_sample(sample_of_the_page):
    page = (PROJECT / "docs" / "call_list.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", page, flags=re.M)
    with open_publication(sample_of_the_page) as connection:
        calls = call_list(connection, "UTC")
    told = []
    for place, lead, name, owner, segment, _, due, action, because in calls:
        whose = f", of {owner}" if owner else ""
        who = f"{name} ({lead}), {segment}{whose}"
        told.append((str(place), who, f"{action} ({due}): {because}"))
    assert [row[:3] for row in rows] == told[:CALLS_SHOWN]
    assert f"{len(calls)} leads are on the list" in page
    assert all(why.endswith(".") for *_, why in rows)


# What docs/judging.md says of the sample: the planted truth, its mart and name.
PLANTED = {
    "demo_seniority_high": ("rule_performance", "item"),
    "beh_file_downloaded": ("rule_performance", "item"),
    "beh_site_searched": ("rule_performance", "item"),
    "P02": ("source_performance", "source"),
    "P05": ("source_performance", "source"),
}


def planted_truths(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Judge a sample; return what is said of each planted truth."""
    build(settings, find_targets(settings, "won"), [], Console(quiet=True))
    found = {}
    with connect(settings, read_only=True) as connection:
        for name, (mart, column) in PLANTED.items():
            month = "and month is null" if mart == "source_performance" else ""
            [row] = connection.execute(
                "select verdict, format('{:,}', leads), format('{:,}', successes), "
                "format('{:.1f} ({:.1f} to {:.1f})', lift, lift_low, lift_high) "
                f"from marts.{mart} where ruleset = 'default' and {column} = ? {month}",
                [name],
            ).fetchall()
            found[name] = row
    return found


VERDICTS = {
    "demo_seniority_high": "inverted",
    "beh_file_downloaded": "useless",
    "beh_site_searched": "priced too low",
    "P02": "better",
    "P05": "worse",
}


@pytest.mark.proof
def test_the_planted_truths_are_found_and_the_page_says_so(sample_of_the_page):
    page = (PROJECT / "docs" / "judging.md").read_text(encoding="utf-8")
    found = planted_truths(sample_of_the_page)
    assert {name: row[0] for name, row in found.items()} == VERDICTS
    told = re.findall(
        r"^\| .+ \| `(\w+)`.* \| (.+) \| (.+) \| (.+) \| (.+) \|$", page, re.M
    )
    assert {name: row for name, *row in told} == {n: [*row] for n, row in found.items()}
    with connect(sample_of_the_page, read_only=True) as connection:
        [(auc, low, high)] = connection.execute(
            "select auc, auc_low, auc_high from marts.ruleset_performance "
            "where ruleset = 'default'"
        ).fetchall()
        levels = fetch_column(
            connection,
            "select rate from marts.score_performance where band_kind = 'level' "
            "and cut_off is null and ruleset = 'default' order by band",
        )
        [wanted] = fetch_column(
            connection,
            "select min_points from marts.qualification_performance "
            "where ruleset = 'default' and contains(marks, 'wanted rate')",
        )
    assert f"{auc:.1%} ({100 * low:.1f} to {100 * high:.1f})".replace("%", " %") in page
    assert f"{100 * levels[0]:.1f} % of level 1 to\n{100 * levels[3]:.1f} %" in page
    assert f"from {wanted} points on" in page


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(1, 6))
def test_the_planted_truths_are_found_in_other_samples_too(seed, tmp_path):
    with world_of(tmp_path) as settings:
        sample_world.write(settings, sample_world.LEADS, DAY, seed)
        ingest(settings)
        score(settings)
        found = planted_truths(settings)
    assert {name: row[0] for name, row in found.items()} == VERDICTS
