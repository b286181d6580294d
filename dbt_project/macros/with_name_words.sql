{#
  Rows that have a `name`, and its `name_words`: what is evidence of who somebody is.
  What stands in brackets, titles, particles (seed name_noise) and initials is none. An
  East Asian name is one word, its signs in order: a family name is often one sign, and
  where it ends is not always written. An empty list if nothing is left.
#}
{% macro with_name_words(rows) -%}
    with noise as (

        select coalesce(list(word), []) as noise_words
        from {{ ref('name_noise') }}

    ),

    words as (

        select
            named.*,
            list_filter(
                string_split_regex(
                    strip_accents(
                        lower(regexp_replace(named.name, '\[[^\]]*\]+', ' ', 'g'))
                    ),
                    '[^\p{L}]+'
                ),
                word -> word != '' and not list_contains(noise.noise_words, word)
            ) as words
        from {{ rows }} as named
        cross join noise

    ),

    signs as (

        select
            *,
            array_to_string(
                list_sort(
                    string_split(
                        array_to_string(
                            list_filter(
                                words, word -> regexp_matches(word, '^[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]')
                            ), ''
                        ), ''
                    )
                ), ''
            ) as east_asian_word
        from words

    )

    select
        * exclude (words, east_asian_word),
        list_sort(
            list_distinct(
                list_filter(
                    list_append(
                        list_filter(
                            words, word -> not regexp_matches(word, '^[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]')
                        ), east_asian_word
                    ),
                    word -> length(word) > 1
                )
            )
        ) as name_words
    from signs
{%- endmacro %}
