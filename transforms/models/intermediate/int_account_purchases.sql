with purchases as (

    select * from {{ ref('stg_company_purchases') }}

),

accounts as (

    select * from {{ ref('int_accounts_by_client') }}

)

select
    coalesce(accounts.account, purchases.client_id) as account,
    purchases.purchase_line,
    purchases.purchase_date,
    purchases.purchased_credits,
    purchases.expires_date
from purchases
left join accounts on purchases.client_id = accounts.client_id
