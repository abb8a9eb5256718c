with sessions as (select * from {{ ref('fct_sessions') }}),

rates as (select * from {{ ref('int_credit_rates') }}),

rated as (

    select
        sessions.*,
        coalesce(rates.rate_until, rates.rate_from) as credit_rate,
        sessions.billed_minutes * rates.rate_until as expected_until,
        sessions.billed_minutes * rates.rate_from as expected_from
    from sessions
    left join rates
        on
            sessions.account = rates.account
            and sessions.source = rates.source
            and sessions.usage_date = rates.usage_date

),

-- a rate need not be whole, a charge is: less than one credit off is rounding
judged as (

    select
        rated.*,
        case
            when outcome <> 'completed' and coalesce(credits_charged, 0) <> 0 then 'charged_not_completed'
            when outcome <> 'completed' then null
            when coalesce(credits_charged, 0) = 0 and coalesce(billed_minutes, 1) > 0 then 'completed_uncharged'
            when coalesce(credits_charged, 0) = 0 then null
            when billed_minutes is null then 'charged_without_duration'
            when billed_minutes = 0 then 'unexpected_amount'
            when abs(credits_charged - coalesce(expected_until, expected_from)) >= 1
                and abs(credits_charged - coalesce(expected_from, expected_until)) >= 1 then 'unexpected_amount'
        end as finding,
        case when outcome = 'completed' then billed_minutes * credit_rate else 0 end as expected
    from rated

)

select
    session_id,
    finding,
    usage_date,
    completed_at,
    account,
    project_key,
    project_id,
    project_name,
    persona_id,
    persona_name,
    role_name,
    source,
    status,
    outcome,
    duration_sec,
    billed_minutes,
    credits_charged,
    cast(credit_rate as numeric(18, 6)) as credit_rate,
    cast(expected as numeric(18, 4)) as expected_credits,
    cast(coalesce(credits_charged, 0) - expected as numeric(18, 4)) as difference_credits,
    is_deleted
from judged
where finding is not null
