with rates as (

    select * from {{ ref('success_rates') }}
    where item_kind = 'all' and scope = 'all'

),

leads as (

    select * from {{ ref('judged_leads') }}
    where has_succeeded is not null

),

aucs as (

    select * from {{ ref('judged_aucs') }}

),

cut_offs as (

    select * from {{ ref('judged_cut_offs') }}

),

backdated as (

    select
        target,
        ruleset,
        avg(cast(attributes_backdated as integer)) as backdated_share
    from leads
    group by target, ruleset

),

performance as (

    select
        rates.target,
        rates.ruleset,
        cut_offs.judged_on,
        cut_offs.is_dated,
        cut_offs.finished_cut_offs,
        cut_offs.first_cut_off,
        cut_offs.last_cut_off,
        cut_offs.unfinished_cut_offs,
        rates.leads,
        rates.people,
        rates.successes,
        rates.rate as base_rate,
        rates.rate_low as base_rate_low,
        rates.rate_high as base_rate_high,
        aucs.auc,
        aucs.auc_low,
        aucs.auc_high,
        backdated.backdated_share
    from rates
    inner join cut_offs
        on rates.target = cut_offs.target
    inner join backdated
        on
            rates.target = backdated.target
            and rates.ruleset = backdated.ruleset
    left join aucs
        on
            rates.target = aucs.target
            and rates.ruleset = aucs.ruleset

)

select * from performance
