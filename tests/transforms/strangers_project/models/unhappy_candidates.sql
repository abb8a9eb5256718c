select session_id, rating
from {{ ref('negative_feedback') }}
