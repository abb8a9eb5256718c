{{ rows_of(['session_changes', 'restatements', 'credit_close'], 'false') }}
