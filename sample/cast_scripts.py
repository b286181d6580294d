"""What the cast did, day by day; days count back from the sample's last day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sample import vocabulary as words
from sample.cast import CAST
from sample.mailings import scan
from sample.stage import MAIL, Stage
from sample.world import (
    AD,
    SEARCH,
    Account,
    Calendar,
    Lead,
    Log,
    Visitor,
)


def _gina(stage: Stage) -> None:
    stage.visit(1, "/", "/features", clock="15:10", channel=SEARCH)
    stage.lead(0, "CEO", clock="14:05")
    stage.visit(0, "/pricing", "/demo", clock="14:00", form="demo_request")


def _bea(stage: Stage) -> None:
    stage.lead(1, country=None, clock="10:20")
    stage.visit(1, "/demo", clock="10:18", form="demo_request", channel=AD)


def _victor(stage: Stage) -> None:
    stage.company("Valewood Software", "Software", 420)
    stage.lead(150, "VP of Sales", "Purchased List", phone="+1 312 555 0103")
    for days in (149, 121, 93, 65, 37, 9):
        stage.mail(days, f"newsletter-{days}")


def _stina(stage: Stage) -> None:
    stage.lead(40, "Student", country="Germany")
    stage.visit(40, "/blog/what-is-an-mql", form="newsletter", clock="13:50")
    for days in range(8):
        stage.visit(days, *(words.BLOG[page % 8] for page in range(days, days + 10)))


def _rita(stage: Stage) -> None:
    stage.lead(70, "Product Manager")
    stage.visit(70, "/resources/guide", form="content_buyers_guide", clock="13:50")
    stage.webinar("attended")
    for days in (30, 21, 12, 5, 2):
        stage.visit(days, "/pricing", "/features", "/product/scoring", "/docs/api")


def _carla(stage: Stage) -> None:
    stage.company("Cobaltworks", "Manufacturing", 900, "customer")
    stage.lead(300, "IT Manager", "Referral", status="qualified")
    stage.visit(290, "/login", form="other")
    for days in range(1, 50, 3):
        stage.visit(days, "/login", *words.DOCS[: 2 + days % 3], channel=MAIL)
    stage.did(20, "support", "ticket_opened")


def _mia(stage: Stage) -> None:
    stage.company("Millmoor Foods", "Food & Beverage", 240)
    stage.lead(90, "Director of Operations")
    stage.lead(12, None, "Webinar", clock="11:00", email="Mia.Merge@Millmoor.example")
    stage.leads[1].phone = "+1 312 555 0107"
    stage.visit(90, "/", "/resources/guide", form="content_benchmark", clock="13:50")
    stage.did(12, "call", "follow_up_requested")
    stage.visit(8, "/features", "/pricing", channel=MAIL)
    stage.mail(5, "newsletter-5", ("opened", 30), ("clicked", 31))


def _theo(stage: Stage) -> None:
    stage.company("Tallgrass Energy", "Energy", 130)
    stage.lead(34, "Marketing Manager")
    private = stage.member.other_emails[0]
    stage.visit(34, "/", "/resources/guide", form="content_benchmark", clock="13:50")
    stage.visit(
        15, "/blog/lead-scoring-basics", "/newsletter", form="newsletter", email=private
    )
    stage.mail(9, "newsletter-9", ("opened", 90), ("clicked", 92), email=private)
    stage.visit(9, "/features", "/pricing", clock="11:05")


def _boris(stage: Stage) -> None:
    stage.company("Broken Arrow Motors", "Automotive", 300)
    stage.lead(25, "Sales Director", "Purchased List")
    stage.mail(24, "welcome-1", ("bounced_hard", 0))


def _ulla(stage: Stage) -> None:
    stage.company("Umberfield Media", "Media", 80)
    stage.lead(110, "Marketing Manager")
    stage.visit(110, "/resources/guide", form="content_buyers_guide", clock="13:50")
    for days in (70, 64, 55, 50):
        stage.visit(days, "/features", "/pricing", channel=MAIL)
    stage.mail(44, "newsletter-44", ("opened", 20), ("unsubscribed", 21))
    stage.mail(10, "we-miss-you", ("resubscribed", 300))
    stage.visit(6, "/customers/oak-bank", "/pricing", channel=MAIL)


def _kira(stage: Stage) -> None:
    stage.company("Kestrel Bay Clinics", "Healthcare", 150)
    show = stage.calendar.trade_show
    stage.lead((stage.calendar.ago(0) - show).days, "Project Manager", "Trade Show")
    others = (f"visitor{number:02}@booth-guests.example" for number in range(1, 13))
    kiosk = Visitor(stage.owner, "v-kiosk", words.BROWSERS[3])
    at = show + timedelta(hours=1)
    for email in (stage.member.email, *others):
        session, after = stage.log.visit(kiosk, at, ["/newsletter"], stage.rng)
        stage.log.hit(
            kiosk,
            session,
            "form_submitted",
            "/newsletter",
            after,
            name="newsletter",
            email=email,
        )
        at += timedelta(minutes=25)


def _dora(stage: Stage) -> None:
    stage.company("Deepwater Logistics", "Transportation", 350)
    stage.lead(52, "Director of Marketing", phone="+1 312 555 0113", status="working")
    stage.visit(52, "/resources/guide", form="content_buyers_guide", clock="13:50")
    stage.webinar("attended")
    for days in (38, 31, 24, 17, 10, 6, 3, 1):
        stage.visit(days, "/features", "/pricing", "/customers/harbor-foods")
        if days % 2:
            stage.mail(days, f"newsletter-{days}", ("opened", 40), ("clicked", 42))


def _tara(stage: Stage) -> None:
    stage.company("Tidewater Retail", "Retail", 210)
    stage.visit(5, "/", "/features", "/pricing", channel=SEARCH)
    stage.lead(4, "Operations Manager", clock="13:55")
    stage.visit(4, "/pricing", "/signup", form="team", event="trial_started")
    stage.visit(2, "/login", "/docs/start", "/docs/import")


def _paul(stage: Stage) -> None:
    stage.company("Pinecrest Insurance", "Insurance", 260)
    stage.lead(7, "Sales Manager", "Partner", partner_id="P02")
    stage.visit(5, "/", "/customers/oak-bank", channel=MAIL)


def _oscar(stage: Stage) -> None:
    stage.company("Oakhollow Bank", "Financial Services", 600)
    stage.lead(200, "IT Manager")
    stage.visit(200, "/resources/guide", form="content_benchmark", clock="13:50")
    for days in (190, 176, 160, 150):
        stage.visit(days, "/features", "/pricing", channel=MAIL)
    stage.did(155, "call", "connected")
    stage.visit(4, "/", "/pricing", channel=MAIL)
    stage.visit(1, "/pricing", "/customers/oak-bank")


def _colin(stage: Stage) -> None:
    stage.company("Cinderhill Steel", "Manufacturing", 500)
    stage.lead(300, "Director of Operations", status="nurturing")
    stage.visit(300, "/resources/guide", form="content_benchmark", clock="13:50")
    for days in (296, 292, 288, 284, 280):
        stage.visit(days, "/features", "/pricing", channel=MAIL)
    stage.did(278, "meeting", "attended")
    stage.did(270, "status_change", "recycled")


def _nora(stage: Stage) -> None:
    stage.company("Northgate Academy", "Education", 90)
    stage.lead(45, "Marketing Manager", "Webinar")
    stage.webinar("no_show")
    stage.did(22, "meeting", "booked")
    stage.did(18, "meeting", "no_show")


def _jack(stage: Stage) -> None:
    stage.lead(16, None)
    stage.visit(16, "/careers", "/contact", form="other", clock="13:50")
    for days in (15, 13, 11, 8, 6, 3):
        stage.visit(days, "/careers", "/careers/data-engineer")


def _max(stage: Stage) -> None:
    stage.company("Marble Arch Insurance", "Insurance", 1200)
    stage.lead(80, "IT Manager", "Purchased List", country="United Kingdom")
    for days in (79, 65, 51, 37, 23, 9):
        stage.mail(days, f"newsletter-{days}")
        delivered = stage.calendar.ago(days, "09:30") + timedelta(seconds=2)
        scan(
            stage.log,
            stage.owner,
            stage.member.email,
            f"newsletter-{days}",
            delivered,
        )


def _penny(stage: Stage) -> None:
    stage.company("Plumtree Software", "Software", 75)
    stage.lead(21, "Sales Director")
    stage.visit(21, "/blog/what-is-an-mql", form="newsletter", clock="13:50")
    for days in (14, 12, 10, 8, 6, 4, 2, 0):
        stage.visit(days, "/pricing")


def _dana(stage: Stage) -> None:
    stage.company("Duskwater Systems", "Software", 180)
    stage.lead(17, "VP of Sales")
    stage.visit(17, "/resources/guide", form="content_buyers_guide", clock="13:50")
    for days in (9, 5, 2):
        stage.visit(days, "/features", "/pricing", channel=MAIL)


def _pete(stage: Stage) -> None:
    stage.lead(6, "Marketing Director")
    stage.visit(6, "/resources/guide", form="content_benchmark", clock="13:50")
    for days in (4, 1):
        stage.visit(days, "/features", "/customers/oak-bank", "/pricing", channel=MAIL)


_SCRIPTS: tuple[Callable[[Stage], None], ...] = (
    _gina,
    _bea,
    _victor,
    _stina,
    _rita,
    _carla,
    _mia,
    _theo,
    _boris,
    _ulla,
    _kira,
    _dora,
    _tara,
    _paul,
    _oscar,
    _colin,
    _nora,
    _jack,
    _max,
    _penny,
    _dana,
    _pete,
)


def play(calendar: Calendar, log: Log) -> tuple[list[Lead], list[Account]]:
    """Write the cast's events; return their CRM records and companies."""
    leads, accounts = [], []
    for member, script in zip(CAST, _SCRIPTS, strict=True):
        stage = Stage(member, log)
        script(stage)
        leads += stage.leads
        accounts += stage.accounts
    return leads, accounts
