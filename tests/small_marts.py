"""A small warehouse with marts by the contract's columns, for tests of what leaves."""

import hashlib
import json
from datetime import date
from pathlib import Path

import duckdb

from leadscore import warehouse
from leadscore.publish import databases_of
from leadscore.settings import Settings

# Three leads: one with points in all parts, one below zero, one excluded.
FACTORS = """
    select lead_id, dimension, rule_id, points::decimal(18, 4) as points from (values
        ('L1', 'demographic', 'demo_vp', 20.0),
        ('L1', 'firmographic', 'firm_size', 15.5),
        ('L1', 'behavioral', 'beh_pricing', 12.25),
        ('L1', 'behavioral', 'beh_demo', 30.0),
        ('L1', 'negative', 'neg_free_mail', -5.0),
        ('L1', 'adjustment', 'cap:total', -2.75),
        ('L2', 'negative', 'neg_bounced', -40.0),
        ('h3', 'demographic', 'demo_manager', 10.0)
    ) as factors (lead_id, dimension, rule_id, points)
"""


def small_world(tmp_path) -> Settings:
    return Settings(data=tmp_path / "world", threads=2, memory_limit="1GB")


def require_sealed(build: Path) -> None:
    """Fail unless nobody can change a build, and its manifest says what it holds."""
    private = ("lead_contacts.duckdb", "parquet-contacts", "report", "partners")
    manifest = json.loads((build / "manifest.json").read_text())
    found = {}
    for path in (build, *build.rglob("*")):
        place = path.relative_to(build)
        mode = 0o555 if path.is_dir() else 0o444
        if place.parts and place.parts[0] in private:
            mode &= 0o700
        assert path.stat().st_mode & 0o777 == mode, path
        if path.is_file():
            content = path.read_bytes()
            sha256 = hashlib.sha256(content).hexdigest()
            found[place.as_posix()] = {"bytes": len(content), "sha256": sha256}
    del found["manifest.json"]
    assert manifest == {"build_id": build.name, "files": found}


def undescribed(build: Path) -> list[str]:
    """Return the tables and columns of a build, Parquet too, that say nothing of it."""
    silent = []
    for path in databases_of(build):
        with duckdb.connect(str(path), read_only=True) as connection:
            silent += connection.execute(
                "select table_name from duckdb_tables() where comment is null "
                "union all select table_name || '.' || column_name "
                "from duckdb_columns() where not internal and comment is null"
            ).fetchall()
    for path in build.glob("*/*.parquet"):
        keys = duckdb.execute(
            "select decode(key) from parquet_kv_metadata(?)", [str(path)]
        ).fetchall()
        columns = duckdb.read_parquet(str(path)).columns
        wanted = {"table", *(f"column.{column}" for column in columns)}
        silent += sorted(wanted.difference(key for (key,) in keys))
    return silent


