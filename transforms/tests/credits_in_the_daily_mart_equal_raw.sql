-- Every credit that ZenHire charged is in the mart exactly once.
{{ credits_equal_raw(ref('credit_usage_daily'), 'credits_charged') }}
