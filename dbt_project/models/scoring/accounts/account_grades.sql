with criteria_of_accounts as (

    {{ criteria_of(
        ref('account_facts'), ref('account_rulesets'), ref('account_conditions'),
        ref('account_rules_held'), 'account_id'
    ) }}

),

coverage_of_accounts as (

    {{ coverage_of(
        ref('account_facts'), ref('account_rulesets'), ref('account_conditions'),
        'criteria_of_accounts', 'account_id'
    ) }}

),

grades_of_accounts as (

    {{ grades_of(
        'coverage_of_accounts', ref('account_rules_held'), ref('account_rulesets'),
        'account_id'
    ) }}

)

select * from grades_of_accounts
