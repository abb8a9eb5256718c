{{ rows_of(['negative_feedback', 'feedback_daily', 'feedback_by_persona', 'prompt_impact', 'session_history'], 'true') }}
union all
{{ rows_of(['session_funnel'], 'false') }}