def build_marts(settings: Settings, as_of: date, build_id: str) -> None:
    """Fill the schema marts as dbt would; ids tell the build."""
    with warehouse.connect(settings) as connection:
        connection.execute(f"""
            create schema if not exists marts;
            delete from raw.batches;
            insert into raw.batches (batch_id, source, extract_date, status) values
                ('b1', 'crm', date '{as_of}', 'accepted'),
                ('b2', 'email', date '{as_of}' - 2, 'accepted'),
                ('b3', 'web', date '{as_of}' + 5, 'accepted'),
                ('b4', 'web', date '{as_of}' - 1, 'refused');
            delete from raw.crm_leads;
            insert into raw.crm_leads (lead_id, batch_id) values
                ('L1', 'b1'), ('L2', 'b1'), ('L9', 'b1');

            create or replace table marts.lead_score_factors as
            select
                lead_id, date '{as_of}' as as_of_date, 'default' as ruleset, dimension,
                dimension || '_group' as rule_group, rule_id, 1 as occurrences,
                1 as days, timestamp '2026-01-01' as first_at,
                timestamp '2026-01-02' as last_at, points, 'because' as reason
            from ({FACTORS});

            create or replace table marts.lead_scores as
            with parts as (
                select
                    lead_id,
                    coalesce(sum(points) filter (dimension = 'demographic'), 0) as a,
                    coalesce(sum(points) filter (dimension = 'firmographic'), 0) as b,
                    coalesce(sum(points) filter (dimension = 'behavioral'), 0) as c,
                    coalesce(sum(points) filter (dimension = 'negative'), 0) as d,
                    coalesce(sum(points) filter (dimension = 'adjustment'), 0) as e
                from marts.lead_score_factors group by lead_id
            )
            select
                lead_id, date '{as_of}' as as_of_date, 'default' as ruleset,
                'f00d' as ruleset_fingerprint, a as demographic_points,
                b as firmographic_points, c as behavioral_points, d as negative_points,
                e as adjustment_points, a + b + c + d + e as total_points,
                greatest(0, (a + b + c + d + e) * 0.65)::decimal(5, 2) as score,
                if(lead_id = 'h3', null, 1 / (1 + exp(3 - (a + b + c + d + e) / 50)))
                    ::double as probability,
                row_number() over (order by a + b + c + d + e desc) as score_rank,
                'B+' as grade, 4 as grade_rank, 2 as engagement_level, 'B2' as segment,
                if(lead_id = 'h3', 'excluded', 'mql') as stage,
                if(lead_id = 'h3', 6, 2) as stage_order,
                lead_id = 'L1' as is_mql, if(lead_id = 'h3', null, 1) as priority,
                if(lead_id = 'h3', null, 'sales') as queue, 'call' as action,
                4 as sla_hours, null::timestamp as due_at, false as is_overdue,
                if(
                    lead_id = 'h3', null, row_number() over (order by lead_id)
                )::integer as call_rank,
                null::date as stage_since, null::timestamp as last_touched_at,
                lead_id = 'h3' as is_excluded,
                if(lead_id = 'h3', 'a student', null) as exclusion_reason,
                'said "demo", twice; +30' as top_reasons, null::varchar as top_topic,
                null::decimal(5, 2) as previous_score,
                null::decimal(5, 2) as score_change_7d,
                null::decimal(5, 2) as score_change_30d, null::date as first_mql_date,
                null::date as qualifies_until, null::timestamp as last_activity_at,
                50.0 as completeness_pct, 'o1' as owner_id, 'a1' as account_id,
                'web' as lead_source, null::varchar as partner_id, 'DE' as country,
                'software' as industry, '51-200' as size_band, 'vp' as seniority,
                'it' as department, timestamp '2026-01-01' as lead_created_at,
                '{build_id}' as build_id
            from parts;

            create or replace table marts.lead_scores_all as
            select * from marts.lead_scores;

            create or replace table marts.lead_score_probabilities as
            select
                lead_id, as_of_date, ruleset, 'won' as target, 90 as horizon_days,
                true as is_first_target, probability, probability / 2 as low,
                (1 + probability) / 2 as high, 'won-default-2026-11-20-abc' as model
            from marts.lead_scores where not is_excluded;

            create schema if not exists rules;
            create or replace table rules.rulesets as
            select 'default' as ruleset, 'new_business' as scorecard;
            create schema if not exists mappings;
            create or replace table mappings.targets as
            select null::varchar as scorecard, 'won' as target;

            create or replace table marts.lead_score_history as
            select
                lead_id, ruleset, day::date as as_of_date, ruleset_fingerprint,
                build_id, demographic_points, firmographic_points, behavioral_points,
                negative_points, adjustment_points, total_points, score, grade,
                engagement_level, stage, is_mql
            from marts.lead_scores, range(
                date '{as_of}' - 99, date '{as_of}' + 1, interval 1 day
            ) as days (day);

            create or replace table marts.lead_score_summary as
            select
                as_of_date, ruleset, grade, 4 as grade_rank, engagement_level, stage,
                if(stage = 'excluded', 6, 2) as stage_order,
                count(*) as lead_count, count_if(is_mql)::bigint as mql_count,
                count_if(stage = 'excluded')::bigint as excluded_count,
                sum(score)::decimal(18, 2) as score_sum,
                sum(total_points)::decimal(22, 4) as points_sum,
                avg(score)::decimal(5, 2) as average_score,
                avg(total_points)::decimal(18, 4) as average_points
            from marts.lead_score_history
            group by as_of_date, ruleset, grade, engagement_level, stage;

            create or replace table marts.ruleset_decisions as
            from raw.ruleset_decisions limit 0;
            insert into marts.ruleset_decisions by name select
                timestamp '2026-11-01' as decided_at, 'new_business' as scorecard,
                'promoted' as decision, 'default' as ruleset, 'ann' as decided_by,
                'older' as ruleset_before, 'better' as verdict, 0.05 as auc_change,
                0.01 as auc_change_low, 0.09 as auc_change_high;

            create or replace table marts.lead_identities as
            from (values
                ('L1', 'crm', 'L1', null), ('L1', 'crm', 'L9', null),
                ('L2', 'crm', 'L2', null), ('L2', 'crm', 'L1', date '2026-01-01'),
                ('L2', 'crm', 'never_delivered', null), ('h3', 'email', 'h3', null)
            ) as identities (lead_id, identifier_type, identifier, until);

            create or replace table marts.checks as from raw.checks limit 0;

            create or replace table marts.lead_contacts as
            select
                lead_id, lead_id || '@example.org' as email, 'Ann' as first_name,
                'Gold' as last_name, '+1 555 0100-' || lead_id as phone,
                'Buyer' as job_title, null::varchar as company_name,
                if(lead_id = 'L1', 'Call again', null) as feedback_note
            from marts.lead_scores;

            create or replace table marts.rules as
            select distinct
                ruleset, rule_id, 'signal' as kind, dimension, rule_group,
                'Something is known' as asks, 1::decimal(12, 4) as points,
                null::integer as grade_thirds, null::decimal(12, 4) as max_points,
                null::varchar as decay, reason, 'our choice' as rationale,
                1 as position
            from marts.lead_score_factors where not starts_with(rule_id, 'cap:');

            create or replace table marts.accounts as
            select
                'a1' as account_id, 'Acme' as name, 'acme.example' as domain,
                'software' as industry, '51-200' as size_band,
                120::bigint as employee_count, 'DE' as country, 'other' as relationship;

            create or replace table marts.account_score_factors as
            select
                'a1' as account_id, date '{as_of}' as as_of_date,
                'accounts' as ruleset, 'behavioral' as dimension,
                'buying_group' as rule_group, rule_id, points::decimal(18, 4) as points,
                'People are active' as reason
            from (values ('acc_engaged', 30.5), ('cap:buying_group', -0.5))
                as factors (rule_id, points);

            create or replace table marts.account_scores as
            select
                'a1' as account_id, date '{as_of}' as as_of_date,
                'accounts' as ruleset, 'ac01' as ruleset_fingerprint,
                0::decimal(18, 4) as demographic_points,
                0::decimal(18, 4) as firmographic_points,
                30::decimal(18, 4) as behavioral_points,
                0::decimal(18, 4) as negative_points,
                0::decimal(18, 4) as adjustment_points,
                30::decimal(18, 4) as total_points, 32.5::decimal(5, 2) as score,
                'B' as grade, 5 as grade_rank, 'buying_group' as stage,
                'accounts' as queue, 'Call the best lead' as action, 1 as priority,
                'People are active' as top_reasons, 2::bigint as people,
                1::bigint as engaged_people, 1::bigint as decision_makers_engaged,
                '1 vp' as seniorities, 'it' as departments,
                '1 engaged of 2: 1 vp; it' as buying_group, lead_id as best_lead_id,
                total_points as best_total_points, grade as best_grade,
                total_points::decimal(22, 4) as sum_total_points, last_activity_at,
                0::bigint as days_since_last_activity, null::varchar as relationship,
                'software' as industry, '51-200' as size_band, 'DE' as country,
                'o1' as owner_id, build_id
            from marts.lead_scores where lead_id = 'L1';

            create or replace table marts.owners as
            select 'o1' as owner_id, 'Olga Own' as name, true as is_active;

            create or replace table marts.lead_outcomes as
            select
                'L1' as lead_id, date '{as_of}' as as_of_date, false as is_converted,
                null::timestamp as converted_at, true as is_won,
                date '{as_of}' as won_at, 100::decimal(18, 2) as won_amount,
                1::bigint as opportunity_count, 0::bigint as open_count,
                1::bigint as won_count, 0::bigint as lost_count;

            create or replace table marts.lead_next_steps as
            select
                lead_id, ruleset, 1 as step, 'stage' as kind, 'sales_now' as reaches,
                'asked for a demo' as missing_activity,
                'sales_now: once they have asked for a demo' as sentence
            from marts.lead_scores where not is_excluded;

            create or replace table marts.lead_score_events as
            select
                lead_id || '-qualified' as event_id, lead_id, ruleset,
                'qualified' as alert, 'entered' as direction,
                as_of_date as event_date, 'mql' as value,
                if(lead_id = 'L2', null, 'cold') as value_before,
                'Stage mql after cold' as message, 'digest' as how,
                lead_id = 'L2' as is_new, lead_id = 'L2' as is_rule_change,
                lead_id = 'L1' as tells_it,
                if(lead_id = 'L1', null, 'The rules changed') as untold_because
            from marts.lead_scores where not is_excluded;
            create or replace table marts.lead_assignments as
            select
                lead_id, as_of_date, owner_id, null::varchar as team,
                null::date as since, 'Owner in the CRM' as why,
                false as is_over_capacity, true as is_from_crm,
                null::integer as routing_position
            from marts.lead_scores where queue is not null and (is_mql or priority = 1);

            create or replace table marts.team_loads as
            select
                'emea' as team, 'o1' as owner_id, date '{as_of}' as as_of_date,
                date '{as_of}' as slot_date, 4 as capacity, 5 as dealt,
                1 as over_capacity, 2 as open_calls, 20 as capacity_per_week;

            create or replace table marts.lead_feedback as
            select
                'L1' as lead_id, unnest(['good', 'wrong_person']) as verdict,
                unnest(['o1', 'unknown']) as given_by,
                timestamp '{as_of} 09:00:00' as given_at, date '{as_of}' as as_of_date;

            create or replace table marts.lead_attributes as
            select lead_id, name, value from marts.lead_scores, (values
                ('attribute.Plan', if(lead_id = 'L1', 'gold', 'pro')),
                ('account.Territory', 'north')
            ) as attributes (name, value);
        """)
