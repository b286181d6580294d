{# Materializes a model as a view in one statement, for the reason in table.sql. #}
{% materialization view, adapter="duckdb" %}
    {%- set target = this.incorporate(type="view") -%}
    {%- set old = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement("main") %}
        {% if old and old.is_table %}drop table {{ old }};{% endif %}
        {% if config.get("contract").enforced %}
            {{ get_assert_columns_equivalent(sql) }}
        {% endif %}
        create or replace view {{ target }} as (
            {{ sql }}
        )
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}
