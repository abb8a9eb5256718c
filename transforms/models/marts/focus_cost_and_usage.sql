with charges as (

    select * from {{ ref('int_focus_charges') }}

)

select
    cast(0 as numeric(38, 6)) as {{ as_written("BilledCost") }},
    client_id as {{ as_written("BillingAccountId") }},
    nullif(account, client_id) as {{ as_written("BillingAccountName") }},
    {{ credit_currency() }} as {{ as_written("BillingCurrency") }},
    period_ends_at as {{ as_written("BillingPeriodEnd") }},
    period_starts_at as {{ as_written("BillingPeriodStart") }},
    'Usage' as {{ as_written("ChargeCategory") }},
    'AI interviews of ' || coalesce(role_name, 'an unnamed persona') || ', credits drawn from the balance'
        as {{ as_written("ChargeDescription") }},
    'Usage-Based' as {{ as_written("ChargeFrequency") }},
    charge_ends_at as {{ as_written("ChargePeriodEnd") }},
    charge_starts_at as {{ as_written("ChargePeriodStart") }},
    cast(billed_minutes as numeric(38, 6)) as {{ as_written("ConsumedQuantity") }},
    'Minutes' as {{ as_written("ConsumedUnit") }},
    {%- for cost in ['ContractedCost', 'EffectiveCost', 'ListCost'] %}
    cast(credits * {{ credit_price() }} as numeric(38, 6)) as {{ as_written(cost) }},
    {%- endfor %}
    {%- for unit_price in ['ContractedUnitPrice', 'ListUnitPrice'] %}
    {{ credit_price() }} as {{ as_written(unit_price) }},
    {%- endfor %}
    {%- for provider in ['InvoiceIssuerName', 'ProviderName', 'PublisherName'] %}
    'ZenHire' as {{ as_written(provider) }},
    {%- endfor %}
    'Standard' as {{ as_written("PricingCategory") }},
    'Credits' as {{ as_written("PricingCurrency") }},
    cast(1 as numeric(38, 6)) as {{ as_written("PricingCurrencyContractedUnitPrice") }},
    cast(credits as numeric(38, 6)) as {{ as_written("PricingCurrencyEffectiveCost") }},
    cast(1 as numeric(38, 6)) as {{ as_written("PricingCurrencyListUnitPrice") }},
    cast(credits as numeric(38, 6)) as {{ as_written("PricingQuantity") }},
    'Credits' as {{ as_written("PricingUnit") }},
    persona_id as {{ as_written("ResourceId") }},
    nullif(persona_name, persona_id) as {{ as_written("ResourceName") }},
    'Interview persona' as {{ as_written("ResourceType") }},
    'AI and Machine Learning' as {{ as_written("ServiceCategory") }},
    'AI Interviews' as {{ as_written("ServiceName") }},
    'Generative AI' as {{ as_written("ServiceSubcategory") }},
    'ai-interview' as {{ as_written("SkuId") }},
    'Credits of AI interviews' as {{ as_written("SkuMeter") }},
    'ai-interview-credit' as {{ as_written("SkuPriceId") }},
    project_id as {{ as_written("SubAccountId") }},
    case when project_id is not null then project_name end as {{ as_written("SubAccountName") }},
    case when project_id is not null then 'Project' end as {{ as_written("SubAccountType") }},
    tags_object as {{ as_written("Tags") }},
    {%- for unused in ['AvailabilityZone', 'ChargeClass', 'CommitmentDiscountCategory',
        'CommitmentDiscountId', 'CommitmentDiscountName', 'CommitmentDiscountStatus', 'CommitmentDiscountType',
        'InvoiceId', 'RegionId', 'RegionName', 'SkuPriceDetails'] %}
    cast(null as {{ dbt.type_string() }}) as {{ as_written(unused) }},
    {%- endfor %}
    source as {{ as_written("x_Source") }},
    sessions_completed as {{ as_written("x_SessionsCompleted") }},
    usage_date as {{ as_written("x_UsageDate") }},
    charge_key as {{ as_written("x_ChargeKey") }}
from charges
