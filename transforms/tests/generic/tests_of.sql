{#
  Every test of the model that ends a build, in one query: a row for each that fails. dbt's own way, a query, a
  connection and two compilations for each, took as long as the models. The build asks this one instead of them, and
  asks them one by one when it fails.
#}
{% test tests_of(model) %}
{# what relationships lead to must be there before they are asked; facts, and what is made of them, wait for it too #}
-- depends_on: {{ ref('dim_date') }}, {{ ref('dim_project') }}, {{ ref('dim_persona') }}, {{ ref('dim_persona_version') }}
{%- if execute %}
{%- set tested = context['model'].attached_node %}
{%- for test in graph.nodes.values() if test.resource_type == 'test' and test.attached_node == tested
    and test.test_metadata and test.test_metadata.name != 'tests_of' and test.config.severity | lower == 'error' %}
{%- set arguments = {} %}
{%- for name, value in test.test_metadata.kwargs.items() if name != 'model' %}
{%- set referred = modules.re.fullmatch("ref\\('(\\w+)'\\)", value | string) %}
{%- do arguments.update({name: graph.nodes['model.zenhire.' ~ referred[1]].relation_name if referred else value}) %}
{%- endfor %}
select '{{ test.name }}' as test_name from ({{ context['test_' ~ test.test_metadata.name](model, **arguments) }}) as failing
union all
{%- endfor %}
{%- endif %}
select '' as test_name where false
{% endtest %}
