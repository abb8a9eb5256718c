select
    {{ utc_timestamp(instant(as_of())) }} as as_of,
    {{ reporting_date(instant(as_of())) }} as as_of_date,
    cast('{{ reporting_time_zone() }}' as {{ dbt.type_string() }}) as reporting_time_zone,
    {{ utc_timestamp(instant(run_started_at.isoformat())) }} as built_at,
    cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as build_id
