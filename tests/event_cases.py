"""Generated histories of leads, and the events that they have by definition."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from leadscore.action.files import MOST_DAYS

FIRST, DAYS, LEADS = date(2026, 3, 1), 75, 16
# Nothing is scored on some days, once on so many that all begins anew.
PAUSES = {*range(20, 23), *range(44, 60)}
STAGES = ["cold", "mql", "sales_now", "nurture", "excluded"]
GRADES = ["A+", "A", "B-", "C+", "C", "D", "-"]  # best first


@dataclass(frozen=True)
class Alert:
    """A row of alerts.csv."""

    alert: str
    measure: str
    enters_at: str
    leaves_at: str | None = None
    stay_days: int | None = None
    once_in_days: int | None = None
    tells: str = "both"
    how: str = "digest"
    message: str = "{value} after {before}"


ALERTS = [
    Alert("stage", "stage", "mql|sales_now"),
    Alert("held", "stage", "mql", "cold|excluded", 2, 6, "entered"),
    Alert("grade", "grade", "B-", "C", 2, 13, "left"),
    Alert("level", "engagement_level", "1", "2", None, 3),
    Alert("points", "total_points", "150", "120"),
    Alert("stays", "total_points", "150", None, 4, 5, "nobody"),
    Alert("score", "score", "60", "50.5", 9, None, "entered"),
]


@dataclass(frozen=True)
class Scored:
    """A lead on a day, in the order of the columns of the history."""

    stage: str
    grade: str
    engagement_level: int
    total_points: int
    score: int
    fingerprint: str = "old"


@dataclass
class Histories:
    """Leads on the days that were scored, and who became whom since when."""

    leads: dict[str, dict[date, Scored]] = field(default_factory=dict)
    handovers: list[tuple[str, str, date]] = field(default_factory=list)

    @property
    def days(self) -> list[date]:
        return sorted({day for of_lead in self.leads.values() for day in of_lead})


def generated(seed: int) -> Histories:
    """Return leads that come late, are gone for a while or become another one.

    Some others only lose an identifier to another one, and go on.
    """
    choose = random.Random(seed)
    histories = Histories()
    days = [FIRST + timedelta(n) for n in range(DAYS) if n not in PAUSES]
    rules_changed = choose.choice(days)
    for number in range(LEADS):
        lead = f"L{number:02}"
        begin = FIRST + timedelta(choose.choice([0, 0, 5, 30, 40]))
        end = FIRST + timedelta(choose.choice([DAYS, 33, 68]))
        goes_on = choose.choice([True, False, False])
        gone = FIRST + timedelta(choose.randrange(10, DAYS))
        back = gone + timedelta(choose.choice([0, 2, 17]))
        path = dict(zip(days, _path(choose, rules_changed, days), strict=True))
        histories.leads[lead] = {
            day: scored
            for day, scored in path.items()
            if begin <= day and (goes_on or day < end) and not gone <= day < back
        }
        if end < FIRST + timedelta(DAYS):
            into = choose.choice([f"L{number - 1:02}", f"N{number // 4}"])
            histories.handovers.append((lead, into, end))
            if into not in histories.leads:
                histories.leads[into] = {d: s for d, s in path.items() if d >= end}
    return histories


def _path(choose: random.Random, changed: date, days: list[date]) -> Iterator[Scored]:
    """Move for some time between the limits of alerts, and now and then far away."""
    now = _anything(choose)
    for day in days:
        other = _anything(choose)
        moved = {k: v for k, v in vars(other).items() if choose.random() < 0.12}
        now = replace(now, total_points=now.total_points + choose.randint(-8, 8))
        now = other if day == changed else replace(now, **moved)
        yield replace(now, fingerprint="new" if day >= changed else "old")


def _anything(choose: random.Random) -> Scored:
    return Scored(
        choose.choice(STAGES),
        choose.choice(GRADES),
        choose.randint(1, 4),
        choose.randint(100, 170),
        choose.randint(40, 70),
    )


def events_of(histories: Histories) -> set[tuple]:
    """Return the events of all days, found one lead and alert at a time."""
    return {
        event
        for alert in ALERTS
        for lead in histories.leads
        for event in _events(histories, lead, alert)
    }


def _events(histories: Histories, lead: str, alert: Alert) -> Iterator[tuple]:
    rows = histories.leads[lead]
    days = sorted(rows)
    counted: list[tuple[date, str]] = []
    crossings = [_crossing(histories, lead, alert, day) for day in days]
    for place, day in enumerate(days):
        began = place + 1 - (alert.stay_days or 1)
        if began < 0 or crossings[began] is None or _far(days[began], day):
            continue
        if any(crossing is not None for crossing in crossings[began + 1 : place + 1]):
            continue
        before, is_new, is_rule_change = crossings[began]
        is_in = _is_in(rows, alert, day)
        direction = "entered" if is_in else "left"
        earlier = [then for then, way in counted if way == direction]
        if not is_rule_change:
            counted.append((day, direction))
        if earlier and (day - earlier[-1]).days <= (alert.once_in_days or 0):
            continue
        untold = None
        if is_rule_change:
            untold = "The rules changed"
        elif alert.measure != "stage" and rows[day].stage == "excluded":
            untold = "The lead is excluded"
        elif alert.tells not in ("both", direction):
            untold = "Nobody asked"
        value = str(getattr(rows[day], alert.measure))
        change = (value, before, is_new, is_rule_change, untold)
        yield (lead, alert.alert, direction, day, *change)


def _crossing(
    histories: Histories, lead: str, alert: Alert, day: date
) -> tuple[str | None, bool, bool] | None:
    """Return the value before, whether the lead is new and the rules are; or None."""
    rows = histories.leads[lead]
    scored = [d for d in histories.days if d < day]
    if not scored or _far(scored[-1], day):
        return None
    own = max((d for d in rows if d < day), default=None)
    before = []
    if own and not _far(own, day):
        before.append((_is_in(rows, alert, own), True, rows[own]))
    for other, into, since in histories.handovers:
        is_first = into == lead and since <= day and (own is None or own < since)
        theirs = histories.leads[other]
        last = max((d for d in theirs if d < since), default=None)
        if is_first and last and not _far(last, day) and day not in theirs:
            before.append((_is_in(theirs, alert, last), False, theirs[last]))
    is_in = _is_in(rows, alert, day)
    if not before:
        return (None, True, False) if is_in else None
    # Who was in, and of those the lead itself.
    was_in, _, then = max(before, key=lambda known: known[:2])
    if was_in == is_in:
        return None
    is_other = then.fingerprint != rows[day].fingerprint
    return str(getattr(then, alert.measure)), False, is_other


def _is_in(rows: dict[date, Scored], alert: Alert, day: date) -> bool:
    """Return what the last limit says that the lead was beyond, if it was lately."""
    lately = [d for d in sorted(rows, reverse=True) if d <= day and not _far(d, day)]
    marks = (_mark(rows[d], alert) for d in lately)
    return next((mark for mark in marks if mark is not None), False)


def _mark(scored: Scored, alert: Alert) -> bool | None:
    if alert.measure == "stage":
        if scored.stage in alert.enters_at.split("|"):
            return True
        leaves = alert.leaves_at.split("|") if alert.leaves_at else STAGES
        return False if scored.stage in leaves else None
    value, enters, leaves = (
        _better(alert.measure, cell)
        for cell in (
            getattr(scored, alert.measure),
            alert.enters_at,
            alert.leaves_at or alert.enters_at,
        )
    )
    return True if value >= enters else False if value < leaves else None


def _better(measure: str, cell: object) -> float:
    if measure == "grade":
        return -GRADES.index(str(cell))
    return float(str(cell)) * (-1 if measure == "engagement_level" else 1)


def _far(earlier: date, later: date) -> bool:
    return (later - earlier).days > MOST_DAYS
