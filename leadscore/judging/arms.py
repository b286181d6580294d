"""Reads an experiment: what became of the leads of both arms."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from leadscore import models
from leadscore.elsewhere import refusing_older, scratch_beside
from leadscore.errors import LeadscoreError, TooEarlyError, counted
from leadscore.experiments import Experiment
from leadscore.judging.comparison import (
    BETTER,
    FEWEST_PEOPLE,
    NO_DIFFERENCE,
    WORSE,
)
from leadscore.judging.cut_offs import Judged
from leadscore.judging.estimate import TOO_FEW, Estimate, of_rate, of_rates_apart
from leadscore.judging.targets import Target
from leadscore.loading.row_sql import literal
from leadscore.models import LEAD_MEMBERS, LEAD_SCORE_HISTORY
from leadscore.settings import Settings

# A difference that nobody would notice, as a part of the champion's rate.
NOTICEABLE_PART = 0.1

# A lead enters once, on its first day, whatever its arm then did: so the arms differ by
# chance alone, but for what they are shown under. Who had succeeded by then is out.
ARMS = f"""
    with entered as (
        select lead_id, min(greatest(valid_from, $first)) as entered_on
        from world.{LEAD_MEMBERS}
        where not is_gone and valid_from <= $last and valid_to >= $first
        group by lead_id
    ),
    succeeded as (
        select
            entered.lead_id,
            min(coalesce(records.succeeded_on, date '1900-01-01')) as succeeded_on
        from entered
        inner join world.{LEAD_MEMBERS} as members
            on
                entered.lead_id = members.lead_id
                and members.identifier_type = 'crm'
                and entered.entered_on between members.valid_from and members.valid_to
        inner join judging.successes as records
            on members.identifier = records.record_id
        group by entered.lead_id
    ),
    leads as (
        select
            entered.*,
            if(
                {{{{ experiment_bucket('entered.lead_id', '$experiment') }}}} < $share,
                $challenger, $champion
            ) as ruleset,
            entered_on + $horizon_days > $newest as is_unfinished,
            coalesce(succeeded_on <= entered_on + $horizon_days, false) as has_succeeded
        from entered left join succeeded using (lead_id)
        where succeeded_on is null or succeeded_on > entered_on
    ),
    qualified as (
        select distinct lead_id
        from leads
        inner join world.{LEAD_SCORE_HISTORY} as history using (lead_id, ruleset)
        where is_mql and as_of_date between entered_on and $last
    )
    select
        ruleset, count_if(is_unfinished), count_if(not is_unfinished),
        count_if(has_succeeded and not is_unfinished),
        count_if(not is_unfinished and lead_id in (from qualified)),
        min(entered_on) filter (not is_unfinished),
        max(entered_on) filter (not is_unfinished)
    from leads group by ruleset
"""


@dataclass(frozen=True)
class Arm:
    """What became of the leads that are shown under one ruleset.

    Attributes:
        ruleset: The ruleset.
        unfinished: Leads whose horizon has not ended; they count nowhere else.
        leads: Leads judged.
        successes: How many of these succeeded within the horizon.
        mqls: How many of these were MQLs on a day of the experiment.
        first: The day on which the first of these entered; None: there is none.
        last: The last such day.
    """

    ruleset: str
    unfinished: int = 0
    leads: int = 0
    successes: int = 0
    mqls: int = 0
    first: date | None = None
    last: date | None = None

    @property
    def rate(self) -> Estimate:
        """How often they succeeded."""
        return of_rate(self.successes, self.leads)


@dataclass(frozen=True)
class Reading:
    """What became of the leads of an experiment.

    Attributes:
        experiment: The experiment.
        target: What counts as success.
        challenger: The arm shown under the challenger.
        champion: The arm shown under the champion.
    """

    experiment: Experiment
    target: Target
    challenger: Arm
    champion: Arm

    @property
    def difference(self) -> Estimate:
        """How much more often the challenger's leads succeeded."""
        return of_rates_apart(self.challenger.rate, self.champion.rate)

    @property
    def successes(self) -> int:
        """How many of both arms succeeded."""
        return self.challenger.successes + self.champion.successes

    @property
    def others(self) -> int:
        """How many of both arms did not."""
        return self.challenger.leads + self.champion.leads - self.successes

    @property
    def verdict(self) -> str:
        """What the difference says.

        - too few to say: fewer than FEWEST_PEOPLE of both arms together succeeded, or
          did not.
        - better or worse: its interval lies wholly above 0, or below.
        - no difference: it lies within NOTICEABLE_PART of the champion's rate around 0.
        - else, too few to say.
        """
        change = self.difference
        if min(self.successes, self.others) < FEWEST_PEOPLE:
            return TOO_FEW
        if change.low > 0:
            return BETTER
        if change.high < 0:
            return WORSE
        if max(-change.low, change.high) <= NOTICEABLE_PART * self.champion.rate.value:
            return NO_DIFFERENCE
        return TOO_FEW


def read_arms(settings: Settings, experiment: Experiment, target: Target) -> Reading:
    """Return what became of the leads of an experiment, as far as it is known.

    Args:
        settings: The world.
        experiment: The experiment, which may still be on.
        target: What counts as success.

    Raises:
        TooEarlyError: If no lead's horizon has ended.
        LeadscoreError: If it is not known when leads succeeded.
    """
    with tempfile.TemporaryDirectory(prefix="leadscore-") as folder:
        judged = Judged(settings, Path(folder, "judged.duckdb"))
        newest = judged.run.as_of_date
        _require_ended(experiment, target, newest)
        (cut_offs,) = judged.plan([target])
        if not cut_offs.is_dated:
            raise LeadscoreError(
                f"It is not known when leads succeeded by the target {target.name}: an "
                f"experiment can only be read by one that has days (--target)."
            )
        with (
            scratch_beside(settings, Path(folder)) as connection,
            refusing_older(settings),
        ):
            connection.execute(f"attach {literal(str(judged.file))} as judging")
            rows = connection.execute(
                models.compiled(ARMS, lambda name: name),
                {
                    "experiment": experiment.name,
                    "challenger": experiment.challenger,
                    "champion": experiment.champion,
                    "share": experiment.share,
                    "first": experiment.from_date,
                    "last": min(experiment.until_date, newest),
                    "newest": newest,
                    "horizon_days": target.horizon_days,
                },
            ).fetchall()
    arms = {row[0]: Arm(*row) for row in rows}
    challenger, champion = (
        arms.get(ruleset, Arm(ruleset))
        for ruleset in (experiment.challenger, experiment.champion)
    )
    return Reading(experiment, target, challenger, champion)


def _require_ended(experiment: Experiment, target: Target, newest: date) -> None:
    ends = experiment.from_date + timedelta(days=target.horizon_days)
    if newest < ends:
        raise TooEarlyError(
            f"The experiment {experiment.name} began on {experiment.from_date}, and "
            f"{target.name} takes {target.horizon_days} days: it can be read from "
            f"{ends} on, in {counted((ends - newest).days, 'day')}."
        )
