with leads as (

    select * from {{ ref('int_leads') }}

),

name_quality as (

    select * from {{ ref('name_quality') }}

),

names as (

    select
        lead_id,
        valid_from,
        valid_to,
        split_part(email, '@', 1) as mailbox,
        trim(concat_ws(' ', first_name, last_name)) as name,
        string_split_regex(
            lower(trim(concat_ws(' ', first_name, last_name))), '\s+'
        ) as words
    from leads
    where coalesce(first_name, last_name) is not null

),

name_words as (

    select
        lead_id,
        valid_from,
        unnest(words) as word
    from names

),

distinct_words as (

    select distinct word from name_words

),

judged_words as (

    select
        distinct_words.word,
        bool_or(name_quality.kind = 'test_word') as is_test_word,
        bool_or(starts_with(name_quality.kind, 'keyboard_run')) as is_keyboard_run
    from distinct_words
    inner join name_quality
        on
            name_quality.kind = 'test_word'
            and distinct_words.word = name_quality.value
            or {{ is_keyboard_run('distinct_words.word', 'name_quality') }}
    group by distinct_words.word

),

counted as (

    select
        name_words.lead_id,
        name_words.valid_from,
        count(*) as words,
        count(*) filter (where judged_words.is_test_word) as test_words,
        count(*) filter (where judged_words.is_keyboard_run) as keyboard_runs
    from name_words
    left join judged_words
        on name_words.word = judged_words.word
    group by name_words.lead_id, name_words.valid_from

),

judged as (

    select
        names.lead_id,
        names.valid_from,
        names.valid_to,
        case
            when test_names.value is not null then 'test_word'
            -- Null, Foo and Test are names of people too: one word says little.
            when counted.test_words > 1 and counted.test_words = counted.words
                then 'test_word'
            when counted.test_words > 0 and test_mailboxes.value is not null
                then 'test_word'
            when counted.keyboard_runs > 0 then 'keyboard_run'
            when counted.test_words > 0 then 'one_test_word'
            -- Other scripts have no capitals, or use none in names.
            when
                names.name = lower(names.name)
                and regexp_matches(
                    names.name, '[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}]'
                )
                then 'no_capitals'
            else 'ok'
        end as name_quality
    from names
    inner join counted
        on
            names.lead_id = counted.lead_id
            and names.valid_from = counted.valid_from
    left join name_quality as test_names
        on
            test_names.kind = 'test_name'
            and array_to_string(names.words, ' ') = test_names.value
    left join name_quality as test_mailboxes
        on
            test_mailboxes.kind = 'test_mailbox'
            and names.mailbox = test_mailboxes.value

)

select * from judged
