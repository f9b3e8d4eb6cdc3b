import { formatCount, formatNoun, formatPercent } from '../format/quantities.js';
import { CONTACT_SHEET_CSS } from './contact-sheet.css.js';
import type { AnsweredQuery, CategoryResult, Evaluation, Neighbour } from './evaluation.js';
import type { Estimate } from './metrics.js';

export interface Picture {
  readonly mediaType: string;
  readonly data: Buffer;
}

export interface ContactSheet {
  /** What was searched, for a person: `240 drawn images in 12 categories`. */
  readonly subject: string;
  readonly encoder: string;
  readonly evaluation: Evaluation;
  readonly queries: readonly AnsweredQuery[];
  /** Thumbnails of the queries by path, and of the neighbours by id; one that lacks is shown as an empty field. */
  readonly queryPictures: ReadonlyMap<string, Picture>;
  readonly neighbourPictures: ReadonlyMap<number, Picture>;
}

/** One HTML file that needs no other: every query beside its neighbours, and how many of them are of its category. */
export function renderContactSheet(sheet: ContactSheet): string {
  const { evaluation, queries } = sheet;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Likeness: queries and their neighbours</title>
<style>${CONTACT_SHEET_CSS}</style>
</head>
<body>
<main>
<h1>What looks like this?</h1>
<p class="soft">${escapeHtml(sheet.subject)}. Encoder ${escapeHtml(sheet.encoder)}. None of the query images was imported.</p>
${evaluation.overall === undefined ? '' : headline(evaluation.k, evaluation.overall, evaluation.categories)}
<h2>${formatNoun(queries.length, 'query', 'queries')} and their neighbours</h2>
<p class="soft">Left the query, then its nearest images with their cosine score.${
    evaluation.overall === undefined ? '' : ' ✓ the category of the query, ✗ another one.'
  }</p>
${queries.map((query) => row(query, sheet)).join('\n')}
</main>
</body>
</html>
`;
}

function headline(k: number, overall: Estimate, categories: readonly CategoryResult[]): string {
  const figure = (value: string, label: string) =>
    `<div><strong>${value}</strong><span class="soft">${label}</span></div>`;
  return `<section class="headline">
${figure(formatPercent(overall.value), `precision at ${k}`)}
${figure(`${formatPercent(overall.low)} – ${formatPercent(overall.high)}`, '95 % interval (Wilson)')}
${figure(formatCount(overall.n), 'unseen queries')}
</section>
<h2>By category</h2>
<table>
<thead><tr><th>Category</th><th>Precision at ${k}</th><th>95 % interval</th><th>Queries</th><th></th></tr></thead>
<tbody>
${categories.map(categoryRow).join('\n')}
</tbody>
</table>`;
}

const categoryRow = ({ category, value, low, high, n }: CategoryResult): string =>
  `<tr><td>${escapeHtml(category)}</td><td>${formatPercent(value)}</td><td class="soft">${formatPercent(low, 0)} – ${formatPercent(high, 0)}</td>` +
  `<td>${n}</td><td class="wide"><div class="bar"><span style="width:${(value * 100).toFixed(1)}%"></span></div></td></tr>`;

function row(query: AnsweredQuery, sheet: ContactSheet): string {
  const caption = query.category === undefined ? '' : `<span class="mark">${escapeHtml(query.category)}</span><br>`;
  const asked = `<figure class="query">${picture(sheet.queryPictures.get(query.path), query.name)}<figcaption>${caption}<span class="soft">${escapeHtml(query.name)}</span></figcaption></figure>`;
  return `<div class="row">\n${[asked, ...query.neighbours.map((neighbour) => neighbourFigure(neighbour, query, sheet))].join('\n')}\n</div>`;
}

function neighbourFigure(neighbour: Neighbour, query: AnsweredQuery, sheet: ContactSheet): string {
  const judged = query.category !== undefined;
  const right = judged && neighbour.category === query.category;
  const mark = judged
    ? `<span class="mark">${right ? '✓' : '✗'} ${escapeHtml(neighbour.category ?? 'no category')}</span><br>`
    : '';
  const image = picture(sheet.neighbourPictures.get(neighbour.id), neighbour.name);
  return `<figure class="${judged ? (right ? 'right' : 'wrong') : 'plain'}">${image}<figcaption>${mark}<span class="soft">${neighbour.score.toFixed(3)} · ${escapeHtml(neighbour.name)}</span></figcaption></figure>`;
}

function picture(image: Picture | undefined, name: string): string {
  if (image === undefined) return '<div class="gone"></div>';
  return `<img loading="lazy" alt="${escapeHtml(name)}" src="data:${image.mediaType};base64,${image.data.toString('base64')}">`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
