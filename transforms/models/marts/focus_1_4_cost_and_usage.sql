with charges as (select * from {{ ref('int_focus_lines') }}),

periods as (select * from {{ ref('int_focus_periods') }})

select
    cast(0 as numeric(38, 6)) as {{ as_written("BilledCost") }},
    charges.client_id as {{ as_written("BillingAccountId") }},
    charges.account_name as {{ as_written("BillingAccountName") }},
    charges.currency as {{ as_written("BillingCurrency") }},
    periods.period_ends_at as {{ as_written("BillingPeriodEnd") }},
    periods.period_starts_at as {{ as_written("BillingPeriodStart") }},
    'Usage' as {{ as_written("ChargeCategory") }},
    case when charges.corrected_charge_id is not null then 'Correction' end as {{ as_written("ChargeClass") }},
    charges.description as {{ as_written("ChargeDescription") }},
    'Usage-Based' as {{ as_written("ChargeFrequency") }},
    charges.charge_ends_at as {{ as_written("ChargePeriodEnd") }},
    charges.charge_starts_at as {{ as_written("ChargePeriodStart") }},
    cast(charges.billed_minutes as numeric(38, 6)) as {{ as_written("ConsumedQuantity") }},
    'Minutes' as {{ as_written("ConsumedUnit") }},
    {%- for cost in ['ContractedCost', 'EffectiveCost', 'ListCost'] %}
    cast(charges.credits * charges.unit_price as numeric(38, 6)) as {{ as_written(cost) }},
    {%- endfor %}
    {%- for unit_price in ['ContractedUnitPrice', 'ListUnitPrice'] %}
    charges.unit_price as {{ as_written(unit_price) }},
    {%- endfor %}
    {%- for name in ['HostProviderName', 'InvoiceIssuerName', 'ServiceProviderName'] %}
    'ZenHire' as {{ as_written(name) }},
    {%- endfor %}
    {%- for invoice in ['InvoiceDetailId', 'InvoiceId', 'SkuPriceDetails'] %}
    cast(null as {{ dbt.type_string() }}) as {{ as_written(invoice) }},
    {%- endfor %}
    'Standard' as {{ as_written("PricingCategory") }},
    'Credits' as {{ as_written("PricingCurrency") }},
    cast(1 as numeric(38, 6)) as {{ as_written("PricingCurrencyContractedUnitPrice") }},
    cast(charges.credits as numeric(38, 6)) as {{ as_written("PricingCurrencyEffectiveCost") }},
    cast(1 as numeric(38, 6)) as {{ as_written("PricingCurrencyListUnitPrice") }},
    cast(charges.credits as numeric(38, 6)) as {{ as_written("PricingQuantity") }},
    'Credits' as {{ as_written("PricingUnit") }},
    charges.persona_id as {{ as_written("ResourceId") }},
    charges.persona_name as {{ as_written("ResourceName") }},
    'Interview persona' as {{ as_written("ResourceType") }},
    'AI and Machine Learning' as {{ as_written("ServiceCategory") }},
    'AI Interviews' as {{ as_written("ServiceName") }},
    'Generative AI' as {{ as_written("ServiceSubcategory") }},
    'ai-interview' as {{ as_written("SkuId") }},
    'Credits of AI interviews' as {{ as_written("SkuMeter") }},
    'ai-interview-credit' as {{ as_written("SkuPriceId") }},
    charges.project_id as {{ as_written("SubAccountId") }},
    charges.project_name as {{ as_written("SubAccountName") }},
    case when charges.project_id is not null then 'Project' end as {{ as_written("SubAccountType") }},
    charges.month_start_date as {{ as_written("x_BillingMonthStartDate") }},
    charges.charge_id as {{ as_written("x_ChargeId") }},
    charges.corrected_charge_id as {{ as_written("x_CorrectedChargeId") }},
    charges.sessions_completed as {{ as_written("x_SessionsCompleted") }},
    charges.source as {{ as_written("x_Source") }},
    charges.usage_date as {{ as_written("x_UsageDate") }}
from charges
inner join periods on charges.month_start_date = periods.month_start_date
