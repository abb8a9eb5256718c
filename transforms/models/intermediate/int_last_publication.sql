with builds as (select * from {{ ref('stg_published_builds') }})

-- one row, also before the first publication
select
    count(*) > 0 as is_published,
    max(built_at) as built_at,
    max(known_until_date) as known_until_date
from builds
