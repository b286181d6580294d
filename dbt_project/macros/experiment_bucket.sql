{#
  Where a lead lies in an experiment, from 0 to below 1: evenly, the same every day, and
  elsewhere in another experiment. The first 32 bits of a hash of both ids.
#}
{% macro experiment_bucket(lead_id, experiment) -%}
    cast(
        '0x' || substr(md5({{ experiment }} || ' ' || {{ lead_id }}), 1, 8) as bigint
    ) / 4294967296
{%- endmacro %}
