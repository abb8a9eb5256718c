with sessions as (

    select
        fct_sessions.*,
        case when outcome = 'completed' then hours_to_complete end as hours_of_completed
    from {{ ref('fct_sessions') }} as fct_sessions

),

ranked as (

    select
        sessions.*,
        count(hours_to_start) over (partition by created_date, project_key) as starts,
        row_number() over (partition by created_date, project_key order by hours_to_start nulls last) as start_rank,
        count(hours_of_completed) over (partition by created_date, project_key) as completions,
        row_number() over (
            partition by created_date, project_key order by hours_of_completed nulls last
        ) as completion_rank
    from sessions

),

cohorts as (

    select
        created_date,
        account,
        project_key,
        project_id,
        project_name,
        count(*) as sessions_created,
        {{ count_where("started_at is not null or status in ('active', 'completed')") }} as sessions_started,
        {% for outcome in ['completed', 'failed', 'expired', 'withdrawn', 'in_progress', 'waiting'] -%}
        {{ count_where("outcome = '" ~ outcome ~ "'") }} as sessions_{{ outcome }},
        {% endfor -%}
        {{ count_where('is_reinvited') }} as sessions_reinvited,
        {{ percentile('hours_to_start', 'start_rank', 'starts', 5) }} as median_hours_to_start,
        {{ percentile('hours_to_start', 'start_rank', 'starts', 9) }} as p90_hours_to_start,
        {{ percentile('hours_of_completed', 'completion_rank', 'completions', 5) }} as median_hours_to_complete,
        {{ percentile('hours_of_completed', 'completion_rank', 'completions', 9) }} as p90_hours_to_complete
    from ranked
    group by created_date, account, project_key, project_id, project_name

)

select
    created_date,
    account,
    project_key,
    project_id,
    project_name,
    sessions_created,
    sessions_started,
    sessions_completed,
    sessions_failed,
    sessions_expired,
    sessions_withdrawn,
    sessions_in_progress,
    sessions_waiting,
    sessions_reinvited,
    {{ metric_ratio('start_rate', 'sessions_started', 'sessions_created') }} as start_rate,
    {{ metric_ratio('completion_rate', 'sessions_completed', 'sessions_created') }} as completion_rate,
    median_hours_to_start,
    p90_hours_to_start,
    median_hours_to_complete,
    p90_hours_to_complete,
    sessions_in_progress + sessions_waiting = 0 as is_settled,
    {{ surrogate_key(['created_date', 'project_key']) }} as funnel_key
from cohorts
