with days as (select * from {{ ref('int_credit_days') }}),

{% set project = 'partition by project_key order by date_day' -%}
{% set weekday = 'partition by project_key, day_of_week order by date_day' -%}
-- each day beside the same weekday of the eight weeks before
weekdays as (

    select
        days.*,
        sum(credits) over ({{ weekday }} rows between 7 preceding and current row) as credits_with_own,
        count(*) over ({{ weekday }} rows between 8 preceding and 1 preceding) as weeks_known,
        {%- for measure in ['sessions', 'minutes', 'credits'] %}
        sum({{ measure }}) over ({{ weekday }} rows between 8 preceding and 1 preceding) * 0.125 as usual_{{ measure }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from days

),

-- the 56 days before, and the last 14 of them; what is left of their squares is how far days are from their weekday
spans as (

    select
        weekdays.*,
        sum(credits) over ({{ project }} rows between 56 preceding and 1 preceding) as credits_before,
        sum(sessions) over ({{ project }} rows between 56 preceding and 1 preceding) as sessions_before,
        sum(credits) over ({{ project }} rows between 14 preceding and 1 preceding) as credits_lately,
        sum(credits * credits) over ({{ project }} rows between 56 preceding and 1 preceding)
        - sum(credits_with_own * credits_with_own) over ({{ project }} rows between 7 preceding and 1 preceding) * 0.125
        as squares_left
    from weekdays

),

-- variance per credit: of 56 days seven means were taken; never less than that of interviews that come by chance
measured as (

    select
        spans.*,
        4 * credits_lately / credits_before as level,
        greatest(
            squares_left / credits_before * 56 / 49, credits_before / nullif(sessions_before, 0)
        ) as dispersion
    from spans
    where weeks_known = 8 and credits_before > 0

),

expected as (select measured.*, usual_credits * level as expected_credits from measured),

-- the day itself, the eight of which its mean was taken, a few interviews more, and the level, which is a guess too
strayed as (

    select
        expected.*,
        sqrt(
            dispersion * expected_credits * 1.125 + dispersion * dispersion
            + coalesce(expected_credits * expected_credits * dispersion / nullif(credits_lately, 0), 0)
        ) as deviation
    from expected

)

select
    strayed.*,
    greatest(expected_credits - 3 * deviation, 0) as usual_low_credits,
    expected_credits + 3.5 * deviation as usual_high_credits
from strayed
where credits > expected_credits + 3.5 * deviation or credits < expected_credits - 3 * deviation
