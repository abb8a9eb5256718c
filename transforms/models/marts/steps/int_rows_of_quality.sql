{{ rows_of(['sync_accuracy'], 'false') }}
union all
{{ rows_of(['data_quality', 'data_quality_findings'], 'true') }}
union all
{{ rows_of(['credit_anomalies', 'forecast_accuracy'], 'false') }}
