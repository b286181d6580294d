"""Generated leads and rulesets, full of corners, as rows for the oracle and for dbt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import hypothesis
import oracle
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from oracle import MISSING, Row

# Signals and the values that leads have; the last two also are numbers.
TEXTS = {
    "seniority": ["c_level", "vp", "manager", MISSING],
    "country": ["us", "de", MISSING],
    "email_domain_type": ["business", "free", MISSING],
    "relationship": ["customer", "competitor", MISSING, MISSING],
    "attribute.plan": ["pro", "free", MISSING],
    "account.territory": ["north", "south", MISSING],
}
NUMBERS = {
    "employee_count": ["0", "9", "10", "49.5", "50", "4999.9999", "5000", MISSING],
    "engaged_decision_makers": ["0", "1", "2", "3", MISSING],
}
VALUES = TEXTS | NUMBERS
SEGMENTS = {"segment.warm": ["yes", "no"], "segment.silent": ["yes", "no"]}
ACTIVITIES = ["page_viewed", "email_clicked", "demo_requested", "trial", "unsubscribed"]
GROUPS = {
    "demographic": ["title", "place"],
    "firmographic": ["size", "industry"],
    "behavioral": ["intent", "pages", "mails"],
    "negative": ["bounces", "names"],
}
LADDER = ["F", "D-", "D", "D+", "C-", "C", "C+", "B-", "B", "B+", "A-", "A", "A+"]

DAY = timedelta(days=1)

# Leap days, ends of months, quarters and years, and both sides of ISO week 53.
DAYS = [
    date(2020, 2, 29),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2023, 3, 31),
    date(2023, 4, 1),
    date(2023, 7, 1),
    date(2023, 9, 30),
    date(2022, 10, 31),
    date(2020, 12, 31),
    date(2021, 1, 1),
    date(2021, 1, 3),
    date(2021, 1, 4),
    date(2024, 12, 30),
    date(2026, 12, 31),
    date(2027, 1, 3),
    date(2026, 11, 20),
]
# Lengths of windows and decays, and ages on both sides of each.
LENGTHS = [1, 2, 7, 14, 30, 90, 365]
AGES = sorted({0, 3, *LENGTHS, *(n - 1 for n in LENGTHS), *(n + 1 for n in LENGTHS)})

# Points that halves and thirds of do not end at the fourth decimal are among them.
POINTS = st.one_of(
    st.integers(-50, 50).map(Decimal),
    st.decimals(-200, 200, places=4),
    st.sampled_from(["0.0001", "-0.0001", "0.0003", "-3.3333", "5000", "0"]).map(
        Decimal
    ),
)


@dataclass
class Case:
    """One lead over a few days: the rows that the scoring layer finds of it."""

    lead_id: str
    spans: list[Row]
    signals: list[Row]
    activity_days: list[Row]
    adjustments: list[Row]

    def on(self, day: date, ruleset: str) -> oracle.Lead:
        """Return what is known of the lead on the first day of one of its spans."""

        def holds(row: Row) -> bool:
            return row["valid_from"] <= day <= row["valid_to"]

        return oracle.Lead(
            signals={
                row["signal"]: (row["value_text"], row["value_number"])
                for row in self.signals
                if row["valid_from"] == day
            },
            activity_days=[
                (row["activity"], row["activity_date"], row["event_count"])
                for row in self.activity_days
                if holds(row)
            ],
            adjustments=[
                row
                for row in self.adjustments
                if holds(row) and row["ruleset"] == ruleset
            ],
        )


def drawn(strategy: st.SearchStrategy, count: int, seed: int) -> list:
    """Return as many examples of the strategy, the same for the same seed.

    Each has a seed of its own: examples of one run are often variations of each other.
    """
    return [second_example(strategy, seed + number) for number in range(count)]


def second_example(strategy: st.SearchStrategy, seed: int):
    """Return the first example that is not the simplest one, which always leads."""
    run = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=2,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(strategy)
    def collect(example) -> None:
        run.append(example)

    collect()
    return run[-1]


# --- Leads ----------------------------------------------------------------------------


@st.composite
def cases(
    draw,
    rulesets: list[str],
    first_days: Sequence[date] = DAYS,
    lengths: Sequence[int] = (1, 2, 3),
) -> Case:
    """A lead on a few days in a row; without activities they may be one span."""
    first = draw(st.sampled_from(first_days))
    length = draw(st.sampled_from(lengths))
    days = [first + timedelta(days=n) for n in range(length)]
    activity_days = draw(st.lists(activity_rows(first), max_size=12))
    # As in the warehouse: who has done something has a span a day.
    if activity_days or draw(st.booleans()):
        limits = [(day, day) for day in days]
    else:
        limits = [(days[0], days[-1])]
    adjustments = draw(st.lists(adjustment_rows(first, rulesets), max_size=6))
    return Case(
        lead_id="",
        spans=[
            {"valid_from": since, "valid_to": until, "lead_valid_from": first}
            for since, until in limits
        ],
        signals=[
            row for since, _ in limits for row in draw(signal_rows_of_a_day(since))
        ],
        activity_days=activity_days,
        adjustments=[
            # In a longer span nothing changes, so an adjustment lasts for all of it.
            row | ({} if len(limits) == length else {"valid_from": first})
            for row in adjustments
        ],
    )


@st.composite
def activity_rows(draw, first: date) -> Row:
    """Events of one day: long known, later linked or unlinked, or yet to happen."""
    day = draw(st.sampled_from(days_before(first)))
    until = st.sampled_from([date(9999, 12, 31)] * 4 + [first])
    return {
        "valid_from": max(day, draw(st.sampled_from([day, day, first + DAY]))),
        "valid_to": max(day, draw(until)),
        "activity": draw(st.sampled_from(ACTIVITIES)),
        "topic": draw(st.sampled_from([None, "pricing", "api"])),
        "is_engagement": True,
        "activity_date": day,
        "event_count": draw(st.sampled_from([1, 1, 1, 2, 3, 4, 7, 40])),
        "first_at": datetime.combine(day, time(8)),
        "last_at": datetime.combine(day, time(9)),
    }


def days_before(day: date) -> list[date]:
    """Days of all ages, and where its week, month, quarter and year begin; the next."""
    starts = [
        day - timedelta(days=day.weekday()),
        day.replace(day=1),
        day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        day.replace(month=1, day=1),
    ]
    aged = [day - timedelta(days=age) for age in AGES]
    return [*aged, *starts, *(start - DAY for start in starts), day, day + DAY]


@st.composite
def adjustment_rows(draw, first: date, rulesets: list[str]) -> Row:
    return {
        "ruleset": draw(st.sampled_from(rulesets)),
        "points": draw(POINTS.filter(bool)),
        "reason": "Tier 1 customer has signed",
        "valid_from": first + draw(st.sampled_from([-DAY, 0 * DAY, DAY])),
        "valid_to": draw(st.sampled_from([date(9999, 12, 31), first + 2 * DAY])),
    }


@st.composite
def signal_rows_of_a_day(draw, day: date) -> list[Row]:
    """One row a signal, as int_lead_attributes has it."""
    rows = []
    for signal, values in VALUES.items():
        text = draw(st.sampled_from(values))
        number = Decimal(text) if signal in NUMBERS and text != MISSING else None
        rows.append(
            {
                "valid_from": day,
                "signal": signal,
                "value_text": text,
                "value_number": number,
            }
        )
    return rows


# --- Rulesets -------------------------------------------------------------------------


@st.composite
def patterns(draw, signal: str) -> str | None:
    """A value_text of every kind, also spaced and in capitals."""
    known = (VALUES | SEGMENTS)[signal]
    values = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    joined = draw(st.sampled_from(["|", " | "])).join(values)
    return draw(
        st.sampled_from([joined, joined, joined.upper(), f" !{joined}", "*", MISSING])
    )


@st.composite
def conditions(draw) -> Row:
    """Mostly none."""
    if draw(st.integers(0, 2)):
        return {"if_signal": None, "if_value": None}
    signal = draw(st.sampled_from(sorted(VALUES | SEGMENTS)))
    return {"if_signal": signal, "if_value": draw(patterns(signal))}


@st.composite
def groups(draw) -> tuple[str, str]:
    dimension = draw(st.sampled_from(sorted(GROUPS)))
    return dimension, draw(st.sampled_from(GROUPS[dimension]))


@st.composite
def signal_rules(draw) -> Row:
    dimension, group = draw(groups())
    signal = draw(st.sampled_from(sorted(VALUES | SEGMENTS)))
    low, high = draw(ranges(signal))
    # A grade is about fit, so behavior has no part in it.
    thirds = st.sampled_from([None, None, -3, -2, -1, 0, 1, 2, 3])
    return {
        "dimension": dimension,
        "rule_group": group,
        "signal": signal,
        "value_text": draw(st.none() | patterns(signal)),
        "min_value": low,
        "max_value": high,
        **draw(conditions()),
        "points": draw(POINTS),
        "grade_thirds": None if dimension == "behavioral" else draw(thirds),
        "reason": draw(st.sampled_from(["Is so", "Is {value}", "For {value} days"])),
        "rationale": "Made up",
    }


@st.composite
def ranges(draw, signal: str) -> tuple[Decimal | None, Decimal | None]:
    """None, or of a number every other time one with one or two ends."""
    if signal not in NUMBERS or draw(st.booleans()):
        return None, None
    ends = st.sampled_from([n for n in NUMBERS[signal] if n != MISSING])
    low, high = sorted([Decimal(draw(ends)), Decimal(draw(ends))])
    return draw(st.sampled_from([(low, high), (low, None), (None, high)]))


@st.composite
def segment_rows(draw) -> Row:
    """A row that asks a signal, or counts activities."""
    row = dict.fromkeys(
        [
            *("signal", "value_text", "min_value", "max_value", "activity"),
            *("after_activity", "within_days", "min_count", "max_count"),
        ]
    )
    if draw(st.booleans()):
        signal = draw(st.sampled_from(sorted(VALUES)))
        low, high = draw(ranges(signal))
        return row | {
            "signal": signal,
            "value_text": draw(st.none() | patterns(signal)),
            "min_value": low,
            "max_value": high,
        }
    counts = [(None, None), (None, 0), (None, 2), (1, None), (2, 5), (0, 1), (1, 1)]
    least, most = draw(st.sampled_from(counts))
    return row | {
        "activity": draw(activity_names()),
        "after_activity": draw(st.none() | activity_names()),
        "within_days": draw(st.none() | st.sampled_from(LENGTHS)),
        "min_count": least,
        "max_count": most,
    }


@st.composite
def activity_rules(draw) -> Row:
    dimension, group = draw(groups())
    decay = draw(st.sampled_from(["none", "linear", "half_life"]))
    return {
        "dimension": dimension,
        "rule_group": group,
        "activity": draw(activity_names()),
        **draw(conditions()),
        "per": draw(st.sampled_from(["day", "week", "month", "quarter", "ever"])),
        "per_count": draw(st.sampled_from([None, None, 1, 2, 3, 5])),
        "max_units": draw(st.sampled_from([None, None, 1, 2, 4])),
        "window_days": draw(st.sampled_from([None, *LENGTHS])),
        "decay": decay,
        "decay_days": None if decay == "none" else draw(st.sampled_from(LENGTHS)),
        "points": draw(POINTS),
        "max_points": draw(
            st.sampled_from([None, None, "20", "-20", "0.5", "3.3333"]).map(decimal)
        ),
        "reason": draw(
            st.sampled_from(
                [
                    *("Did so {count} times", "On {days} days", "So on {days} days"),
                    "Did so {count} times as phase 1 client has grown",
                ]
            )
        ),
        "rationale": "Made up",
    }


@st.composite
def activity_names(draw) -> str:
    """One activity, or several that are counted together."""
    names = st.lists(st.sampled_from(ACTIVITIES), min_size=1, max_size=3, unique=True)
    return "|".join(draw(names))


@st.composite
def caps(draw, scope: str, name: str) -> Row:
    """A range that 0 lies in: rule checks refuse others."""
    low, high = -abs(draw(POINTS)), abs(draw(POINTS))
    low, high = draw(st.sampled_from([(low, high), (low, None), (None, high)]))
    percent = (
        draw(st.sampled_from([None, 1, 20, 50, 63, 99])) if scope == "fit" else None
    )
    return {
        "scope": scope,
        "name": name,
        "min_points": low,
        "max_points": high,
        "max_percent": percent,
    }


@st.composite
def qualification_rows(draw) -> Row:
    """Each condition is there about every other time."""
    has_activity = draw(st.booleans())
    is_called = draw(st.booleans())
    return {
        "min_grade": draw(st.none() | st.sampled_from([*LADDER, "-"])),
        "min_points": draw(st.none() | POINTS),
        "min_behavioral_points": draw(st.none() | POINTS),
        "if_activity": draw(activity_names()) if has_activity else None,
        "within_days": (
            draw(st.none() | st.sampled_from(LENGTHS)) if has_activity else None
        ),
        **draw(conditions()),
        "stage": draw(st.sampled_from(["mql", "nurture", "target"])),
        "is_mql": draw(st.booleans()),
        "priority": draw(st.integers(1, 5)) if is_called else None,
        "queue": "sales" if is_called else None,
        "action": "Call" if is_called else None,
        "sla_hours": Decimal("24") if is_called else None,
    }


# The last row of qualification: whoever meets no other.
CATCH_ALL: Row = {
    "row_order": 9,
    "min_grade": None,
    "min_points": None,
    "min_behavioral_points": None,
    "if_activity": None,
    "within_days": None,
    "if_signal": None,
    "if_value": None,
    "stage": "cold",
    "is_mql": False,
    "priority": None,
    "queue": None,
    "action": None,
    "sla_hours": None,
}


@st.composite
def exclusions(draw) -> Row:
    signal = draw(
        st.sampled_from(["relationship", "attribute.plan", "country", "segment.warm"])
    )
    return {
        "signal": signal,
        "value_text": draw(patterns(signal)),
        "effect": draw(st.sampled_from(["excluded", "no_queue"])),
        "reason": draw(st.sampled_from(["Is a customer", "Competes", "Is at work"])),
    }


@st.composite
def rulesets(draw) -> oracle.Ruleset:
    """A whole ruleset; ids and names are given later."""
    priced = draw(st.lists(signal_rules(), max_size=8))
    done = draw(st.lists(activity_rules(), min_size=1, max_size=8))
    for number, rule in enumerate(priced + done):
        rule["rule_id"] = f"rule_{number}"
        rule["reason"] += f" by rule {number}."
    in_use = sorted({rule["rule_group"] for rule in priced + done})
    capped = [
        *(("rule_group", group) for group in in_use),
        *(("dimension", dimension) for dimension in GROUPS),
        ("fit", "fit"),
        ("total", "everything"),
    ]
    chosen = draw(st.lists(st.sampled_from(capped), max_size=5, unique=True))
    resets = draw(
        st.lists(
            st.tuples(st.sampled_from(ACTIVITIES), st.sampled_from(in_use)),
            max_size=2,
            unique=True,
        )
    )
    first = draw(st.lists(st.sampled_from(in_use), max_size=4, unique=True))
    orders = draw(st.permutations(range(1, 5)))
    thresholds = draw(st.lists(POINTS, max_size=3))
    ladder = LADDER[draw(st.sampled_from([0, 0, 2])) :]
    return oracle.Ruleset(
        row={
            "status": draw(st.sampled_from(["champion", "challenger", "draft"])),
            "effective_from": date(2020, 1, 1),
            "curve_points": Decimal(draw(st.sampled_from(["100", "50", "7", "250.5"]))),
            "score_at_curve_points": Decimal(
                draw(st.sampled_from(["65", "50", "33.3333", "80"]))
            ),
            "start_grade": draw(st.sampled_from(ladder)),
            "description": "Generated",
            "reasons_first": "|".join(first) or None,
        },
        signal_rules=priced,
        activity_rules=done,
        resets=[
            {"activity": activity, "rule_group": group, "reason": "Starts anew"}
            for activity, group in resets
        ],
        caps=[draw(caps(scope, name)) for scope, name in chosen],
        exclusions=draw(
            st.lists(
                exclusions(),
                max_size=2,
                unique_by=lambda row: (row["signal"], row["value_text"]),
            )
        ),
        grades=[
            {"position": LADDER.index(grade) + 1, "grade": grade} for grade in ladder
        ],
        levels=[
            {"level": level, "min_behavioral_points": points}
            for level, points in enumerate(sorted(thresholds, reverse=True), start=1)
        ]
        + [{"level": 4, "min_behavioral_points": None}],
        segments=[
            row | {"segment": name.removeprefix("segment.")}
            for name in SEGMENTS
            for row in draw(st.lists(segment_rows(), min_size=1, max_size=3))
        ],
        qualification=[
            row | {"row_order": order, "min_grade": on(ladder, row["min_grade"])}
            for order, row in zip(
                orders,
                draw(st.lists(qualification_rows(), max_size=4)),
                strict=False,
            )
        ]
        + [CATCH_ALL],
    )


def on(ladder: list[str], grade: str | None) -> str | None:
    return grade if grade in [*ladder, "-"] else None


def decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


# --- Rows for dbt ---------------------------------------------------------------------


def named_cases(strategy: st.SearchStrategy, count: int, seed: int) -> list[Case]:
    """Draw leads and give each its id."""
    found = drawn(strategy, count, seed)
    for number, case in enumerate(found):
        case.lead_id = f"L{number:04}"
        rows = case.spans + case.signals + case.activity_days + case.adjustments
        for row in rows:
            row["lead_id"] = case.lead_id
        for position, row in enumerate(case.adjustments):
            row["adjustment_id"] = f"{case.lead_id}_{position}"
    return found


def named_rulesets(names: list[str], seed: int) -> dict[str, oracle.Ruleset]:
    """Draw as many rulesets and give each its name, and a scorecard of its own."""
    found = dict(zip(names, drawn(rulesets(), len(names), seed), strict=False))
    for name, ruleset in found.items():
        ruleset.row |= {"ruleset": name, "scorecard": f"card_{name}"}
    return found


def facts_of(found: list[Case]) -> dict[str, list[Row]]:
    """Return the cases as rows of the tables that the scoring layer reads."""
    return {
        "int_lead_spans": [row for case in found for row in case.spans],
        "int_lead_attributes": [row for case in found for row in case.signals],
        "int_lead_activity_days": [row for case in found for row in case.activity_days],
        "int_lead_adjustments": [row for case in found for row in case.adjustments],
    }


def rule_files_of(found: dict[str, oracle.Ruleset]) -> dict[str, list[Row]]:
    """Return the rulesets as rows of the rule files."""
    files: dict[str, list[Row]] = {"rulesets": [r.row for r in found.values()]}
    for name, ruleset in found.items():
        for file, rows in vars(ruleset).items():
            if file != "row":
                files.setdefault(file, []).extend(r | {"ruleset": name} for r in rows)
    return files
