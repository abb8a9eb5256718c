with sessions as (

    select * from {{ ref('fct_sessions') }}

),

cohorts as (

    select
        created_date,
        project_key,
        project_id,
        count(*) as sessions_created,
        {{ count_where("started_at is not null or status in ('active', 'completed')") }} as sessions_started,
        {% for outcome in ['completed', 'failed', 'expired', 'withdrawn', 'in_progress', 'waiting'] -%}
        {{ count_where("outcome = '" ~ outcome ~ "'") }} as sessions_{{ outcome }},
        {% endfor -%}
        {{ count_where('is_reinvited') }} as sessions_reinvited,
        {{ percentile('hours_to_start', 0.5) }} as median_hours_to_start,
        {{ percentile('hours_to_start', 0.9) }} as p90_hours_to_start,
        {{ percentile("case when outcome = 'completed' then hours_to_complete end", 0.5) }}
            as median_hours_to_complete,
        {{ percentile("case when outcome = 'completed' then hours_to_complete end", 0.9) }}
            as p90_hours_to_complete
    from sessions
    group by created_date, project_key, project_id

)

select
    created_date,
    project_key,
    project_id,
    sessions_created,
    sessions_started,
    sessions_completed,
    sessions_failed,
    sessions_expired,
    sessions_withdrawn,
    sessions_in_progress,
    sessions_waiting,
    sessions_reinvited,
    {{ ratio('sessions_started', 'sessions_created') }} as start_rate,
    {{ ratio('sessions_completed', 'sessions_created') }} as completion_rate,
    median_hours_to_start,
    p90_hours_to_start,
    median_hours_to_complete,
    p90_hours_to_complete,
    sessions_in_progress + sessions_waiting = 0 as is_settled,
    {{ surrogate_key(['created_date', 'project_key']) }} as funnel_key
from cohorts
