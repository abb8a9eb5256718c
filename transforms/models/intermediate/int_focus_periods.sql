with usage as (select * from {{ ref('int_focus_usage') }}),

closings as (select * from {{ ref('int_closings') }}),

charges as (select * from {{ ref('stg_closed_charges') }}),

events as (select * from {{ ref('stg_month_closings') }}),

builds as (select * from {{ ref('stg_published_builds') }}),

clock as (select * from {{ ref('int_clock') }}),

-- the month after the last closed one is there before its first charge: corrections stand in it
months as (

    select month_start_date from usage
    union
    select month_start_date from closings
    union
    select cast({{ dbt.dateadd('month', 1, 'max(month_start_date)') }} as date) as month_start_date from closings
    having count(*) > 0

),

signed as (

    select
        closings.month_start_date,
        cast({{ dbt.dateadd('month', -1, 'closings.month_start_date') }} as date) as month_before_date,
        cast({{ dbt.dateadd('month', 1, 'closings.month_start_date') }} as date) as month_after_date,
        min(charges.period_starts_at) as period_starts_at,
        max(charges.period_ends_at) as period_ends_at
    from charges
    inner join closings on charges.closing_id = closings.closing_id
    group by closings.month_start_date

),

-- the first publication that knew a day of it
created as (

    select months.month_start_date, min(builds.built_at) as created_at
    from months
    inner join builds on months.month_start_date <= builds.known_until_date
    group by months.month_start_date

),

updated as (select month_start_date, max(happened_at) as happened_at from events group by month_start_date)

-- another time zone moves open months alone, and none of them over a closed one
select
    months.month_start_date,
    coalesce(signed.period_starts_at, before.period_ends_at, {{ starts_at('months.month_start_date') }}) as period_starts_at,
    coalesce(
        signed.period_ends_at, after.period_starts_at,
        {{ starts_at(dbt.dateadd('month', 1, 'months.month_start_date')) }}
    ) as period_ends_at,
    closings.closing_id is not null as is_closed,
    coalesce(created.created_at, clock.built_at) as created_at,
    greatest(coalesce(created.created_at, clock.built_at), coalesce(updated.happened_at, created.created_at, clock.built_at))
        as updated_at
from months
cross join clock
left join closings on months.month_start_date = closings.month_start_date
left join signed on months.month_start_date = signed.month_start_date
left join signed as before on months.month_start_date = before.month_after_date
left join signed as after on months.month_start_date = after.month_before_date
left join created on months.month_start_date = created.month_start_date
left join updated on months.month_start_date = updated.month_start_date
