with facts as (

    select * from {{ ref('account_facts') }}

),

signals_asked as (

    select * from {{ ref('int_signals_asked') }}
    where record = 'account'

),

account_attributes as (

    select * from {{ ref('int_account_attributes') }}
    where {{ as_of_to() }} between valid_from and valid_to

),

texts as (

    select
        {% for signal in account_signals() %}
            {% if signal in ['best_points', 'sum_points'] %}
                {{ number_text(signal) }} as {{ signal }},
            {% else %}
                cast({{ signal }} as varchar) as {{ signal }},
            {% endif %}
        {% endfor %}
        account_id
    from facts

),

unpivoted as (

    from texts
    unpivot include nulls (value for signal in (columns(* exclude (account_id))))

),

-- An account that the CRM does not know has a row too, of a value that is missing.
of_columns as (

    select
        facts.account_id,
        signals_asked.signal,
        account_attributes.value
    from facts
    cross join signals_asked
    left join account_attributes
        on
            facts.account_id = account_attributes.account_id
            and signals_asked.signal = account_attributes.signal

),

united as (

    select
        account_id,
        signal,
        value
    from unpivoted

    union all

    select
        account_id,
        signal,
        value
    from of_columns

)

select * from united
