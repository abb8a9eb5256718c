-- Rules of FOCUS 1.4 between columns, rows and its two datasets: a row for each that does not hold, and how often.
{% set charge = "charges." ~ as_written("ChargeClass") %}
with charges as (select * from {{ ref('focus_1_4_cost_and_usage') }}),

periods as (select * from {{ ref('focus_1_4_billing_period') }}),

broken as (

    select
        case
            when ({{ charge }} is null) <> (charges.{{ as_written("x_CorrectedChargeId") }} is null)
                then 'ChargeClass is Correction where a charge is corrected, and null elsewhere'
            when {{ charge }} is not null and charges.{{ as_written("x_UsageDate") }} >= charges.{{ as_written("x_BillingMonthStartDate") }}
                then 'a correction stands in a later billing period than its charge'
            when charges.{{ as_written("ChargePeriodStart") }} >= charges.{{ as_written("ChargePeriodEnd") }}
                then 'the end of a charge period is exclusive'
            when charges.{{ as_written("BillingPeriodStart") }} <> periods.{{ as_written("BillingPeriodStart") }}
                or charges.{{ as_written("BillingPeriodEnd") }} <> periods.{{ as_written("BillingPeriodEnd") }}
                then 'a charge has the bounds of its billing period'
            {%- for cost, price in [('ContractedCost', 'ContractedUnitPrice'), ('ListCost', 'ListUnitPrice')] %}
            when charges.{{ as_written(cost) }} <> charges.{{ as_written(price) }} * charges.{{ as_written("PricingQuantity") }}
                then '{{ cost }} is {{ price }} times PricingQuantity'
            {%- endfor %}
        end as rule
    from charges
    inner join periods
        on charges.{{ as_written("x_BillingMonthStartDate") }} = periods.{{ as_written("x_BillingMonthStartDate") }}
    union all
    select
        case
            when periods.{{ as_written("BillingPeriodStart") }} >= periods.{{ as_written("BillingPeriodEnd") }}
                then 'the end of a billing period is exclusive'
            when periods.{{ as_written("BillingPeriodLastUpdated") }} < periods.{{ as_written("BillingPeriodCreated") }}
                then 'a billing period is updated no earlier than it is created'
            when next_periods.{{ as_written("x_BillingMonthStartDate") }} is not null
                then 'no two billing periods of an issuer overlap'
        end as rule
    from periods
    left join periods as next_periods
        on
            periods.{{ as_written("x_BillingMonthStartDate") }} < next_periods.{{ as_written("x_BillingMonthStartDate") }}
            and periods.{{ as_written("BillingPeriodEnd") }} > next_periods.{{ as_written("BillingPeriodStart") }}

)

select rule, count(*) as row_count from broken
where rule is not null
group by rule
