"""Measure who-is-who on a generated world whose truth is known.

`python benchmarks/identity.py --leads 100000` fills the raw tables of a scratch world,
runs the identity models on it as a nightly run does, and compares, pair by pair, which
identifiers they give to one person with those that are one person's.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from leadscore import dbt_runner, runs
from leadscore.settings import DBT_PROJECT, Settings
from leadscore.warehouse import connect

WORLD = Path(__file__).with_name("identity_world.sql")
DAY = date(2026, 6, 30)
BEFORE = (
    "path:models/staging",
    "path:models/intermediate/crm",
    "path:models/intermediate/activity",
)
IDENTITY = "path:models/intermediate/identity"

# Every identifier with who it belongs to and whom the models give it to; one that they
# give to nobody stands alone.
FOUND = """
    create or replace temp table found as
    select
        truth.person,
        truth.island,
        truth.story,
        coalesce(
            members.lead_id, concat_ws(' ', truth.identifier_type, truth.identifier)
        ) as lead_id
    from truth.truth as truth
    left join intermediate.int_lead_members as members
        on
            truth.identifier_type = members.identifier_type
            and truth.identifier = members.identifier
            and date '{day}' between members.valid_from and members.valid_to
"""


@dataclass(frozen=True)
class Measure:
    """What was found, in pairs of identifiers.

    Attributes:
        identifiers: CRM records, addresses and visitors in the world.
        true_pairs: Pairs that belong to one person.
        unknowable_pairs: Those of them that nothing delivered could join.
        joined_pairs: Pairs that the models join.
        right_pairs: Those of them that belong to one person.
        seconds: How long the identity models took.
        cpu_seconds: The same on one core that does nothing else.
        peak_gb: The most memory the process held, the generation included.
    """

    identifiers: int
    true_pairs: int
    unknowable_pairs: int
    joined_pairs: int
    right_pairs: int
    seconds: float
    cpu_seconds: float
    peak_gb: float

    @property
    def precision(self) -> float:
        """The share of joined pairs that are right."""
        return self.right_pairs / self.joined_pairs

    @property
    def recall(self) -> float:
        """The share of all true pairs that are joined."""
        return self.right_pairs / self.true_pairs

    @property
    def unknowable(self) -> float:
        """The share of all true pairs that nothing delivered could join."""
        return self.unknowable_pairs / self.true_pairs

    @property
    def recall_of_knowable(self) -> float:
        """The share of joined pairs among those that something delivered joins."""
        return self.right_pairs / (self.true_pairs - self.unknowable_pairs)


def generate(settings: Settings, leads: int, seed: int) -> None:
    """Fill the raw tables of an empty world, and its truth in a file of its own."""
    with connect(settings) as connection:
        connection.execute(f"attach '{truth_of(settings)}' as truth")
        connection.execute(f"set variable leads = {leads}")
        connection.execute(f"set variable seed = {seed}")
        connection.execute(WORLD.read_text(encoding="utf-8"))
        repeated = connection.execute(
            "select identifier_type, identifier from truth.truth "
            "group by all having count(*) > 1 limit 3"
        ).fetchall()
    if repeated:
        raise AssertionError(f"one identifier, two owners: {repeated}")


def build(settings: Settings) -> tuple[float, float]:
    """Build the identity models; return the seconds and CPU seconds they alone took."""
    seeds = DBT_PROJECT / "seeds"
    runs.begin(settings, DAY, seeds)
    dbt_runner.run_dbt(settings, seeds, ["seed", "--select", "path:seeds/mappings"])
    dbt_runner.run_dbt(settings, seeds, ["run", "--select", *BEFORE])
    started, cpu_started = time.monotonic(), time.process_time()
    dbt_runner.run_dbt(settings, seeds, ["run", "--select", IDENTITY])
    return time.monotonic() - started, time.process_time() - cpu_started


def measure(settings: Settings, took: tuple[float, float]) -> Measure:
    """Compare what the models found with the truth."""
    with connect(settings) as connection:
        connection.execute(f"attach '{truth_of(settings)}' as truth (read_only)")
        connection.execute(FOUND.format(day=DAY))
        counted = connection.execute("select count(*) from found").fetchone()
        pairs = {key: _pairs(connection, key) for key in ("person", "lead_id")}
        knowable = _pairs(connection, "person, island")
        right = _pairs(connection, "person, lead_id")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return Measure(
        identifiers=counted[0] if counted else 0,
        true_pairs=pairs["person"],
        unknowable_pairs=pairs["person"] - knowable,
        joined_pairs=pairs["lead_id"],
        right_pairs=right,
        seconds=took[0],
        cpu_seconds=took[1],
        peak_gb=peak,
    )


def stories(settings: Settings) -> list[tuple[str, int, int]]:
    """Return wrong and missed pairs by the story of the identifiers they are about."""
    with connect(settings) as connection:
        connection.execute(f"attach '{truth_of(settings)}' as truth (read_only)")
        connection.execute(FOUND.format(day=DAY))
        return connection.execute(
            """
            with wrong as (
                select least(one.story, two.story) || ' + '
                    || greatest(one.story, two.story) as story, count(*) / 2 as pairs
                from found as one inner join found as two using (lead_id)
                where one.person != two.person
                group by all
            ),
            missed as (
                select least(one.story, two.story) || ' + '
                    || greatest(one.story, two.story) as story, count(*) / 2 as pairs
                from found as one inner join found as two using (person, island)
                where one.lead_id != two.lead_id
                group by all
            )
            select
                story,
                coalesce(wrong.pairs, 0)::bigint,
                coalesce(missed.pairs, 0)::bigint
            from wrong full join missed using (story)
            order by 2 desc, 3 desc, 1
            """
        ).fetchall()


def truth_of(settings: Settings) -> Path:
    """Return where the truth lies: not in the warehouse, which must not see it."""
    return settings.data / "truth.duckdb"


def _pairs(connection: duckdb.DuckDBPyConnection, key: str) -> int:
    row = connection.execute(
        f"select coalesce(sum(size * (size - 1) // 2), 0)::bigint from "
        f"(select count(*) as size from found group by {key})"
    ).fetchone()
    return int(row[0]) if row else 0


def main() -> None:
    """Generate, build, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000, help="People in the CRM.")
    parser.add_argument("--seed", type=int, default=1, help="Which world.")
    parser.add_argument(
        "--stories", action="store_true", help="List what was joined wrongly or missed."
    )
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="identity_") as folder:
        settings = Settings(data=Path(folder), id_key="benchmark")
        generate(settings, options.leads, options.seed)
        found = measure(settings, build(settings))
        told = stories(settings) if options.stories else []
    sys.stdout.write(
        f"leads {options.leads}, identifiers {found.identifiers}\n"
        f"precision {found.precision:.5f} ({found.joined_pairs} pairs joined)\n"
        f"recall {found.recall:.5f} of all {found.true_pairs} pairs; "
        f"{found.unknowable:.2%} of them nothing delivered could join; "
        f"{found.recall_of_knowable:.5f} of the others\n"
        f"seconds {found.seconds:.1f}, of CPU {found.cpu_seconds:.1f}, "
        f"peak memory {found.peak_gb:.2f} GB\n"
    )
    for story, wrong, missed in told:
        sys.stdout.write(f"{wrong:>9} wrong {missed:>9} missed  {story}\n")


if __name__ == "__main__":
    main()
