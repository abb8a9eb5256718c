with sessions as (

    select * from {{ ref('stg_sessions') }}

),

named as (

    select * from {{ ref('stg_company_projects') }}

),

projects as (

    select
        project_id,
        min(created_at) as first_session_at,
        max(created_at) as last_session_at
    from sessions
    group by project_id

)

select
    {{ project_key('projects.project_id') }} as project_key,
    projects.project_id,
    coalesce(named.project_name, projects.project_id, '(no project)') as project_name,
    coalesce(named.project_name, projects.project_id, '(no project)') as project_label,
    named.cost_center,
    named.project_owner,
    projects.first_session_at,
    projects.last_session_at
from projects
left join named on projects.project_id = named.project_id
