-- Each detail that a run counted is in one month, and no survey was found without a detail.
with mart as (

    select
        coalesce(sum(details_requested), 0) as details,
        coalesce(sum(surveys_found), 0) as surveys,
        sum(case when surveys_found > details_requested or negative_surveys_found > surveys_found then 1 end) as odd
    from {{ ref('request_value') }}

),

counted as (

    select coalesce(sum(details), 0) as details, coalesce(sum(surveys_found), 0) as surveys
    from {{ source('zenhire_raw', 'detail_results') }}

)

select mart.*
from mart
cross join counted
where mart.details <> counted.details or mart.surveys <> counted.surveys or mart.odd is not null
