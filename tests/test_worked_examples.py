"""Worked examples as rule rows: those of public guides give the guides' numbers.

And of our own ruleset: what a sales manager would do with a lead is what it says.
"""

import csv
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from oracle import Row
from scoring_run import RULE_FILES, Scored, run_scoring

from leadscore.rules import check_settings
from leadscore.rules.schema import SEEDS
from leadscore.settings import PROJECT, Settings

SCORED_DAY = date(2026, 11, 20)
FOREVER = date(9999, 12, 31)
GUIDES = Path(__file__).parent / "data" / "worked_examples"
NECTED = PROJECT / "examples" / "nected"
FOLDERS = [SEEDS / "rules", *GUIDES.iterdir(), *NECTED.glob("*/rules")]


@dataclass
class Example:
    """A lead of a guide: what is known of it, what it did, what comes of it.

    What it did has a count, or a count and how many days ago that was.
    """

    ruleset: str
    knows: dict[str, str] = field(default_factory=dict)
    did: dict[str, int | tuple[int, int]] = field(default_factory=dict)
    days_ago: int = 0
    gives: dict[str, object] = field(default_factory=dict)


def points(total: int) -> dict[str, object]:
    return {"total_points": Decimal(total)}


DATABOX = [
    Example(
        "databox",
        did={
            "pricing_page_viewed": 1,
            "contact_sales_requested": 1,
            "meeting_attended": 1,
        },
        gives=points(45),
    ),
    Example("databox", did={"contact_sales_requested": 1}, gives=points(15)),
]

ZAPIER = [
    Example(
        "zapier",
        knows={
            "attribute.city": "oklahoma",
            "industry": "manufacturing",
            "employee_count": "1000",
            "department": "sales",
            "attribute.email_list": "main",
        },
        did={"page_viewed": 3, "email_opened": 3},
        gives=points(45),
    ),
    Example(
        "zapier",
        knows={
            "attribute.city": "seattle",
            "industry": "software",
            "employee_count": "100",
            "department": "operations",
            "attribute.email_list": "newcomers",
        },
        did={
            "page_viewed": 5,
            "content_form_submitted": 1,
            "webinar_attended": 1,
            "trial_started": 1,
        },
        gives=points(67),
    ),
]

CLOSE = [
    *(
        Example("close", knows={"employee_count": employees}, gives=points(total))
        for employees, total in (
            ("9", 2),
            ("10", 8),
            ("29", 8),
            ("30", 19),
            ("99", 19),
            ("100", 3),
            ("5000", 3),
        )
    ),
    Example("close", did={"newsletter_subscribed": 2}, gives=points(2)),
    Example("close", did={"trial_started": 1}, gives=points(8)),
    Example(
        "close",
        knows={"attribute.trial_feature": "unlocked"},
        did={"trial_started": 1},
        gives=points(20),
    ),
    Example(
        "close",
        did={"meeting_attended": (1, 5), "call_no_answer": (2, 2)},
        gives=points(20),
    ),
    Example(
        "close",
        did={"meeting_attended": (1, 2), "call_no_answer": (2, 5)},
        gives=points(25),
    ),
    Example("close", did={"call_no_answer": 1}, gives=points(0)),
    *(
        Example("close", did={"meeting_attended": meetings}, gives={"stage": stage})
        for meetings, stage in enumerate(
            ("cold", "interested", "warm", "hot", "ready"), start=0
        )
    ),
]

