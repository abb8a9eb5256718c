with sessions as (

    select * from {{ ref('stg_sessions') }}

),

clock as (

    select * from {{ ref('int_clock') }}

),

-- stretches of one project do not overlap
verified as (

    select * from {{ ref('stg_verified_ranges') }}

),

outcomes as (

    select
        sessions.*,
        case
            when sessions.status in ('completed', 'failed') then sessions.status
            when sessions.status = 'active' and sessions.deleted_at is not null then 'withdrawn'
            when sessions.status = 'active' then 'in_progress'
            when sessions.deleted_at < sessions.link_expires_at then 'withdrawn'
            when sessions.link_expires_at <= clock.known_until then 'expired'
            else 'waiting'
        end as outcome,
        coalesce(sessions.started_at, sessions.completed_at, sessions.created_at) as interview_at,
        sessions.status in ('initiated', 'active') and sessions.completed_at is not null
        or sessions.status = 'initiated' and sessions.started_at is not null
        or coalesce(sessions.started_at >= sessions.link_expires_at, false) as is_reinvited,
        -- a row is written when the API showed it, or when it was asked for
        greatest(
            sessions.synced_at,
            coalesce(sessions.detail_checked_at, sessions.synced_at),
            coalesce(verified.verified_at, sessions.synced_at)
        ) as last_verified_at
    from sessions
    cross join clock
    left join verified
        on
            sessions.client_id = verified.client_id
            and coalesce(sessions.project_id, '') = coalesce(verified.project_id, '')
            and sessions.created_at >= verified.created_from_at
            and sessions.created_at <= verified.created_to_at

),

based as (

    select
        outcomes.*,
        case
            when outcome = 'expired' and coalesce(credits_charged, 0) = 0 then 'link_expires_at'
            when outcome not in ('completed', 'failed') and coalesce(credits_charged, 0) = 0 then null
            when completed_at is not null then 'completed_at'
            when started_at is not null then 'started_at'
            else 'created_at'
        end as usage_date_basis
    from outcomes

)

select
    based.*,
    case usage_date_basis
        when 'link_expires_at' then link_expires_date
        when 'completed_at' then completed_date
        when 'started_at' then started_date
        when 'created_at' then created_date
    end as usage_date
from based
