{#
  Whether the mailbox that a hub is has no word of two names in it, nor a word's first
  three letters: it was made for somebody else, or for several. That can be asked of
  names in the script of addresses only, of which one is whole: two single words may be
  one's first and last name.
#}
{% macro address_is_anothers(hub, one, other) -%}
    (
        starts_with({{ hub }}, 'mailbox:')
        and least(
            {{ words_in_script(one, 'Latin') }}, {{ words_in_script(other, 'Latin') }}
        ) > 0
        and greatest(len({{ one }}), len({{ other }})) > 1
        and len(list_filter(
            list_concat({{ one }}, {{ other }}),
            word -> contains(
                strip_accents(regexp_extract({{ hub }}, ':(.*)@', 1)), left(word, 3)
            )
        )) = 0
    )
{%- endmacro %}
