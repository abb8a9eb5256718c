with sessions as (

    select * from {{ ref('fct_sessions') }}
    where outcome = 'completed' and billed_minutes > 0

),

-- what a minute cost, session by session, counted per day
daily as (

    select
        account,
        source,
        usage_date,
        cast(credits_charged / cast(billed_minutes as numeric) as numeric(18, 6)) as credit_rate,
        count(*) as sessions
    from sessions
    where credits_charged > 0
    group by account, source, usage_date, cast(credits_charged / cast(billed_minutes as numeric) as numeric(18, 6))

),

days as (select distinct account, source, usage_date from sessions),

-- a rate may change: the four weeks up to a day and the four from it on are looked at apart
sided as (

    select
        days.account,
        days.source,
        days.usage_date,
        daily.credit_rate,
        {{ whole_sum('daily.sessions', 'daily.usage_date <= days.usage_date') }} as sessions_until,
        {{ whole_sum('daily.sessions', 'daily.usage_date >= days.usage_date') }} as sessions_from
    from days
    inner join daily
        on
            days.account = daily.account
            and days.source = daily.source
            and daily.usage_date >= {{ add_days('days.usage_date', -28) }}
            and daily.usage_date <= {{ add_days('days.usage_date', 28) }}
    group by days.account, days.source, days.usage_date, daily.credit_rate

),

ranked as (

    select
        sided.*,
        row_number() over (partition by account, source, usage_date order by sessions_until desc, credit_rate) as rank_until,
        row_number() over (partition by account, source, usage_date order by sessions_from desc, credit_rate) as rank_from
    from sided

)

-- three sessions with the same rate are the least that makes it the usual one
select
    account,
    source,
    usage_date,
    cast(max(case when rank_until = 1 and sessions_until >= 3 then credit_rate end) as numeric(18, 6)) as rate_until,
    cast(max(case when rank_from = 1 and sessions_from >= 3 then credit_rate end) as numeric(18, 6)) as rate_from
from ranked
group by account, source, usage_date
