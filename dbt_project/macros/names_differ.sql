{#
  How much two names' words say that they are two people's: 0 if they have a word in
  common, 2 if both are whole names in one script, else 1: a first name alone or
  another script is weak evidence.
#}
{% macro names_differ(one, other) -%}
    {%- set spaced = [
        'Latin', 'Greek', 'Cyrillic', 'Armenian', 'Georgian', 'Hebrew', 'Arabic',
        'Devanagari', 'Bengali', 'Tamil', 'Thai'
    ] -%}
    {%- set unspaced = ['Han', 'Hangul', 'Hiragana', 'Katakana'] -%}
    case
        when list_has_any({{ one }}, {{ other }}) then 0
        {% for script in spaced + unspaced -%}
            when
                {{ words_in_script(one, script) }} > {{ 1 if script in spaced else 0 }}
                and {{ words_in_script(other, script) }}
                > {{ 1 if script in spaced else 0 }}
                then 2
        {% endfor -%}
        else 1
    end
{%- endmacro %}
