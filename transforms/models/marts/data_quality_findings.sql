with findings as (

    select * from {{ ref('int_quality_findings') }}

)

select
    check_name,
    run_id,
    session_id,
    rejected_id,
    {{ surrogate_key(['check_name', 'session_id', 'rejected_id']) }} as finding_key
from findings
