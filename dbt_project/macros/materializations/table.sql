{#
  Materializes a model as a table, as dbt's own macro does but in two statements: make
  the new table, then put it in the place of the old one. Theirs renames, looks up and
  drops one by one, which takes longer than most of our queries; indexes, foreign keys,
  grants and comments, which it cares for as well, are not used here.
#}
{% materialization table, adapter="duckdb", supported_languages=["sql"] %}
    {%- set target = this.incorporate(type="table") -%}
    {%- set made = make_intermediate_relation(target) -%}
    {%- set old = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement("main") %}
        drop table if exists {{ made }};
        {{ create_table_as(false, made, compiled_code) }}
    {% endcall %}
    {% call statement("put_in_place") %}
        drop {{ old.type if old else "table" }} if exists {{ target }};
        alter table {{ made }} rename to {{ target.identifier }}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}
