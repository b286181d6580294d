{#
  A measure of an alert as a number: the greater, the better. Grades and levels are
  better the smaller their number is; a stage is compared as it is.
#}
{% macro measured(measure, grade, engagement_level, total_points, score) -%}
    case {{ measure }}
        when 'grade' then -{{ grade_rank(grade) }}
        when 'engagement_level' then -cast({{ engagement_level }} as integer)
        when 'total_points' then cast({{ total_points }} as decimal(18, 4))
        when 'score' then cast({{ score }} as decimal(18, 4))
    end
{%- endmacro %}
