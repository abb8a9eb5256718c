with usage as (

    select account, usage_date, sum(credits_charged) as credits from {{ ref('credit_usage_daily') }}
    group by account, usage_date

),

purchases as (select * from {{ ref('int_account_purchases') }}),

expired as (select * from {{ ref('int_expired_credits') }}),

clock as (select * from {{ ref('int_clock') }})

select
    account,
    usage_date as moved_date,
    {{ exact('credits') }} as interview_credits,
    {{ exact('0') }} as purchased_credits,
    {{ exact('0') }} as expired_credits
from usage
union all
select
    purchases.account,
    purchases.purchase_date as moved_date,
    {{ exact('0') }} as interview_credits,
    {{ exact('purchases.purchased_credits') }} as purchased_credits,
    {{ exact('0') }} as expired_credits
from purchases
cross join clock
where purchases.purchase_date <= clock.known_until_date
union all
select
    account,
    expires_date as moved_date,
    {{ exact('0') }} as interview_credits,
    {{ exact('0') }} as purchased_credits,
    expired_credits
from expired
