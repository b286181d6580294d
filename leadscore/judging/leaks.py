"""Signals that give away who has succeeded, though nobody declared them outcomes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import duckdb

from leadscore.judging.estimate import FEWEST_SUCCESSES, of_rate
from leadscore.rules.vocabulary import MISSING
from leadscore.settings import Settings
from leadscore.warehouse import connect, fetch_column

# What is known before a success tells less: intent of the clearest kind stays below.
LEAK_AREA = 0.95
LEAK_RATE = 0.9
LEAK_SHARE = 1 / 3

# Kinds of fewer leads are one: each of them alone would seem to tell a lot.
FEWEST_LEADS = 20
RANGES = 20

# Each lead once, as it stood last, of those that succeeded before they did or after.
# Who succeeded later than the horizon has succeeded too.
KINDS = f"""
    with lasting as (
        select
            lead_id,
            max(cut_off) filter ($after or has_succeeded is not null) as cut_off,
            bool_or(coalesce(has_succeeded, true)) as has_succeeded
        from cut_off_outcomes
        where target = $target
        group by lead_id
        having cut_off is not null
    ),
    names as (
        select name, max(value_number) is not null as is_number
        from cut_off_facts
        where
            kind = 'signal'
            and ($names is null or list_contains($names, name))
        group by name
    ),
    known as (
        select
            names.name, lasting.has_succeeded,
            case
                when facts.value_number is not null
                    then floor({RANGES} * percent_rank() over (
                        partition by names.name, facts.value_number is null
                        order by facts.value_number
                    ))::varchar
                when not names.is_number then facts.value_text
            end as value
        from lasting
        cross join names
        left join cut_off_facts as facts
            on
                lasting.cut_off = facts.cut_off
                and lasting.lead_id = facts.lead_id
                and names.name = facts.name
                and facts.kind = 'signal'
    ),
    counted as (
        select
            name, coalesce(value, '{MISSING}') as value, count(*) as leads,
            count_if(has_succeeded) as successes
        from known group by name, coalesce(value, '{MISSING}')
    )
    select
        name, if(leads < {FEWEST_LEADS}, null, value) as kind, sum(leads)::bigint,
        sum(successes)::bigint
    from counted group by name, kind order by name, kind
"""


@dataclass(frozen=True)
class Leak:
    """A signal that tells nearly perfectly who succeeded.

    Attributes:
        signal: Its name.
        sentence: What it gives away, and what to do.
    """

    signal: str
    sentence: str


def find_leaks(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    names: Collection[str] | None = None,
) -> list[Leak]:
    """Return the signals that alone tell nearly perfectly who succeeded.

    A value is a leak, or that there is a value at all, that holds for at least a third
    of all leads that succeeded, if the interval (Wilson 1927) of how many of its leads
    did lies above 90 %: before they succeeded, or only since. So is a column that alone
    tells a lead that succeeded from one that did not in 95 % of the pairs or more. Each
    lead counts once, as it stood last.

    Args:
        connection: A connection to the tables of JUDGED, of one schema.
        target: The target.
        names: The signals to look at; None: all that are no outcome.
    """
    found: dict[str, Leak] = {}
    for after in (False, True):
        rows = connection.execute(
            KINDS,
            {
                "target": target,
                "names": None if names is None else sorted(names),
                "after": after,
            },
        ).fetchall()
        for name, kinds in groupby(rows, itemgetter(0)):
            counts = {kind: (leads, wins) for _, kind, leads, wins in kinds}
            told = _told(counts, after=after)
            if name not in found and (sentence := next(told, None)):
                found[name] = Leak(name, f"{name} {sentence} {ADVICE}")
    return list(found.values())


def leaks_of_world(settings: Settings, names: Collection[str]) -> dict[str, Leak]:
    """Return the leaks among signals, by name, of a world that was judged before."""
    if not settings.warehouse.exists():
        return {}
    with connect(settings, read_only=True) as warehouse:
        tables = fetch_column(
            warehouse,
            "select table_name from duckdb_tables() where schema_name = 'judged'",
        )
        if not {"cut_off_facts", "cut_off_outcomes"} <= set(tables):
            return {}
        warehouse.execute("use judged")
        targets = fetch_column(
            warehouse, "select distinct target from cut_off_outcomes"
        )
        found = [leak for one in targets for leak in find_leaks(warehouse, one, names)]
    return {leak.signal: leak for leak in found}


ADVICE = (
    "Who fills it in, and when? If that is done once the outcome is known, name it "
    "under outcomes in the source map."
)


def _told(counts: dict[str | None, tuple[int, int]], *, after: bool) -> Iterator[str]:
    """Say in which ways the kinds of a signal separate, the clearest first."""
    leads, wins = _summed(counts.values())
    if min(wins, leads - wins) < FEWEST_SUCCESSES:
        return
    since = " once they had" if after else ""
    known = _summed(pair for kind, pair in counts.items() if kind != MISSING)
    if MISSING in counts and _gives_away(*known, wins):
        yield (
            f"is filled in for {known[1]:,} of the {wins:,} leads that succeeded"
            f"{since}, and hardly for others ({known[0] - known[1]:,})."
        )
    for kind, pair in counts.items():
        if kind is not None and _gives_away(*pair, wins):
            yield (
                f"gives away who succeeded: of {pair[0]:,} leads with {kind!r}{since} "
                f"{pair[1] / pair[0]:.0%} did, {pair[1] / wins:.0%} of all that did."
            )
    alone = _area(list(counts.values()))
    if not after and alone >= LEAK_AREA:
        yield (
            f"alone tells who succeeded in {alone:.0%} of all pairs of one that did "
            f"and one that did not."
        )


def _summed(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    leads, wins = zip((0, 0), *pairs, strict=True)
    return sum(leads), sum(wins)


def _gives_away(leads: int, successes: int, of_all: int) -> bool:
    return (
        successes >= LEAK_SHARE * of_all and of_rate(successes, leads).low > LEAK_RATE
    )


def _area(counts: list[tuple[int, int]]) -> float:
    """Return the area under the ROC curve of kinds ordered by their rates."""
    below, pairs = 0, 0.0
    for leads, wins in sorted(counts, key=lambda pair: pair[1] / pair[0]):
        losses = leads - wins
        pairs += wins * (below + losses / 2)
        below += losses
    wins = sum(pair[1] for pair in counts)
    return pairs / (wins * below)