# What is known of a lead under CloudKettle's rubric, and the grade it moves to from D.
BEST = {
    "attribute.business": "software development",
    "country": "us",
    "seniority": "director",
}
FAIR = {
    "attribute.business": "tech gadgets",
    "country": "jp",
    "department": "engineering",
}
RUBRIC = [
    (BEST | {"attribute.customer_type": "key"}, "A"),
    (BEST | {"attribute.customer_type": "reseller"}, "A-"),
    (BEST | {"attribute.customer_type": "direct"}, "B+"),
    (BEST | {"attribute.customer_type": "not a fit"}, "C"),
    (FAIR | {"attribute.customer_type": "key"}, "B"),
    (FAIR, "C"),
    (FAIR | {"seniority": "manager"}, "C+"),
    ({"country": "gb", "attribute.customer_type": "not a fit"}, "D-"),
    ({"country": "gb"}, "-"),
]
# A grade, the clicks it needs more than, and who gets the lead.
TABLE = [
    (BEST, 100, "rep_1"),
    (FAIR | {"seniority": "manager", "country": "us"}, 120, "rep_2"),
    (FAIR | {"seniority": "manager"}, 160, "rep_3"),
    (FAIR, 180, "rep_4"),
    (FAIR | {"country": "br"}, 200, "rep_5"),
    (
        {"country": "jp", "seniority": "entry", "attribute.business": "retail"},
        240,
        "rep_6",
    ),
]
CLOUDKETTLE = [
    *(
        Example("cloudkettle", knows=known, gives={"grade": grade})
        for known, grade in RUBRIC
    ),
    *(
        Example("cloudkettle", known, {"email_clicked": clicks}, gives={"queue": queue})
        for known, enough, rep in TABLE
        for clicks, queue in ((enough, None), (enough + 1, rep))
    ),
]

HUBSPOT = [
    Example("hubspot", did={"email_delivered": 9}, gives=points(0)),
    Example(
        "hubspot",
        did={"email_delivered": 10},
        gives=points(-5) | {"stage": "unengaged"},
    ),
    Example(
        "hubspot",
        did={"email_delivered": 10, "email_opened": 1},
        gives=points(1) | {"stage": "cold"},
    ),
    Example(
        "hubspot",
        did={"email_delivered": 10, "email_opened": (1, 90)},
        gives=points(-5),
    ),
    # Several conditions at once: each is needed.
    *(
        Example(
            "hubspot", known, {"webinar_attended": attended}, gives={"stage": stage}
        )
        for known, attended, stage in (
            ({"seniority": "director", "employee_count": "50"}, 1, "ready"),
            ({"seniority": "director", "employee_count": "50"}, 0, "cold"),
            ({"seniority": "director", "employee_count": "49"}, 1, "cold"),
            ({"seniority": "manager", "employee_count": "50"}, 1, "cold"),
        )
    ),
]

ACTIVECAMPAIGN = [
    Example("activecampaign", did={"newsletter_subscribed": 3}, gives=points(5)),
    Example("activecampaign", did={"file_downloaded": 2}, gives=points(10)),
    Example(
        "activecampaign",
        did={"contact_sales_requested": 2},
        days_ago=800,
        gives=points(20),
    ),
    Example("activecampaign", did={"email_opened": 4}, days_ago=89, gives=points(8)),
    Example("activecampaign", did={"email_clicked": 2}, days_ago=89, gives=points(10)),
    Example("activecampaign", did={"email_opened": 4}, days_ago=90, gives=points(0)),
]

# Fit is at most half of the total: nothing without behavior, and as much as that.
VP_OF_SOFTWARE = {"seniority": "vp", "industry": "software"}
GTMNOW = [
    Example("gtmnow", known, {"demo_requested": demos}, gives=points(total))
    for known, demos, total in (
        (VP_OF_SOFTWARE, 0, 0),
        (VP_OF_SOFTWARE, 1, 50),
        (VP_OF_SOFTWARE, 2, 100),
        (VP_OF_SOFTWARE, 3, 135),
        (VP_OF_SOFTWARE | {"country": "br"}, 2, 80),
        (VP_OF_SOFTWARE | {"country": "br"}, 0, -10),
        ({"seniority": "vp"}, 2, 90),
    )
]

NECTED_POINTS = [
    *(
        Example(f"nected_{industry}", did={activity: 1}, gives=points(total))
        for industry, activities in {
            "ecommerce": {"key_page_viewed": 7, "newsletter_subscribed": 5},
            "education": {
                "page_viewed": 5,
                "file_downloaded": 10,
                "demo_requested": 20,
                "content_form_submitted": 25,
                "webinar_attended": 30,
            },
            "saas": {
                "key_page_viewed": 10,
                "trial_started": 20,
                "demo_requested": 25,
                "docs_page_viewed": 15,
                "support_ticket_opened": 30,
            },
            "b2b": {
                "content_form_submitted": 15,
                "demo_requested": 30,
                "webinar_attended": 25,
                "pricing_requested": 35,
            },
        }.items()
        for activity, total in activities.items()
    ),
    *(
        Example(ruleset, knows={signal: value}, gives=points(total))
        for ruleset, signal, value, total in (
            ("nected_ecommerce", "attribute.cart_items", "1", 15),
            ("nected_ecommerce", "attribute.wishlist_items", "3", 10),
            ("nected_ecommerce", "attribute.past_purchases", "2", 20),
            ("nected_ecommerce", "attribute.past_purchases", "0", 0),
            ("nected_b2b", "engaged_decision_makers", "2", 20),
        )
    ),
]

