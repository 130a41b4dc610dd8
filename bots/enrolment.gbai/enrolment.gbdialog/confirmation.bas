' The template of the confirmation, in Markdown. enrol.bas fills it.
RETURN "# {{school}}

## Confirmation of enrolment {{number}}

We confirm that **{{student}}**, born on {{born}}, is enrolled in this course:

| Course | {{course}} |
|---|---|
| Begins | {{day}} |
| Document | {{#if document}}received{{else}}none{{/if}} |

Please bring this page on the first day. To withdraw, tell us the number {{number}} and your mail address.

{{written}}
"
