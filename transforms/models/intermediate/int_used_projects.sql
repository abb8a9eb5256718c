with usage as (select * from {{ ref('credit_usage_daily') }})

select
    project_key,
    max(account) as account,
    max(project_id) as project_id,
    max(project_name) as project_name,
    min(usage_date) as first_date
from usage
group by project_key
