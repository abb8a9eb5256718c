with sessions as (

    select * from {{ ref('stg_sessions') }}

),

accounts as (

    select * from {{ ref('stg_company_accounts') }}

),

named as (

    select * from {{ ref('stg_company_projects') }}

),

projects as (

    select
        client_id,
        project_id,
        min(created_at) as first_session_at,
        max(created_at) as last_session_at
    from sessions
    group by client_id, project_id

)

select
    {{ project_key('projects.client_id', 'projects.project_id') }} as project_key,
    coalesce(accounts.account_name, projects.client_id) as account,
    projects.project_id,
    coalesce(named.project_name, projects.project_id, '(no project)') as project_name,
    coalesce(named.project_name, projects.project_id, '(no project)') as project_label,
    named.cost_center,
    named.project_owner,
    projects.first_session_at,
    projects.last_session_at
from projects
left join accounts on projects.client_id = accounts.client_id
left join named on projects.project_id = named.project_id
