{# Whether finance has told the price of a credit; see credit_price among the settings. #}
{% macro has_credit_price() -%}
    {{ return(env_var('ZENHIRE_BUILD_CREDIT_PRICE', '') != '') }}
{%- endmacro %}

{# Money for one credit; 0 when not told. #}
{% macro credit_price() -%}
    cast({{ env_var('ZENHIRE_BUILD_CREDIT_PRICE', '') or '0' }} as numeric(18, 6))
{%- endmacro %}

{# ISO 4217 code of that money; XXX is the standard's code for "no currency". #}
{% macro credit_currency() -%}
    '{{ env_var('ZENHIRE_BUILD_CREDIT_CURRENCY', 'USD') if has_credit_price() else 'XXX' }}'
{%- endmacro %}
