with charges as (

    select * from {{ ref('int_focus_charges') }}

)

select
    cast(0 as numeric(38, 6)) as BilledCost,
    client_id as BillingAccountId,
    {{ credit_currency() }} as BillingCurrency,
    period_ends_at as BillingPeriodEnd,
    period_starts_at as BillingPeriodStart,
    'Usage' as ChargeCategory,
    'AI interviews of ' || coalesce(role_name, 'an unnamed persona') || ', credits drawn from the balance'
        as ChargeDescription,
    'Usage-Based' as ChargeFrequency,
    charge_ends_at as ChargePeriodEnd,
    charge_starts_at as ChargePeriodStart,
    cast(billed_minutes as numeric(38, 6)) as ConsumedQuantity,
    'Minutes' as ConsumedUnit,
    {%- for cost in ['ContractedCost', 'EffectiveCost', 'ListCost'] %}
    cast(credits * {{ credit_price() }} as numeric(38, 6)) as {{ cost }},
    {%- endfor %}
    {%- for unit_price in ['ContractedUnitPrice', 'ListUnitPrice'] %}
    {{ credit_price() }} as {{ unit_price }},
    {%- endfor %}
    {%- for provider in ['InvoiceIssuerName', 'ProviderName', 'PublisherName'] %}
    'ZenHire' as {{ provider }},
    {%- endfor %}
    'Standard' as PricingCategory,
    'Credits' as PricingCurrency,
    cast(1 as numeric(38, 6)) as PricingCurrencyContractedUnitPrice,
    cast(credits as numeric(38, 6)) as PricingCurrencyEffectiveCost,
    cast(1 as numeric(38, 6)) as PricingCurrencyListUnitPrice,
    cast(credits as numeric(38, 6)) as PricingQuantity,
    'Credits' as PricingUnit,
    persona_id as ResourceId,
    role_name as ResourceName,
    'Interview persona' as ResourceType,
    'AI and Machine Learning' as ServiceCategory,
    'AI Interviews' as ServiceName,
    'Generative AI' as ServiceSubcategory,
    'ai-interview' as SkuId,
    'Credits of AI interviews' as SkuMeter,
    'ai-interview-credit' as SkuPriceId,
    project_id as SubAccountId,
    project_id as SubAccountName,
    case when project_id is not null then 'Project' end as SubAccountType,
    tags_object as Tags,
    {%- for unused in ['AvailabilityZone', 'BillingAccountName', 'ChargeClass', 'CommitmentDiscountCategory',
        'CommitmentDiscountId', 'CommitmentDiscountName', 'CommitmentDiscountStatus', 'CommitmentDiscountType',
        'InvoiceId', 'RegionId', 'RegionName', 'SkuPriceDetails'] %}
    cast(null as {{ dbt.type_string() }}) as {{ unused }},
    {%- endfor %}
    source as x_Source,
    sessions_completed as x_SessionsCompleted,
    usage_date as x_UsageDate,
    charge_key as x_ChargeKey
from charges
