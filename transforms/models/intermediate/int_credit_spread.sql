with weekdays as (select * from {{ ref('int_credit_pace') }}),

-- 1970-01-05 was a Monday
forecasts as (

    select
        forecast_date,
        {{ days_between("cast('1970-01-05' as date)", 'forecast_date') }} as first_day_number,
        {{ days_between("cast('1970-01-05' as date)", 'month_end_date') }} as end_day_number
    from {{ ref('int_forecast_days') }}

),

-- the day of the forecast counts as a day to come
to_come as (

    select
        weekdays.*,
        floor((forecasts.end_day_number - weekdays.day_of_week + 7) / 7.0)
        - floor((forecasts.first_day_number - weekdays.day_of_week + 7) / 7.0) as days_to_come,
        floor((forecasts.first_day_number - weekdays.day_of_week + 8) / 7.0)
        - floor((forecasts.first_day_number - weekdays.day_of_week + 7) / 7.0) as first_days
    from weekdays
    inner join forecasts on weekdays.forecast_date = forecasts.forecast_date

),

-- how far a sum of days to come strays: those days themselves, and the mean that they are expected by, which is a
-- guess as well
weighted as (

    select to_come.*, days_to_come + days_to_come * days_to_come / days_observed as weight
    from to_come

),

pace as (

    select
        scope_key,
        forecast_date,
        sum(days_observed) as days_observed,
        min(days_observed) as fewest_of_a_weekday,
        sum(days_observed * mean_credits) / sum(days_observed) as mean_credits,
        sum(days_to_come * mean_credits) as credits_to_come,
        sum(first_days * mean_credits) as credits_of_first_day,
        sum(credits_variance * weight) as own_variance,
        sum(credits_variance * weight * credits_variance * weight / nullif(days_observed - 1, 0)) as own_variance_of_it,
        sum(credits_variance * (days_observed - 1)) / nullif(sum(days_observed - 1), 0) as common_variance,
        sum(weight) as common_weight,
        sum(days_observed - 1) as common_freedom
    from weighted
    group by scope_key, forecast_date

),

-- each weekday has a spread of its own (Welch and Satterthwaite) once it was seen three times, until then all have one
spread as (

    select
        pace.*,
        case when fewest_of_a_weekday >= 3 then own_variance else common_variance * common_weight end as variance,
        case when fewest_of_a_weekday < 3 then common_freedom
            else own_variance * own_variance / nullif(own_variance_of_it, 0) end as freedom
    from pace
    where days_observed >= 14

)

select * from spread
