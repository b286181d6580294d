{#
  Stops a seed by hand that would put our rules and mappings in the place of those that
  the world was scored with.
#}
{% macro refuse_other_seeds() -%}
    {%- set ours = env_var('LEADSCORE_SEEDS', 'seeds') -%}
    {%- if execute and this_run('seeds') != ours -%}
        {{ exceptions.raise_compiler_error(
            "The warehouse " ~ target.path ~ " was scored with the rules and mappings in "
            ~ this_run('seeds') ~ ", not with those in " ~ ours ~ ": set LEADSCORE_SEEDS="
            ~ this_run('seeds') ~ ", or run `make score`."
        ) }}
    {%- endif -%}
{%- endmacro %}
