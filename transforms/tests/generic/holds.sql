{# Fails for each row where the expression is false. A null expression passes: state nulls apart. #}
{% test holds(model, expression) %}
select *
from {{ model }}
where not ({{ expression }})
{% endtest %}
