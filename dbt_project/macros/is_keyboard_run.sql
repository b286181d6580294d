{#
  Whether a word is the run of keys of a row of `name_quality`: the whole word, once or
  several times; some runs are in no word at all.
#}
{% macro is_keyboard_run(word, signs) -%}
    case {{ signs }}.kind
        when 'keyboard_run' then replace({{ word }}, {{ signs }}.value, '') = ''
        when 'keyboard_run_inside' then contains({{ word }}, {{ signs }}.value)
        else false
    end
{%- endmacro %}
