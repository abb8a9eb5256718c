{{ config(post_hook="insert into {{ this }} values ('hook', 0, 0)") }}
select
    usage.project_name,
    sum(usage.credits_charged) as credits,
    {{ ratio('sum(usage.credits_charged)', 2) }} as half
from {{ ref('zenhire', 'credit_usage_daily') }} as usage
group by usage.project_name
