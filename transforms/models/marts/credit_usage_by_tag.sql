with shares as (

    select * from {{ ref('int_session_tag_shares') }}
    where usage_date is not null

),

by_tag as (

    select
        usage_date,
        account,
        project_key,
        project_id,
        project_name,
        tag,
        {{ count_where("outcome = 'completed'") }} as sessions_completed,
        {{ whole_sum('billed_minutes', "outcome = 'completed'") }} as billed_minutes,
        {{ whole_sum('credits_charged') }} as credits_full,
        sum(split_units) as split_units
    from shares
    group by usage_date, account, project_key, project_id, project_name, tag

)

select
    usage_date,
    account,
    project_key,
    project_id,
    project_name,
    tag,
    sessions_completed,
    billed_minutes,
    credits_full,
    cast(split_units / cast(10000 as numeric) as numeric(18, 4)) as credits_split,
    {{ surrogate_key(['usage_date', 'project_key', 'tag']) }} as credit_tag_key
from by_tag
