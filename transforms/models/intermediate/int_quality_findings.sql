with clock as (select * from {{ ref('int_clock') }}),

sessions as (

    select
        sessions.*,
        synced.run_id,
        synced.has_unknown_fields,
        {{ days_later('greatest(clock.last_run_as_of, sessions.synced_at, sessions.detail_checked_at)', 1) }} as future_after
    from {{ ref('fct_sessions') }} as sessions
    inner join {{ ref('stg_sessions') }} as synced on sessions.session_id = synced.session_id
    cross join clock

),

surveys as (

    select feedback.*, sessions.outcome, sessions.run_id, sessions.future_after
    from {{ ref('fct_feedback') }} as feedback
    inner join sessions on feedback.session_id = sessions.session_id

),

charges as (

    select reconciliation.session_id, sessions.run_id
    from {{ ref('credit_reconciliation') }} as reconciliation
    inner join sessions on reconciliation.session_id = sessions.session_id

),

rejected as (select * from {{ ref('stg_rejected_rows') }} where healed_at is null)

{% set no_row = 'cast(null as ' ~ dbt.type_string() ~ ') as rejected_id' -%}
{% for name, condition, meaning in session_checks() -%}
select '{{ name }}' as check_name, run_id, session_id, {{ no_row }} from sessions where {{ condition }}
union all
{% endfor -%}
{% for name, condition, meaning in survey_checks() -%}
select '{{ name }}' as check_name, run_id, session_id, {{ no_row }} from surveys where {{ condition }}
union all
{% endfor -%}
select 'charge_against_the_rules' as check_name, run_id, session_id, {{ no_row }} from charges
union all
select 'set_aside' as check_name, run_id, session_id, rejected_id from rejected
