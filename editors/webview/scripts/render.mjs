// Fills the template as the report writer does.

/** A stand-alone page. Placeholders are filled in one pass, so data that looks like one stays data. */
export function render({ template, css, script, report }) {
  const values = {
    title: escapeHtml(report.title),
    css,
    data: JSON.stringify(report).replaceAll("<", "\\u003c"),
    script,
  };
  return template.replace(/\{\{(title|css|data|script)\}\}/g, (_, name) => values[name]);
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
