-- Split over tags, every credit is still there exactly once.
{{ credits_equal_raw(ref('credit_usage_by_tag'), 'credits_split') }}
