{{ rows_of(['dim_date', 'dim_persona', 'dim_persona_version', 'dim_project'], 'false') }}
union all
{{ rows_of(['fct_sessions', 'fct_feedback'], 'true') }}
