with sessions as (

    select * from {{ ref('stg_sessions') }}

),

named as (

    select * from {{ ref('stg_company_accounts') }}

),

clients as (

    select
        client_id,
        min(created_at) as first_session_at,
        max(created_at) as last_session_at
    from sessions
    group by client_id

)

select
    coalesce(named.account_name, clients.client_id) as account,
    clients.client_id,
    clients.first_session_at,
    clients.last_session_at
from clients
left join named on clients.client_id = named.client_id
