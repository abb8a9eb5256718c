with findings as (select * from {{ ref('int_quality_findings') }}),

checks as (select * from {{ ref('int_quality_checks') }}),

runs as (

    select run_id from {{ ref('stg_sync_runs') }}
    union
    select run_id from findings

),

run_times as (select * from {{ ref('stg_sync_runs') }}),

named as (select findings.*, coalesce(session_id, rejected_id) as example_id from findings),

ranked as (

    select
        named.*,
        row_number() over (partition by check_name, run_id order by example_id) as example_rank
    from named

),

counted as (

    select check_name, run_id, count(*) as rows_failing
    from ranked
    group by check_name, run_id

),

examples as (

    select
        check_name,
        run_id,
        {{ joined_text('example_id', 'example_rank') }} as examples
    from ranked
    where example_rank <= 5
    group by check_name, run_id

)

select
    checks.check_name,
    checks.meaning,
    runs.run_id,
    run_times.as_of as run_as_of,
    coalesce(counted.rows_failing, 0) as rows_failing,
    examples.examples,
    'select * from zenhire_marts.data_quality_findings left join zenhire_marts.fct_sessions using (session_id)'
    || ' where check_name = ''' || checks.check_name || '''' as example_query,
    {{ surrogate_key(['checks.check_name', 'runs.run_id']) }} as data_quality_key
from checks
cross join runs
left join run_times on runs.run_id = run_times.run_id
left join counted on checks.check_name = counted.check_name and runs.run_id = counted.run_id
left join examples on checks.check_name = examples.check_name and runs.run_id = examples.run_id
