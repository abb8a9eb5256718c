with session_values as (select * from {{ ref('int_session_attributes') }})

select
    session_id,
    account,
    attribute,
    attribute_kind,
    attribute_value as value,
    cast({{ equal_part('10000', 'value_rank', 'value_count') }} / cast(10000 as numeric) as numeric(18, 4)) as share,
    {{ surrogate_key(['session_id', 'attribute', 'attribute_value']) }} as session_attribute_key
from session_values
