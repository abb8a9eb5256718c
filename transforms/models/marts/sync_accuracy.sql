with windows as (select * from {{ ref('int_sample_windows') }}),

wholes as (

    select
        window_end_date,
        sum(sampled) as sampled,
        sum(compared) as compared,
        max(weight) as largest_weight,
        sum(case when compared > 0 then share else 0 end) as share_compared
    from windows
    where field = 'any'
    group by window_end_date

),

fields as (

    select
        window_end_date,
        field,
        sum(differing) as differing,
        sum(coalesce(differing * weight, 0)) as weighted_sum,
        sum(coalesce(differing * weight * weight, 0)) as variance
    from windows
    group by window_end_date, field

),

measured as (

    select
        window_end_date,
        stratum,
        field,
        share,
        sampled,
        compared,
        differing,
        {{ double_ratio('differing', 'compared') }} as weighted_sum,
        {{ double_ratio('differing', 'compared * compared') }} as variance,
        {{ double_ratio(1, 'compared') }} as largest_weight,
        case when compared > 0 then 1 else 0 end as share_compared
    from windows
    union all
    select
        wholes.window_end_date,
        'all' as stratum,
        fields.field,
        1 as share,
        wholes.sampled,
        wholes.compared,
        fields.differing,
        fields.weighted_sum,
        fields.variance,
        wholes.largest_weight,
        wholes.share_compared
    from wholes
    inner join fields on wholes.window_end_date = fields.window_end_date

)

-- of what was not compared, all may differ
select
    {{ surrogate_key(['window_end_date', 'stratum', 'field']) }} as sync_accuracy_key,
    {{ add_days('window_end_date', -27) }} as window_start_date,
    window_end_date,
    stratum,
    field,
    cast(share as numeric(18, 6)) as share_of_sessions,
    cast(sampled as bigint) as sampled_sessions,
    cast(compared as bigint) as compared_sessions,
    cast(differing as bigint) as differing_sessions,
    cast({{ double_ratio('weighted_sum', 'share_compared') }} as numeric(18, 6)) as differing_rate,
    cast(
        coalesce(
            least(1, {{ weighted_sum_bound('weighted_sum', 'variance', 'largest_weight') }} + 1 - share_compared), 1
        ) as numeric(18, 6)
    ) as differing_rate_high
from measured
