{#
  A text as words: lower case, with everything but letters and digits as one space, so
  that No-show, no_show and " no show" are equal.
#}
{% macro plain_words(text) -%}
    trim(regexp_replace(lower({{ text }}), '[^\p{L}\p{N}]+', ' ', 'g'))
{%- endmacro %}
