// The part's own pages: the list of reports, and the frame around one. Everything that people wrote is escaped by hono/html.
import { html, raw } from 'hono/html'
import { CONTENT_PATH } from '#parts/docs/content-policy'
import type { Report, Version } from '#parts/docs/ports'
import { STYLE } from '#parts/docs/style'

type Html = ReturnType<typeof html>

function page(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body>${body}</body>
</html>`
}

const time = (date: Date): Html =>
  html`<time datetime="${date.toISOString()}">${date.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`

export function listPage(reports: readonly Report[]): Html {
  const rows = reports.map(
    (r) => html`<tr><td><a href="/r/${r.slug}">${r.title}</a></td><td>${r.author}</td><td>${r.latest}</td><td>${time(r.updated)}</td></tr>`,
  )
  const table = html`<table><thead><tr><th scope="col">Report</th><th scope="col">Author</th><th scope="col">Version</th><th scope="col">Changed</th></tr></thead><tbody>${rows}</tbody></table>`
  const none = html`<p>There is no report that you may read yet. Publish one with PUT /api/reports/NAME.</p>`
  return page('Reports', html`<main><h1>Reports</h1>${reports.length > 0 ? table : none}</main>`)
}

export function reportPage(report: Report, shown: Version, versions: readonly Version[], link: string): Html {
  const others = versions.map((v) =>
    v.number === shown.number
      ? html`<li aria-current="page">${v.number}</li>`
      : html`<li><a href="/r/${report.slug}/versions/${v.number}">${v.number}</a></li>`,
  )
  return page(
    report.title,
    html`<main class="report"><nav aria-label="Reports"><a href="/">All reports</a></nav><h1>${report.title}</h1>
<p>Version ${shown.number} by ${shown.author}, ${time(shown.created)}</p>
<nav aria-label="Versions">Versions: <ul>${others}</ul></nav>
<iframe title="${report.title}" sandbox="allow-scripts" referrerpolicy="no-referrer" src="${CONTENT_PATH}/${link}/"></iframe></main>`,
  )
}
