with feedback as (select * from {{ ref('fct_feedback') }}),

sessions as (select * from {{ ref('fct_sessions') }} where outcome = 'completed'),

days as (

    select date_day, not is_future as is_known from {{ ref('dim_date') }}

),

-- what was submitted on a day, and what was completed on it
happened as (

    select
        feedback_date as happened_date, account, project_key, project_id, project_name, persona_id, persona_name,
        language, source, 1 as responses,
        case when is_negative then 1 else 0 end as negative_responses, rating,
        0 as sessions_completed, 0 as sessions_with_feedback, 0 as sessions_still_asked
    from feedback
    union all
    select
        usage_date as happened_date, account, project_key, project_id, project_name, persona_id, persona_name,
        language, source, 0 as responses,
        0 as negative_responses, null as rating,
        1 as sessions_completed, case when has_feedback then 1 else 0 end as sessions_with_feedback,
        case when not has_feedback and not is_deleted and {{ is_still_asked('sessions') }} then 1 else 0 end
            as sessions_still_asked
    from sessions

),

spans as (

    select
        project_key, persona_id, source,
        max(account) as account, max(project_id) as project_id, max(project_name) as project_name,
        max(persona_name) as persona_name, max(language) as language, min(happened_date) as first_date, max(happened_date) as last_date
    from happened
    group by project_key, persona_id, source

)

select
    days.date_day as feedback_date,
    spans.account,
    spans.project_key,
    spans.project_id,
    spans.project_name,
    spans.persona_id,
    spans.persona_name,
    spans.language,
    spans.source,
    {{ whole_sum('happened.responses') }} as responses,
    {{ whole_sum('happened.negative_responses') }} as negative_responses,
    {{ average_rating('happened.rating') }} as average_rating,
    {{ whole_sum('happened.sessions_completed') }} as sessions_completed,
    {{ whole_sum('happened.sessions_with_feedback') }} as sessions_with_feedback,
    {{ whole_sum('happened.sessions_still_asked') }} as sessions_still_asked
from spans
inner join days on days.date_day >= spans.first_date and (days.is_known or days.date_day <= spans.last_date)
left join happened
    on
        spans.project_key = happened.project_key
        and spans.persona_id = happened.persona_id
        and spans.source = happened.source
        and days.date_day = happened.happened_date
-- a day to come only where something is dated on it
where days.is_known or happened.happened_date is not null
group by
    days.date_day, spans.account, spans.project_key, spans.project_id, spans.project_name, spans.persona_id,
    spans.persona_name, spans.language, spans.source
