{#
  How far back each step looks that finds out whether a lead crossed: for what decided
  its state, for the day before, for when it crossed, and for the crossing before that
  one. So a day's crossings depend on the days before it alone, however many are scored
  in one pass.
#}
{% macro look_back_days() -%} 13 {%- endmacro %}
