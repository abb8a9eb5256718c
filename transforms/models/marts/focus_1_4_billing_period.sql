with periods as (select * from {{ ref('int_focus_periods') }})

select
    created_at as {{ as_written("BillingPeriodCreated") }},
    period_ends_at as {{ as_written("BillingPeriodEnd") }},
    updated_at as {{ as_written("BillingPeriodLastUpdated") }},
    period_starts_at as {{ as_written("BillingPeriodStart") }},
    case when is_closed then 'Closed' else 'Open' end as {{ as_written("BillingPeriodStatus") }},
    'ZenHire' as {{ as_written("InvoiceIssuerName") }},
    month_start_date as {{ as_written("x_BillingMonthStartDate") }}
from periods
