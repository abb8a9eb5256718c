{# The company's own, each with the name of a macro of the package. #}
{% macro ratio(numerator, denominator) %}{{ numerator }} / {{ denominator }}{% endmacro %}
{% macro as_of() %}{{ exceptions.raise_compiler_error('as_of of the company was called') }}{% endmacro %}
{% macro whole_sum(value) %}{{ exceptions.raise_compiler_error('whole_sum of the company was called') }}{% endmacro %}
