{{ rows_of(['negative_feedback', 'feedback_daily', 'feedback_by_persona', 'prompt_impact'], 'true') }}
