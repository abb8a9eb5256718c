{#
  What is looked at in data_quality: name, the table a failing row is a row of, when a row fails, what it means.
  Sessions are columns of fct_sessions, surveys of fct_feedback joined with its session; future_after is a day after
  the time at which the row was known last: a long sync, or an orchestrator's date a day behind, is no fault.
#}
{% macro session_checks() %}
{{ return([
    ('completed_without_end', "status = 'completed' and completed_at is null",
     'A completed session has no time of completion.'),
    ('completed_without_duration', "status = 'completed' and duration_sec is null",
     'A completed session has no length, so its charge cannot be checked.'),
    ('completed_before_started', 'completed_at < started_at',
     'A session ended before it started.'),
    ('started_before_created', 'started_at < created_at',
     'A session started before it was created.'),
    ('completed_before_created', 'completed_at < created_at',
     'A session ended before it was created.'),
    ('time_in_the_future',
     'created_at > future_after or started_at > future_after or completed_at > future_after',
     'A session is dated over a day after the sync that brought it; months to come and totals hold it.'),
    ('longer_than_between_start_and_end',
     "duration_sec > 60 + 3600 * " ~ hours_between('started_at', 'completed_at'),
     'A session is over a minute longer than the time between its start and its end.'),
    ('role_unknown', 'role_name is null',
     'The persona has no name: it was deleted before it was ever seen.'),
    ('persona_never_fetched', "status = 'completed' and persona_version_key is null",
     'A completed session has a persona whose prompt was never fetched.'),
    ('detail_never_fetched', "status = 'completed' and detail_checked_at is null",
     'A completed session was never asked for its survey.'),
    ('unknown_fields', 'has_unknown_fields',
     'ZenHire sent fields that the contract does not know.'),
]) }}
{% endmacro %}

{% macro survey_checks() %}
{{ return([
    ('flag_contradicts_rating', 'not is_flag_consistent',
     'A survey is flagged though its rating is above 2, or not flagged though it is not.'),
    ('survey_before_end', 'hours_to_submit < 0',
     'A survey was submitted before its interview ended.'),
    ('survey_in_the_future', 'submitted_at > future_after',
     'A survey is dated over a day after the sync that brought it.'),
    ('survey_without_time', 'submitted_at is null',
     'A survey has no time of submission.'),
    ('survey_of_unfinished_session', "outcome <> 'completed'",
     'A survey belongs to a session that is not completed.'),
]) }}
{% endmacro %}

{# Checks that are models of their own: charges against the rules, and rows set aside. #}
{% macro other_checks() %}
{{ return([
    ('charge_against_the_rules', '', 'A charge is not what the rules say; see credit_reconciliation.'),
    ('set_aside', '', 'A row or answer broke the contract and is still set aside.'),
]) }}
{% endmacro %}
