with accounts as (

    select * from {{ ref('dim_account') }}

)

select client_id, account from accounts
union all
-- what does not say whose it is belongs to the only account that there is
select
    '' as client_id,
    case when count(*) = 1 then max(account) else {{ unknown_account() }} end as account
from accounts
