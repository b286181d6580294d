{#
  What raw.run says of the run that the warehouse is in. As a value, not as a subquery:
  views keep the day that they were built for, and DuckDB reads no day but the one asked.
#}
{% macro this_run(column) -%}
    {%- if execute -%}
        {%- set table = api.Relation.create(
            database=target.database, schema="raw", identifier="run"
        ) -%}
        {%- set query -%}
            select cast({{ column }} as varchar) as found from {{ table }}
        {%- endset -%}
        {#- What dbt keeps of a schema lacks tables while another thread asks for it. -#}
        {%- set is_there = load_relation(table) or run_query(
            "select 1 from information_schema.tables "
            ~ "where table_schema = 'raw' and table_name = 'run'"
        ).rows -%}
        {%- set rows = run_query(query).rows if is_there else [] -%}
        {%- if not rows -%}
            {{ exceptions.raise_compiler_error(
                "No run has begun in the warehouse " ~ target.path ~ ", or somebody was "
                ~ "forgotten since: run `make score`, or let LEADSCORE_WAREHOUSE or "
                ~ "LEADSCORE_DATA name another."
            ) }}
        {%- endif -%}
        {{ return(rows[0][0]) }}
    {%- endif -%}
{%- endmacro %}
