with purchases as (select * from {{ ref('int_account_purchases') }} where expires_date is not null),

usage as (

    select account, usage_date, sum(credits_charged) as credits from {{ ref('credit_usage_daily') }}
    group by account, usage_date

),

clock as (select * from {{ ref('int_clock') }}),

preceded as (

    select
        purchases.*,
        max(expires_date) over (
            partition by account order by purchase_date, purchase_line
            rows between unbounded preceding and 1 preceding
        ) as good_until_before
    from purchases

),

-- a purchase that comes when all before it have expired begins anew
grouped as (

    select
        preceded.*,
        sum(case when good_until_before >= purchase_date then 0 else 1 end) over (
            partition by account order by purchase_date, purchase_line
            rows between unbounded preceding and current row
        ) as lot_group
    from preceded

),

lots as (

    select
        account, purchase_line, lot_group, expires_date, purchased_credits,
        min(purchase_date) over (partition by account, lot_group) as group_start_date,
        sum(purchased_credits) over (
            partition by account, lot_group order by expires_date, purchase_line
            rows between unbounded preceding and current row
        ) as credits_until
    from grouped

),

used as (

    select lots.purchase_line, coalesce(sum(usage.credits), 0) as credits from lots
    left join usage
        on
            lots.account = usage.account
            and lots.group_start_date <= usage.usage_date
            and lots.expires_date >= usage.usage_date
    group by lots.purchase_line

),

-- what expires first is used first: once it has gone, so has all that was bought before it and not used
unused as (

    select
        lots.*,
        max(greatest(lots.credits_until - used.credits, 0)) over (
            partition by lots.account, lots.lot_group order by lots.expires_date, lots.purchase_line
            rows between unbounded preceding and current row
        ) as expired_until
    from lots
    inner join used on lots.purchase_line = used.purchase_line

),

parts as (

    select
        unused.*,
        expired_until
        - lag(expired_until, 1, 0) over (partition by account, lot_group order by expires_date, purchase_line)
            as expired_credits
    from unused

)

select parts.account, parts.purchase_line, parts.expires_date, {{ exact('parts.expired_credits') }} as expired_credits
from parts
cross join clock
where parts.expires_date < clock.known_until_date
