{#
  Pairs of names on a hub, as links_of_one_name makes them, that are two people's: since
  when, until when and with what weight. Times in which the hub has too many links
  anyway (hub, valid_from, valid_to) are left out, or a mailbox of thousands would be
  compared with itself.
#}
{% macro links_that_differ(links, refused) -%}
    with names as (

        select
            links.hub,
            links.who,
            string_split(links.who, ' ') as name_words,
            links.valid_from,
            links.valid_to
        from {{ links }} as links
        where
            links.is_name
            and not exists (
                select 1 from {{ refused }} as refused
                where
                    links.hub = refused.hub
                    and refused.valid_from <= links.valid_from
                    and refused.valid_to >= links.valid_to
            )

    ),

    pairs as (

        select
            names.hub,
            {{ names_differ('names.name_words', 'others.name_words') }} as difference,
            {{ address_is_anothers(
                'names.hub', 'names.name_words', 'others.name_words'
            ) }} as is_anothers,
            greatest(names.valid_from, others.valid_from) as valid_from,
            least(names.valid_to, others.valid_to) as valid_to
        from names
        inner join names as others
            on
                names.hub = others.hub
                and names.who < others.who
                and names.valid_from <= others.valid_to
                and names.valid_to >= others.valid_from

    )

    -- One more piece of evidence, but none by itself.
    select
        hub,
        difference + is_anothers::integer as weight,
        valid_from,
        valid_to
    from pairs
    where difference > 0
{%- endmacro %}
