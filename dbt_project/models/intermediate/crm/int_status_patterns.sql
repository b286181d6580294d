with statuses as (

    select * from {{ ref('statuses') }}

),

fields as (

    select
        position,
        meaning,
        pattern,
        unnest(string_split(field, '|')) as field
    from statuses

),

patterns as (

    select
        position,
        meaning,
        trim(field) as field,
        unnest(string_split(pattern, '|')) as pattern
    from fields

),

spelled as (

    select
        position,
        field,
        {{ plain_words('pattern') }} as words,
        trim(pattern) like '%*' as is_beginning,
        meaning
    from patterns

)

select * from spelled
