{#
  Materializes a model as a table that keeps what earlier runs scored: the rows of the
  days in int_scored_days, which the model reads, replace what is there for them, in
  `day_column`, `as_of_date` without it. In place, where dbt's incremental models write
  every row twice and leave the rows of a day that has none any more. `kept_days` is how
  many days stay, the newest, beside the two that this run compares; all without it. A
  table that keeps some only begins anew when its model has got other columns.
#}
{% materialization scored_days, adapter="duckdb" %}
    {%- set target = this.incorporate(type="table") -%}
    {%- set old = load_cached_relation(this) -%}
    {%- set kept_days = config.get("kept_days") -%}
    {%- set day = config.get("day_column", "as_of_date") -%}
    {%- if old and kept_days -%}
        {%- set columns = adapter.get_columns_in_relation(old) | map(attribute="name") -%}
        {%- if columns | sort != get_columns_in_query(compiled_code) | sort -%}
            {%- do adapter.drop_relation(old) -%}
            {%- set old = none -%}
        {%- endif -%}
    {%- endif -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement("main") %}
        {% if old %}
            {% if config.get("contract").enforced %}
                {{ get_assert_columns_equivalent(compiled_code) }}
            {% endif %}
            delete from {{ target }}
            where {{ day }} in (select as_of_date from {{ ref("int_scored_days") }});
            insert into {{ target }} by name (
                {{ compiled_code }}
            );
        {% else %}
            {{ create_table_as(false, target, compiled_code) }};
        {% endif %}
        {% if kept_days %}
            delete from {{ target }}
            where
                {{ day }} not in ({{ as_of_to() }}, {{ compared_date() }})
                and {{ day }} not in (
                    select distinct {{ day }} from {{ target }}
                    order by {{ day }} desc limit {{ kept_days }}
                );
        {% endif %}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}