# Of the title nothing is known, of the company all: who knows if they fit?
WELL_EMPLOYED = {"country_tier": "1", "industry_fit": "high", "employee_count": "500"}
UNDECIDED = {"grade": "-", "stage": "cold", "is_mql": False}
ASK_THEM = {"grade": "-", "stage": "mql", "action": "Call this week, ask what they do"}
# Grade B by the job title alone; engaged enough for a call by a meeting or a chat.
FITS = {"seniority": "c_level", "department": "executive"}
CALL_NOW = {"stage": "sales_now", "action": "Call now: they asked for it"}
FOLLOW_UP = {"stage": "mql", "action": "Follow up on what they asked for"}
WAITING = {"stage": "mql", "action": "Call: they asked and nobody has called back"}
NO_WAY_IN = "Find a number or a colleague: they fit, get no mail and left no number"
UNENGAGED = "Invite: they fit but have not engaged for 30 days"
DEFAULT = [
    Example("default", knows=known, did=did, gives=gives)
    for known, did, gives in (
        # A request is called for until somebody has tried, then followed up.
        ({}, {"demo_requested": (1, 2)}, CALL_NOW),
        ({}, {"demo_requested": (1, 2), "call_no_answer": (1, 1)}, FOLLOW_UP),
        ({}, {"demo_requested": (1, 2), "sales_email_sent": (1, 1)}, FOLLOW_UP),
        ({}, {"demo_requested": (1, 2), "call_no_answer": (1, 5)}, CALL_NOW),
        # It fades over stages.
        ({}, {"demo_requested": (1, 13)}, CALL_NOW),
        ({}, {"demo_requested": (1, 14)}, WAITING),
        ({}, {"demo_requested": (1, 25), "page_viewed": (1, 3)}, WAITING),
        ({}, {"demo_requested": (1, 14), "call_no_answer": (1, 3)}, FOLLOW_UP),
        ({}, {"demo_requested": (1, 25)}, {"is_mql": False}),
        # Who can be reached in no way is not called, unless by what they asked for.
        *(
            (FITS | {"has_phone": phone}, {"chat_qualified": 1, mail: (1, 50)}, gives)
            for phone, mail, gives in (
                ("no", "email_bounced_hard", {"action": NO_WAY_IN}),
                ("no", "email_unsubscribed", {"action": NO_WAY_IN}),
                ("yes", "email_bounced_hard", {"action": "Call today"}),
                ("no", "email_clicked", {"action": "Call today"}),
            )
        ),
        # Who is silent for 21 days is called no more, and is told why.
        (FITS, {"meeting_attended": (1, 20)}, {"stage": "mql", "action": "Call today"}),
        (
            FITS,
            {"meeting_attended": (1, 21)},
            {
                "stage": "nurture",
                "action": "Send news: they were engaged but have been silent for "
                "21 days or more",
            },
        ),
        # An unknown title is not a bad one: there is no grade, and no call lost.
        (WELL_EMPLOYED, {}, UNDECIDED),
        (WELL_EMPLOYED | {"seniority": "entry"}, {}, {"grade": "C+"}),
        (WELL_EMPLOYED, {"meeting_attended": 1}, ASK_THEM),
        ({}, {"meeting_attended": 1}, ASK_THEM),
        ({"seniority": "manager"}, {"meeting_attended": 1}, ASK_THEM),
        *(
            (
                WELL_EMPLOYED,
                {"meeting_attended": (1, ago), "chat_qualified": (1, ago)},
                gives,
            )
            for ago, gives in ((20, ASK_THEM), (21, {"stage": "nurture"}))
        ),
        (WELL_EMPLOYED, {"meeting_attended": (1, 1)}, {"stage": "nurture"}),
        # Who fits is invited as is true of them, and not by mail that never comes.
        (FITS, {}, {"stage": "target_account", "action": UNENGAGED}),
        (FITS, {"page_viewed": (1, 30)}, {"action": UNENGAGED}),
        (
            FITS,
            {"page_viewed": (1, 29)},
            {"action": "Invite: they fit and have begun to look"},
        ),
        *(
            (
                FITS,
                {activity: 1},
                {"action": "Reach out by phone: they fit but get no mail"},
            )
            for activity in ("email_bounced_hard", "email_unsubscribed")
        ),
        (
            FITS,
            {"meeting_no_show": (1, 5)},
            {"action": "Offer a new date: they fit but missed the last one"},
        ),
        # Points that were taken count too.
        ({}, {"chat_started": 2, "webinar_attended": 1}, {"stage": "nurture"}),
        ({}, {"webinar_attended": 1, "careers_page_viewed": 1}, {"stage": "cold"}),
        ({}, {"webinar_attended": 2, "email_unsubscribed": 1}, {"stage": "cold"}),
    )
]

