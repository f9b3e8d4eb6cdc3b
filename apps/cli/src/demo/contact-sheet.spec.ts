import { expect, it } from 'vitest';
import { escapeHtml, renderContactSheet, type ContactSheet } from './contact-sheet.js';
import { evaluate } from './evaluation.js';

const queries = [
  {
    path: '/q/<rose>.jpg',
    name: '<rose>.jpg',
    category: 'rose',
    neighbours: [
      { id: 1, score: 0.91, name: 'a.jpg', category: 'rose' },
      { id: 2, score: 0.5, name: 'b.jpg', category: 'lily & co' },
    ],
  },
];
const picture = { mediaType: 'image/jpeg', data: Buffer.from('picture') };
const sheet: ContactSheet = {
  subject: '2 photos in 2 categories',
  encoder: 'resnet50 (penultimate)',
  evaluation: evaluate(queries, 2),
  queries,
  queryPictures: new Map([['/q/<rose>.jpg', picture]]),
  neighbourPictures: new Map([[1, picture]]),
};

it('shows query and neighbours with their pictures inside, right and wrong ones marked', () => {
  const html = renderContactSheet(sheet);
  expect(html.match(/src="data:image\/jpeg;base64,cGljdHVyZQ=="/g)).toHaveLength(2);
  expect(html).toContain('✓ rose');
  expect(html).toContain('✗ lily &amp; co');
  expect(html).toContain('class="gone"');
  expect(html).toContain('50.0 %');
});

it('needs nothing from outside and lets no name become markup', () => {
  const html = renderContactSheet(sheet);
  expect(html).not.toMatch(/https?:\/\/|<script|<link/);
  expect(html).not.toContain('<rose>');
  expect(escapeHtml(`<a href="x">'&`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
});

it('claims no precision where there is no ground truth', () => {
  const plain = queries.map((query) => ({ ...query, category: undefined }));
  const html = renderContactSheet({ ...sheet, queries: plain, evaluation: evaluate(plain, 2) });
  expect(html).not.toContain('precision');
  expect(html).not.toContain('✗ ');
});
