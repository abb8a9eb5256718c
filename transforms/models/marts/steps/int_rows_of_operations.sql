{{ rows_of(['session_funnel', 'metrics'], 'false') }}
union all
{{ rows_of(['data_quality', 'data_quality_findings', 'session_history'], 'true') }}
