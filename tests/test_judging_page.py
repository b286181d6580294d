"""The page of `leadscore judge`: what it says, and that it needs nothing beside it."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
import yaml

from leadscore.judging.report import read_reports, write_page
from leadscore.judging.sections import VERDICTS
from leadscore.judging.wording import MINUS, NONE
from leadscore.settings import DBT_PROJECT

CONTRACTS = DBT_PROJECT / "models/marts/judging"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\u202e\u0645\u0631\u062d\u0628\u0627",
    "x" * 300,
    "{{ 7 * 7 }}</style></svg></table>",
    "http://example.com/a.png",
    "&lt;b&gt; & co",
]
INTERVAL = "rate double, rate_low double, rate_high double, lift double, "
INTERVAL += "lift_low double, lift_high double, base_rate double, leads bigint, "
INTERVAL += "successes bigint"
OF = "target text, ruleset text"
MARTS = {
    "ruleset_performance": f"{OF}, judged_on date, is_dated boolean, "
    "finished_cut_offs bigint, first_cut_off date, last_cut_off date, "
    "unfinished_cut_offs text, leads bigint, people bigint, successes bigint, "
    "base_rate double, base_rate_low double, base_rate_high double, auc double, "
    "auc_low double, auc_high double, backdated_share double",
    "score_performance": f"{OF}, cut_off date, band_kind text, band text, "
    f"band_order int, {INTERVAL}, share_of_leads double, gain double",
    "rule_performance": f"{OF}, item_kind text, item text, value text, {INTERVAL}, "
    "successes_expected double, average_points decimal(18, 4), points_by_lift int, "
    "verdict text, leads_wanting bigint",
    "qualification_performance": f"{OF}, grade_letter text, min_points int, "
    "leads bigint, mqls_per_week double, precision_rate double, precision_low double, "
    "precision_high double, recall double, specificity double, f1 double, "
    "accuracy double, expected_successes_per_week double, marks text",
    "source_performance": f"{OF}, source_kind text, source text, month text, "
    f"{INTERVAL}, average_score decimal(5, 2), grade_a bigint, grade_b bigint, "
    "grade_c bigint, grade_d bigint, grade_f bigint, grade_unknown bigint, "
    "mqls bigint, amount double, verdict text, leads_wanting bigint",
    "score_drift": f"kind text, {OF}, item text, cut_off date, before double, "
    "now double, stability_index double, verdict text",
}
# What the page reads beside the marts.
OTHERS = {
    "main.lead_scores": "ruleset text",
    "main.feedback_performance": "ruleset text, item_kind text, item text, "
    "average_points decimal(18, 4), leads bigint, good bigint, bad bigint, "
    "wrong_person bigint, bad_data bigint, share_good double, low double, high double, "
    "other_leads bigint, other_share_good double, other_low double, "
    "other_high double, finding text",
    "judged.calibrations": f"{OF}, min_points double, below_points double, rate double",
    "judged.leaks": "target text, signal text, sentence text",
    "mappings.targets": "target text, description text, horizon_days int",
    "rules.signal_rules": "ruleset text, rule_id text, reason text",
    "rules.activity_rules": "ruleset text, rule_id text, reason text",
}
DAY = date(2026, 6, 30)


def put(connection: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    names, places = ", ".join(values), ", ".join("?" * len(values))
    connection.execute(
        f"insert into {table} ({names}) values ({places})", list(values.values())
    )


def empty_marts() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for schema in ("judged", "mappings", "rules"):
        connection.execute(f"create schema {schema}")
    for table, columns in (MARTS | OTHERS).items():
        connection.execute(f"create table {table} ({columns})")
    return connection


def rated(leads: int, successes: int, base_rate: float = 0.05) -> dict[str, float]:
    rate = successes / leads
    ends = {"rate": rate, "rate_low": rate * 0.7, "rate_high": rate * 1.4}
    lifts = {name.replace("rate", "lift"): of / base_rate for name, of in ends.items()}
    return {
        "leads": leads,
        "successes": successes,
        "base_rate": base_rate,
        **ends,
        **lifts,
    }


def judge(connection: duckdb.DuckDBPyConnection, ruleset: str) -> None:
    """Put something into every mart: 2,000 leads, of which 100 succeeded."""
    of = {"target": "won", "ruleset": ruleset}
    put(
        connection,
        "ruleset_performance",
        **of,
        **{"judged_on": date(2026, 11, 28), "is_dated": True, "finished_cut_offs": 2},
        **{"first_cut_off": date(2026, 5, 31), "last_cut_off": DAY, "leads": 2000},
        **{"unfinished_cut_offs": "2026-09-30", "people": 1204, "successes": 100},
        **{"base_rate": 0.05, "base_rate_low": 0.04, "base_rate_high": 0.0612},
        **{"auc": 0.8765, "auc_low": 0.81, "auc_high": 0.93, "backdated_share": 0.4},
    )
    for kind, sizes in {
        "tenth": [(1000, 80), (1000, 20)],
        "level": [(200, 70), (300, 20), (1500, 10)],
        "grade": [(900, 60), (500, 30), (60, 0), (540, 10)],
        "points": [(1400, 10), (600, 90)],
    }.items():
        names = {
            **{"tenth": "1 2", "level": "1 2 3", "grade": "A B- F -"},
            "points": "-20 60",
        }[kind].split()
        held, gained = 0, 0
        for place, (name, (leads, won)) in enumerate(zip(names, sizes, strict=True)):
            held, gained = held + leads, gained + won
            put(
                connection,
                "score_performance",
                **of,
                **{"band_kind": kind, "band": name, "band_order": place + 1},
                **{"share_of_leads": held / 2000, "gain": gained / 100},
                **rated(leads, won),
            )
    put(
        connection,
        "score_performance",
        **of,
        **{"cut_off": DAY, "band_kind": "all", "band": "all"},
        **rated(2000, 100),
    )
    verdicts = [*VERDICTS, *["earns"] * (len(HOSTILE) - len(VERDICTS))]
    for number, (name, verdict) in enumerate(zip(HOSTILE, verdicts, strict=True)):
        wanting = 1204 if verdict == "too few to say" else 0
        more = {"verdict": verdict, "leads_wanting": wanting}
        put(
            connection,
            "rule_performance",
            **of,
            **{"item_kind": "rule", "item": name, "value": "", "points_by_lift": 3},
            **{"average_points": 12.25 - number, "successes_expected": 7.77},
            **(more | rated(1300 + number, 20 + number)),
        )
        put(
            connection, "rules.signal_rules", ruleset=ruleset, rule_id=name, reason=name
        )
        put(
            connection,
            "source_performance",
            **of,
            **{"source_kind": "partner", "source": name, "amount": 12345.6},
            **{"mqls": 3, "verdict": "better", "leads_wanting": 0},
            **rated(1100 + number, 20 + number),
        )
    for kind, month in (("partner", "2026-06"), ("all", None)):
        put(
            connection,
            "source_performance",
            **of,
            **{"source_kind": kind, "source": kind, "month": month},
            **({"verdict": "better", "leads_wanting": 0} | rated(10, 1)),
        )
    put(
        connection,
        "rule_performance",
        **of,
        **{"item_kind": "signal", "item": "industry", "value": "<b>food</b>"},
        **{"average_points": 0, "successes_expected": 3.0, "leads_wanting": 0},
        **({"verdict": "priced too low"} | rated(90, 12)),
    )
    for threshold, marks in ((-10, None), (70, "wanted rate, balance")):
        put(
            connection,
            "qualification_performance",
            **of,
            **{"grade_letter": "all", "min_points": threshold, "marks": marks},
            **{"leads": 1000, "mqls_per_week": 12.34, "precision_rate": 0.123},
            **{"precision_low": 0.1, "precision_high": 0.15, "recall": 0.5},
            **{"specificity": 0.6, "f1": 0.2, "accuracy": 0.7},
        )
    put(
        connection,
        "score_drift",
        **of,
        **{"kind": "base rate", "item": "all", "cut_off": DAY, "before": 0.045},
        **{"now": 0.02, "verdict": "shifted"},
    )
    put(connection, "judged.calibrations", **of, min_points=float("-inf"), rate=0.01)
    put(connection, "judged.calibrations", **of, min_points=50, rate=0.4)


def marts(*rulesets: str) -> duckdb.DuckDBPyConnection:
    connection = empty_marts()
    put(connection, "lead_scores", ruleset="default")
    put(
        connection,
        "mappings.targets",
        **{"target": "won", "description": "A <deal> was won", "horizon_days": 90},
    )
    for ruleset in rulesets or ("default",):
        judge(connection, ruleset)
    return connection


class Page(HTMLParser):
    """What stands in a page: tags with attributes, tables by caption, all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.inside: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in ("meta", "path", "line"):
            self.inside.append(tag)
        if tag == "table":
            self.tables.append(("", []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][1][-1].append("")

    def handle_endtag(self, tag):
        assert tag in ("path", "line") or self.inside.pop() == tag, self.getpos()

    def handle_data(self, data):
        if "style" in self.inside:
            return
        self.text += data
        if "caption" in self.inside:
            caption, rows = self.tables.pop()
            self.tables.append((caption + data, rows))
        elif {"th", "td"} & {*self.inside}:
            self.tables[-1][1][-1][-1] += data

    def rows(self, caption: str) -> list[list[str]]:
        """The rows of the first table whose caption begins so, by its first cells."""
        found = (rows for name, rows in self.tables if name.strip().startswith(caption))
        return next(found)[1:]


def page_of(connection: duckdb.DuckDBPyConnection, folder: Path) -> Page:
    write_page(read_reports(connection), folder / "page.html")
    return Page((folder / "page.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    page_of(marts("bolder", "default"), folder)
    return folder / "page.html"


@pytest.fixture(scope="module")
def page(written: Path) -> Page:
    return Page(written.read_text(encoding="utf-8"))


def test_the_page_needs_nothing_beside_it(page):
    assert "Nothing was judged yet" not in page.text
    allowed = (
        "html head meta title style body header h1 p nav div table caption span b "
    )
    allowed += (
        "thead tr th tbody td a bdi main article h2 section h3 figure figcaption "
    )
    allowed += "svg g path line text details summary footer"
    assert {tag for tag, _ in page.tags} == {*allowed.split()}
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "style", "xlink:href"} & {*attributes}, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert attributes.get("href", "#").startswith("#"), tag
    anchors = {attributes.get("id") for _, attributes in page.tags}
    links = {attributes["href"][1:] for tag, attributes in page.tags if tag == "a"}
    assert links == {"content", "report-1", "report-2", "how-to-read"} <= anchors
    style = page.source.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_names_are_shown_as_the_text_they_are(page):
    rules = [row for name, rows in page.tables for row in rows[1:] if row[:1]]
    for name in HOSTILE:
        assert [row for row in rules if row[0] == row[1] == name], name  # id and reason
        assert [row for row in page.rows("By partner") if row[0] == name], name
    assert not [name for name, _ in page.tables if name.strip() == "By all"]
    assert any(row[:2] == ["industry", "<b>food</b>"] for row in rules)
    assert "A <deal> was won, within 90 days" in page.text


OF_RULES = """
    select
        item, item, replace(format('{:+.1f}', average_points::double), '-', minus()),
        points_by_lift::text, told(leads), told(successes),
        percent(rate) || ends(100 * rate_low, 100 * rate_high),
        format('{:.2f} ({:.2f} to {:.2f})', lift, lift_low, lift_high),
        format('{:.1f}', successes_expected)
"""


@pytest.mark.parametrize(
    ("caption", "query"),
    [
        (
            "By level",
            """
            select
                band, told(leads), told(successes),
                percent(rate) || ends(100 * rate_low, 100 * rate_high),
                format('{:.2f} ({:.2f} to {:.2f})', lift, lift_low, lift_high)
            from score_performance where band_kind = 'level' order by band_order
            """,
        ),
        (
            "Priced too high",
            f"{OF_RULES} from rule_performance where verdict = 'priced too high'",
        ),
        (
            "Too few to say",
            f"{OF_RULES}, told(leads_wanting) from rule_performance "
            f"where verdict = 'too few to say'",
        ),
        (
            "By partner",
            """
            select
                source, verdict, '', told(leads), told(successes),
                percent(rate) || ends(100 * rate_low, 100 * rate_high),
                format('{:.2f} ({:.2f} to {:.2f})', lift, lift_low, lift_high),
                told(mqls), told(round(amount)::int), told(average_score::int),
                told(grade_a), told(grade_b), told(grade_c), told(grade_d),
                told(grade_f), told(grade_unknown)
            from source_performance where source_kind = 'partner' and month is null
            order by rate desc, source
            """,
        ),
        (
            "Every threshold",
            """
            select
                told(min_points), coalesce(marks, ''), told(leads),
                format('{:.1f}', mqls_per_week),
                told(expected_successes_per_week::int),
                percent(precision_rate)
                || ends(100 * precision_low, 100 * precision_high),
                percent(recall), percent(specificity), percent(f1), percent(accuracy)
            from qualification_performance order by min_points
            """,
        ),
    ],
)
def test_numbers_are_those_of_the_marts(page, caption, query):
    connection = marts()
    for macro in (
        f"minus() as '{MINUS}'",
        "percent(share) as format('{:.1f}', 100 * share) || chr(160) || '%'",
        "ends(low, high) as format(' ({:.1f} to {:.1f})', low, high)",
        f"told(n) as coalesce(replace(format('{{:,}}', n), '-', minus()), '{NONE}')",
    ):
        connection.execute(f"create macro {macro}")
    rows = connection.execute(query).fetchall()
    assert page.rows(caption) == [list(row) for row in rows]


def test_a_report_says_in_words_how_good_it_is(page):
    space = "\u00a0"
    for sentence in (
        f"2,000 leads (1,204 people) at 2 cut-offs, 2026-05-31 to 2026-06-30: 100 "
        f"succeeded, 5.0{space}% (4.0 to 6.1).",
        f"the first had more points in 87.6{space}% (81.0 to 93.0) of all pairs (AUC; "
        f"50 % is chance): the points tell them apart.",
        f"Grades A and B hold 70.0{space}% of the leads (the bar of the field, 15 to "
        f"35 %, is not met) and 90.0{space}% of the successes (at least 60 %: met).",
        "Grade A should succeed at least 10 times as often as F: too few to say, of "
        "900 and 60 leads.",
        f"Levels 1 and 2 hold 25.0{space}% of the leads (the bar of the field, 15 to "
        f"35 %, is met) and 90.0{space}% of the successes (at least 60 %: met).",
        "Level 1 should succeed at least 10 times as often as 3: met, it is 52.5 ",
        "Of 7 rules: 1 inverted, 1 priced too low, 1 priced too high, 1 useless, 2 "
        "earns, 1 too few to say.",
        "The cut-offs 2026-09-30: their days have not ended",
        f"{40.0}{space}% of these leads stand here as a later delivery",
        *VERDICTS.values(),
    ):
        assert sentence in page.text, sentence


def test_the_shown_ruleset_comes_first_and_others_are_folded(page):
    assert [row[0] for row in page.rows("All targets")] == [
        "won, default",
        "won, bolder",
    ]
    assert page.rows("All targets")[0][1:] == [
        *("2,000", "1,204", "100"),
        *("5.0\u00a0% (4.0 to 6.1)", "87.6\u00a0% (81.0 to 93.0)"),
    ]
    folded = page.source.index('<details class="report">')
    assert (
        page.source.index('id="report-1"') < folded < page.source.index('id="report-2"')
    )


def test_tables_have_headers_and_charts_have_words(page):
    for caption, rows in page.tables:
        assert caption.strip()
        assert len({len(row) for row in rows}) == 1, caption
    scopes = [of.get("scope") for tag, of in page.tags if tag == "th"]
    assert {*scopes} == {"col", "row"}
    charts = [of["aria-label"] for _, of in page.tags if of.get("role") == "img"]
    assert len(charts) == page.source.count("<svg") == 2 * 9
    assert all(len(words) > 30 for words in charts)


@pytest.mark.parametrize("table", MARTS)
def test_a_table_that_is_empty_stops_no_page(tmp_path, table):
    connection = marts()
    connection.execute(f"delete from {table}")
    page = page_of(connection, tmp_path)
    assert "Nothing was judged yet" in page.text
    assert ("What is not judged" in page.text) == (table != "ruleset_performance")


def test_without_successes_nothing_is_claimed(tmp_path):
    connection = marts()
    for table in ("ruleset_performance", "score_performance", "rule_performance"):
        connection.execute(f"update {table} set successes = 0, base_rate = 0")
    connection.execute("update ruleset_performance set auc = null")
    connection.execute(
        "update score_performance set rate = 0, rate_low = 0, rate_high = 0.2, "
        "lift = null, lift_low = null, lift_high = null, gain = null"
    )
    connection.execute("update rule_performance set verdict = 'too few to say'")
    text = page_of(connection, tmp_path).text
    assert "With fewer than five successes there are too few to say more." in text
    assert "Levels beside the bar of the field: too few to say." in text
    assert "tell them apart" not in text


def test_where_success_has_no_date_the_page_says_so(tmp_path):
    connection = marts()
    connection.execute("update ruleset_performance set is_dated = false")
    text = page_of(connection, tmp_path).text
    assert "is cross-validated" in text
    assert "within 90 days" not in text
    assert "(1,204 people) as they are known on 2026-06-30: 100 succeeded" in text


@pytest.mark.parametrize(
    "contract", sorted(CONTRACTS.glob("*.yml")), ids=lambda of: of.stem
)
def test_the_marts_of_these_tests_are_those_of_the_contract(contract):
    [model] = yaml.safe_load(contract.read_text())["models"]
    known = {column["name"] for column in model["columns"]}
    asked = re.findall(r"(?:^|, )(\w+) ", MARTS.get(model["name"], ""))
    assert {*asked} <= known


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_in_every_width(written, browser, scheme):
    tab = browser.new_page(color_scheme=scheme)
    said, asked = [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(written.as_uri())
    for width in (320, 768, 1920):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = 1)")
        assert tab.evaluate("document.documentElement.scrollWidth") == width
    paper, ink = (
        tab.evaluate(f"getComputedStyle(document.querySelector('{of}')).{color}")
        for of, color in (("body", "backgroundColor"), ("svg text", "fill"))
    )
    tab.close()
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    assert (ink == "rgb(27, 29, 33)") == (scheme == "light")
    assert said == []
    assert asked == [written.as_uri()]
