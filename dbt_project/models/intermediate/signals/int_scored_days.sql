select cast(unnest(generate_series(
    cast('{{ var("as_of_from") }}' as date),
    cast('{{ var("as_of_to") }}' as date),
    interval 1 day
)) as date) as as_of_date
