-- Every credit that ZenHire charged is in the mart exactly once.
{{ credits_equal_raw('credit_usage_daily', 'credits_charged') }}
