with accounts as (

    select * from {{ ref('int_crm_account_versions') }}
    where not is_gone

),

signals_asked as (

    select * from {{ ref('int_signals_asked') }}
    where record = 'account'

),

account_attributes as (

    select
        accounts.account_id,
        accounts.valid_from,
        accounts.valid_to,
        signals_asked.signal,
        coalesce(
            case signals_asked.column_name
                {% for column in account_columns() %}
                    when '{{ column }}' then accounts.{{ column }}
                {% endfor %}
            end,
            json_extract_string(accounts.attributes, signals_asked.json_path)
        ) as value
    from accounts
    cross join signals_asked

)

select * from account_attributes
