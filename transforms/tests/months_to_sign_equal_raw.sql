-- What closed and open months hold adds up to what all sessions were charged.
{{ credits_equal_raw(ref('credit_close'), 'credits_to_sign') }}
