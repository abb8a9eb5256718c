with sessions as (

    select * from {{ ref('stg_sessions') }}

)

select
    {{ project_key('project_id') }} as project_key,
    project_id,
    coalesce(project_id, '(no project)') as project_label,
    min(created_at) as first_session_at,
    max(created_at) as last_session_at
from sessions
group by project_id
