{#
  Materializes a model as the table or the view that it is said to be: what was there is
  dropped and made anew in one transaction. The materializations that come with dbt make
  it under another name, rename both and drop the old one, each by a macro of its own,
  which for a small table takes longer than its rows.
#}
{% macro replaced(type) %}
    {%- set target = this.incorporate(type=type) -%}
    {%- set old = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement("main") %}
        {% if old %}
            drop {{ old.type }} if exists {{ old }};
        {% endif %}
        {% if type == "view" %}
            {{ create_view_as(target, compiled_code) }}
        {% else %}
            {{ create_table_as(false, target, compiled_code) }}
        {% endif %}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({"relations": [target]}) }}
{% endmacro %}

{% materialization table, adapter="duckdb" %}
    {{ return(replaced("table")) }}
{% endmaterialization %}

{% materialization view, adapter="duckdb" %}
    {{ return(replaced("view")) }}
{% endmaterialization %}
