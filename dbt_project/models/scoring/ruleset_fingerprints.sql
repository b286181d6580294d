{% set rule_files = [
    'rulesets', 'signal_rules', 'activity_rules', 'resets', 'caps', 'exclusions',
    'grades', 'levels', 'segments', 'qualification', 'manual_adjustments'
] %}
with all_rows as (

    {% for rule_file in rule_files %}
        select
            ruleset,
            '{{ rule_file }}' as rule_file,
            cast({{ rule_file }} as varchar) as rule_row
        from {{ ref(rule_file) }} as {{ rule_file }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

fingerprints as (

    select
        ruleset,
        substr(
            sha256(string_agg(rule_file || rule_row, ';' order by rule_file, rule_row)),
            1, 16
        ) as ruleset_fingerprint
    from all_rows
    group by ruleset

)

select * from fingerprints
