{{ rows_of(['dim_account', 'credit_balance', 'credit_budgets', 'credit_statement'], 'false') }}
