{# 1.96: two-sided 95% of the normal distribution #}
{% macro z95() -%}1.959963985{%- endmacro %}

{#
  Two-sided 95% of Student's t with that many degrees of freedom, two or more; to 1% from there, to 0.1% from four on.
  Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5. Null for null.
#}
{% macro t95(freedom) -%}
{%- set n = as_double("greatest(" ~ freedom ~ ", 2)") -%}
case when {{ freedom }} is null then null else
    {{ z95() }} + 2.372271 / {{ n }} + 2.822499 / ({{ n }} * {{ n }}) + 2.555853 / ({{ n }} * {{ n }} * {{ n }})
    + 1.589536 / ({{ n }} * {{ n }} * {{ n }} * {{ n }})
end
{%- endmacro %}

{#
  Share of the standard normal distribution above z, to 7.5e-8: Abramowitz and Stegun, Handbook of Mathematical
  Functions, 26.2.17. Beyond ten deviations nothing is left, and PostgreSQL's exp() would underflow. Null for null.
#}
{% macro normal_upper_tail(z) -%}
{%- set t = "(1 / (1 + 0.2316419 * least(abs(" ~ as_double(z) ~ "), 10)))" -%}
case when {{ z }} is null then null else
    case when {{ z }} < 0 then 1 else 0 end + case when {{ z }} < 0 then -1 else 1 end
    * exp(-0.5 * least(abs({{ as_double(z) }}), 10) * least(abs({{ as_double(z) }}), 10)) * 0.3989422804014327
    * {{ t }} * (0.319381530 + {{ t }} * (-0.356563782 + {{ t }} * (1.781477937
    + {{ t }} * (-1.821255978 + {{ t }} * 1.330274429))))
end
{%- endmacro %}

{#
  Wilson 95% interval of a share: stays inside 0..1 and is honest for few answers. Null without answers. Publishing makes
  functions of this file's intervals, for readers: warehouse/intervals.py.
#}
{% macro wilson_low(hits, answers) -%}cast({{ _wilson(hits, answers, '-') }} as numeric(18, 6)){%- endmacro %}
{% macro wilson_high(hits, answers) -%}cast({{ _wilson(hits, answers, '+') }} as numeric(18, 6)){%- endmacro %}

{% macro _wilson(hits, answers, sign) -%}
{%- set n = "nullif(" ~ as_double(answers) ~ ", 0)" -%}
{%- set p = "(" ~ hits ~ " / " ~ n ~ ")" -%}
(
    {{ p }} + {{ z95() }} * {{ z95() }} / (2 * {{ n }})
    {{ sign }} {{ z95() }} * sqrt(
        {{ p }} * (1 - {{ p }}) / {{ n }} + {{ z95() }} * {{ z95() }} / (4 * {{ n }} * {{ n }})
    )
) / (1 + {{ z95() }} * {{ z95() }} / {{ n }})
{%- endmacro %}

{#
  Newcombe's 95% interval of the difference of two shares, the first less the second (his method 10: the Wilson limits
  of both, squared and added; Statistics in Medicine 17, 1998). Null when either has no answers.
#}
{% macro newcombe_low(hits, answers, other_hits, other_answers) -%}
{{ _newcombe(hits, answers, other_hits, other_answers, '-', '+') }}
{%- endmacro %}
{% macro newcombe_high(hits, answers, other_hits, other_answers) -%}
{{ _newcombe(hits, answers, other_hits, other_answers, '+', '-') }}
{%- endmacro %}

{# The difference itself. #}
{% macro share_change(hits, answers, other_hits, other_answers) -%}
cast(
    {{ hits }} / nullif({{ as_double(answers) }}, 0) - {{ other_hits }} / nullif({{ as_double(other_answers) }}, 0)
    as numeric(18, 6)
)
{%- endmacro %}

{% macro _newcombe(hits, answers, other_hits, other_answers, sign, other_sign) -%}
{%- set p = hits ~ " / nullif(" ~ as_double(answers) ~ ", 0)" -%}
{%- set q = other_hits ~ " / nullif(" ~ as_double(other_answers) ~ ", 0)" -%}
{%- set p_away = "(" ~ p ~ " - " ~ _wilson(hits, answers, sign) ~ ")" -%}
{%- set q_away = "(" ~ q ~ " - " ~ _wilson(other_hits, other_answers, other_sign) ~ ")" -%}
cast({{ p }} - {{ q }} {{ sign }} sqrt({{ p_away }} * {{ p_away }} + {{ q_away }} * {{ q_away }}) as numeric(18, 6))
{%- endmacro %}

{#
  How many standard errors two shares are apart, without a sign: the score test with the factor (N - 1) / N of E. Pearson
  (I. Campbell, Statistics in Medicine 26, 2007). Where less than five hits, or five misses, are expected on a side, with
  Yates' correction, without which a few answers beside many are too often far apart. Null below ten answers on a side,
  and where less than one hit or miss is expected on a side: too little is known then for any test of this kind.
#}
{% macro difference_z(hits, answers, other_hits, other_answers) -%}
{%- set n = as_double(answers) -%}
{%- set m = as_double(other_answers) -%}
{%- set k = "(" ~ hits ~ " + " ~ other_hits ~ ")" -%}
{%- set less = "least(" ~ k ~ ", " ~ n ~ " + " ~ m ~ " - " ~ k ~ ")" -%}
{%- set expected = "least(" ~ n ~ ", " ~ m ~ ") * " ~ less ~ " / (" ~ n ~ " + " ~ m ~ ")" -%}
case
    when {{ answers }} < 10 or {{ other_answers }} < 10 then null
    when {{ less }} = 0 then 0
    when {{ expected }} < 1 then null
    else greatest(
        abs({{ hits }} / {{ n }} - {{ other_hits }} / {{ m }})
        - case when {{ expected }} < 5 then 0.5 * (1 / {{ n }} + 1 / {{ m }}) else 0 end,
        0
    ) / sqrt(
        {{ less }} * ({{ n }} + {{ m }} - {{ less }}) / (({{ n }} + {{ m }}) * ({{ n }} + {{ m }} - 1)) * (1 / {{ n }} + 1 / {{ m }})
    )
end
{%- endmacro %}

{#
  Two-sided chance of a column p_value turned into the least share of false finds (false discovery rate) at which a row is
  one of the finds of its table: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57, 1995. In two steps,
  since a window cannot look through another: step_of_q_value in one CTE, q_value of that column in the next.
#}
{% macro step_of_q_value() -%}
case when p_value is not null then
    p_value * count(p_value) over () / count(p_value) over (order by p_value nulls last)
end
{%- endmacro %}
{% macro q_value(step) -%}
cast(case when p_value is not null then min({{ step }}) over (order by p_value desc nulls last) end as numeric(18, 6))
{%- endmacro %}

{# a / b as a share or average; null when b is 0. The column's description names b. #}
{% macro ratio(numerator, denominator, scale=6) -%}
cast({{ numerator }} / nullif(cast({{ denominator }} as numeric(18, 6)), 0) as numeric(18, {{ scale }}))
{%- endmacro %}

{# The metric of that name, which is a ratio, of counts that are columns; transforms/models/semantic defines it. #}
{% macro metric_ratio(metric, numerator, denominator) -%}
{{ ratio(numerator, denominator, 4 if 'credits_per_' in metric else 6) }}
{%- endmacro %}

{# The metric average_rating: the mean of the surveys with a rating, or of those of them for which a condition holds. #}
{% macro average_rating(rating, condition='true') -%}
cast(avg(case when {{ condition }} then cast({{ rating }} as numeric(18, 6)) end) as numeric(18, 4))
{%- endmacro %}

{# number of rows for which a condition holds, as bigint #}
{% macro count_where(condition) -%}
cast(coalesce(sum(case when {{ condition }} then 1 else 0 end), 0) as bigint)
{%- endmacro %}

{# sum of whole numbers as bigint; 0 when there is nothing to add #}
{% macro whole_sum(value, condition=none) -%}
{%- if condition is none -%}cast(coalesce(sum({{ value }}), 0) as bigint)
{%- else -%}cast(coalesce(sum(case when {{ condition }} then {{ value }} end), 0) as bigint)
{%- endif -%}
{%- endmacro %}

{# True only when the two 95% intervals do not touch and both rest on enough to be tested (difference_z). #}
{% macro is_clearly_worse(p_value, rate_low, rate_high_before) -%}
coalesce({{ p_value }} is not null and {{ rate_low }} > {{ rate_high_before }}, false)
{%- endmacro %}

{# a number with four decimals, as credits that need not be whole are kept; and a whole one #}
{% macro exact(value) -%}cast({{ value }} as numeric(18, 4)){%- endmacro %}
{% macro whole(value) -%}cast({{ value }} as bigint){%- endmacro %}

{#
  Continuous percentile of a numeric(18, 4), in tenths (5: the median), the same to the last digit on every engine: the
  two values around the place weigh as much as they are near to it. rank counts from 1 among how_many that are not null.
#}
{% macro percentile(value, rank, how_many, tenths) -%}
cast(cast(sum({{ value }} * cast(greatest(0, 10 - abs({{ tenths }} * ({{ how_many }} - 1) - 10 * ({{ rank }} - 1))) as integer))
    as numeric(30, 4)) * 0.1 as numeric(18, 4))
{%- endmacro %}

{# a / b as a floating point number; null when b is 0 #}
{% macro double_ratio(numerator, denominator) -%}
({{ as_double(numerator) }} / nullif({{ as_double(denominator) }}, 0))
{%- endmacro %}

{#
  One-sided 95% upper bound of a weighted sum of counts: Fay and Feuer, Statistics in Medicine 16 (1997), 791-801, with
  the sum, its variance (counts times the squares of their weights) and the largest weight. With one weight and nothing
  counted it is the rule of three. The quantile of chi-square is Wilson and Hilferty's (Abramowitz and Stegun, 26.4.17),
  raised by 2% over its degrees of freedom (two at least), so that it is never below the exact one and at most 0.3% above.
#}
{% macro weighted_sum_bound(weighted_sum, variance, largest_weight) -%}
{%- set reach = "(" ~ as_double(weighted_sum) ~ " + " ~ as_double(largest_weight) ~ ")" -%}
{%- set spread = "(" ~ as_double(variance) ~ " + " ~ as_double(largest_weight) ~ " * " ~ largest_weight ~ ")" -%}
{%- set over_freedom = "(" ~ spread ~ " / (" ~ reach ~ " * " ~ reach ~ "))" -%}
{%- set root = "(1 - " ~ over_freedom ~ " / 9 + 1.6448536270 * sqrt(" ~ over_freedom ~ " / 9))" -%}
({{ reach }} * {{ root }} * {{ root }} * {{ root }} * (1 + 0.01 * {{ over_freedom }}))
{%- endmacro %}
