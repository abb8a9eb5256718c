-- Over all runs, rows_failing of a check is the number of its rows in data_quality_findings.
with counts as (

    select check_name, sum(rows_failing) as rows_failing
    from {{ ref('data_quality') }}
    group by check_name

),

findings as (

    select check_name, count(*) as rows_found
    from {{ ref('data_quality_findings') }}
    group by check_name

)

select counts.check_name, counts.rows_failing, findings.rows_found
from counts
full outer join findings on counts.check_name = findings.check_name
where coalesce(counts.rows_failing, -1) <> coalesce(findings.rows_found, 0)