EXAMPLES = [
    *DEFAULT,
    *(*DATABOX, *ZAPIER, *CLOSE, *CLOUDKETTLE, *HUBSPOT, *ACTIVECAMPAIGN, *GTMNOW),
    *NECTED_POINTS,
]


@pytest.fixture(scope="module")
def scored(scoring_folder) -> Scored:
    """Every example in one run."""
    rules: dict[str, list[Row]] = {name: [] for name in RULE_FILES}
    for folder in FOLDERS:
        for path in folder.glob("*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                rules[path.stem] += csv.DictReader(file)
    facts: dict[str, list[Row]] = {
        "int_lead_spans": [
            {"lead_id": number, "valid_from": SCORED_DAY, "valid_to": SCORED_DAY}
            for number, _ in enumerate(EXAMPLES)
        ],
        "int_lead_attributes": signal_rows(),
        "int_lead_activity_days": activity_rows(),
    }
    return run_scoring(scoring_folder, facts, rules)


@pytest.mark.parametrize(
    ("number", "example"),
    list(enumerate(EXAMPLES)),
    ids=lambda value: getattr(value, "ruleset", None),
)
def test_the_lead_gets_what_the_guide_gives(scored, number, example):
    row = scored.results[str(number), SCORED_DAY, example.ruleset]
    assert {column: row[column] for column in example.gives} == example.gives


@pytest.mark.parametrize("industry", ["ecommerce", "education", "saas", "b2b"])
def test_the_ready_rulesets_pass_the_rule_checks(tmp_path, industry):
    settings = Settings(data=tmp_path, config=NECTED / industry)
    assert check_settings(settings) == []


def signal_rows() -> list[Row]:
    """One row a lead and signal that any example knows; most are missing."""
    signals = {signal for example in EXAMPLES for signal in example.knows}
    return [
        {
            "lead_id": number,
            "valid_from": SCORED_DAY,
            "signal": signal,
            "value_text": example.knows.get(signal, "(missing)"),
            "value_number": as_number(example.knows.get(signal, "")),
        }
        for number, example in enumerate(EXAMPLES)
        for signal in sorted(signals)
    ]


def activity_rows() -> list[Row]:
    rows = []
    for number, example in enumerate(EXAMPLES):
        for activity, done in example.did.items():
            count, ago = done if isinstance(done, tuple) else (done, example.days_ago)
            day = SCORED_DAY - timedelta(days=ago)
            rows.append(
                {
                    "lead_id": number,
                    "valid_from": day,
                    "valid_to": FOREVER,
                    "activity": activity,
                    "is_engagement": True,
                    "activity_date": day,
                    "event_count": count,
                    "first_at": datetime.combine(day, time(9)),
                    "last_at": datetime.combine(day, time(10)),
                }
            )
    return [row for row in rows if row["event_count"]]


def as_number(text: str) -> str | None:
    return text if text.isdigit() else None
