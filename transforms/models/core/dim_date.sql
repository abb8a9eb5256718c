with days as (select * from {{ ref('int_days') }}),

clock as (select * from {{ ref('int_clock') }}),

-- 1970-01-05 was a Monday
parts as (

    select
        date_day,
        cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start_date,
        cast(extract(year from date_day) as bigint) as year_number,
        cast(extract(quarter from date_day) as bigint) as quarter_number,
        cast(extract(month from date_day) as bigint) as month_number,
        cast(extract(day from date_day) as bigint) as day_of_month,
        mod({{ days_between("cast('1970-01-05' as date)", 'date_day') }}, 7) + 1 as day_of_week
    from days

),

weeks as (

    select
        parts.*,
        {{ add_days('date_day', '4 - day_of_week') }} as thursday,
        cast(year_number as {{ dbt.type_string() }}) as year_text,
        cast(quarter_number as {{ dbt.type_string() }}) as quarter_text
    from parts

)

-- a week belongs to the ISO year that its Thursday is in
select
    parts.date_day,
    {{ add_days('parts.date_day', '1 - parts.day_of_week') }} as week_start_date,
    parts.month_start_date,
    parts.year_number,
    parts.quarter_number,
    'Q' || parts.quarter_text as quarter,
    parts.year_text || '-Q' || parts.quarter_text as year_quarter,
    parts.month_number,
    case parts.month_number
        {% for month in ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August',
            'September', 'October', 'November', 'December'] %}when {{ loop.index }} then '{{ month }}' {% endfor %}
    end as month_name,
    cast(extract(year from parts.thursday) as bigint) as iso_year,
    cast(floor((extract(doy from parts.thursday) - 1) / 7.0) as bigint) + 1 as iso_week,
    parts.day_of_month,
    parts.day_of_week,
    case parts.day_of_week
        when 1 then 'Monday' when 2 then 'Tuesday' when 3 then 'Wednesday' when 4 then 'Thursday'
        when 5 then 'Friday' when 6 then 'Saturday' else 'Sunday'
    end as day_name,
    parts.day_of_week >= 6 as is_weekend,
    parts.date_day > clock.known_until_date as is_future
from weeks as parts
cross join clock
