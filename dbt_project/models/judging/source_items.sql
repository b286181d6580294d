{# A view: each lead once, at the first cut-off after it came. #}
{{ config(materialized='view') }}

with first_seen as (

    select *
    from {{ ref('judged_leads') }}
    qualify
        row_number() over (partition by target, ruleset, lead_id order by cut_off) = 1

),

of_sources as (

    {% for kind, item in [
        ('all', "'all'"), ('lead_source', 'lead_source'),
        ('partner', 'partner_id'), ('campaign', 'campaign')
    ] %}
        select
            * replace (coalesce(has_succeeded, true) as has_succeeded),
            'first' as scope,
            '{{ kind }}' as item_kind,
            coalesce({{ item }}, '(missing)') as item,
            unnest([
                '', coalesce(strftime(created_date, '%Y-%m'), '(missing)')
            ]) as value
        from first_seen
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    {{ item_columns() }}
from of_sources
