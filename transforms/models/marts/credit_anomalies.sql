with outliers as (

    select
        outliers.*,
        case when credits > expected_credits then 1 else -1 end as direction
    from {{ ref('int_credit_outliers') }} as outliers

),

usage as (select * from {{ ref('credit_usage_daily') }}),

-- credits are interviews times minutes times credits a minute: of how many times each is the usual one, the logarithm
moves as (

    select
        outliers.*,
        direction * ln(nullif(sessions, 0) / nullif(usual_sessions * level, 0)) as volume_move,
        direction * ln(nullif(minutes, 0) / nullif(sessions, 0) * usual_sessions / nullif(usual_minutes, 0)) as length_move,
        direction * ln(nullif(credits, 0) / nullif(minutes, 0) * usual_minutes / nullif(usual_credits, 0)) as rate_move
    from outliers

),

personas as (

    select
        outliers.project_key,
        outliers.date_day,
        usage.persona_id,
        max(usage.persona_name) as persona_name,
        outliers.direction * sum(
            case when usage.usage_date = outliers.date_day then 1 else -0.125 * outliers.level end * usage.credits_charged
        ) as persona_move
    from outliers
    inner join usage
        on
            outliers.project_key = usage.project_key
            and usage.usage_date >= {{ add_days('outliers.date_day', -56) }} and usage.usage_date <= outliers.date_day
            and mod({{ days_between('usage.usage_date', 'outliers.date_day') }}, 7) = 0
    group by outliers.project_key, outliers.date_day, usage.persona_id, outliers.direction

),

ranked as (

    select
        personas.*,
        row_number() over (partition by project_key, date_day order by persona_move desc nulls last, persona_id) as place
    from personas

)

select
    {{ surrogate_key(['moves.date_day', 'moves.project_key']) }} as credit_anomaly_key,
    moves.date_day as usage_date,
    moves.account,
    moves.project_key,
    moves.project_id,
    moves.project_name,
    cast(moves.credits as bigint) as credits_charged,
    cast(moves.expected_credits as numeric(18, 2)) as expected_credits,
    cast(moves.usual_low_credits as numeric(18, 2)) as usual_low_credits,
    cast(moves.usual_high_credits as numeric(18, 2)) as usual_high_credits,
    cast(moves.sessions as bigint) as sessions_completed,
    cast(moves.usual_sessions as numeric(18, 4)) as usual_sessions_completed,
    cast(moves.minutes as bigint) as billed_minutes,
    cast(moves.usual_minutes as numeric(18, 4)) as usual_billed_minutes,
    cast(moves.usual_credits as numeric(18, 4)) as usual_credits_charged,
    case
        when moves.sessions = 0 and moves.direction = 1 then 'rate'
        when moves.sessions > 0 and (moves.credits = 0 or moves.minutes = 0) then 'rate'
        when moves.rate_move > moves.volume_move and moves.rate_move > moves.length_move then 'rate'
        when moves.length_move > moves.volume_move then 'length'
        else 'volume'
    end as moved,
    ranked.persona_id,
    ranked.persona_name
from moves
left join ranked
    on
        moves.project_key = ranked.project_key
        and moves.date_day = ranked.date_day
        and ranked.place = 1
        and ranked.persona_move >= 0.75 * abs(moves.credits - moves.expected_credits)
