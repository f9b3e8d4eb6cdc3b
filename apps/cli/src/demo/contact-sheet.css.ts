/** Style of the contact sheet; inlined, so that the file can be sent to somebody and still looks the same. */
export const CONTACT_SHEET_CSS = `
:root { color-scheme: light dark; --ground: #f6f5f2; --card: #fff; --ink: #1c1b19; --soft: #6d6a63; --line: #e3e0d8;
  --right: #1d7a46; --wrong: #b3382c; --bar: #d9d5ca; }
@media (prefers-color-scheme: dark) { :root { --ground: #171614; --card: #211f1c; --ink: #f0eee8; --soft: #a39f95;
  --line: #35322d; --right: #5cc48a; --wrong: #f0857a; --bar: #3a3731; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 20px 80px; }
h1 { font-size: 28px; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 44px 0 12px; }
p { margin: 0 0 8px; max-width: 75ch; }
.soft { color: var(--soft); }
.headline { display: flex; flex-wrap: wrap; gap: 8px 48px; margin: 28px 0 0; padding: 20px 24px; background: var(--card);
  border: 1px solid var(--line); border-radius: 12px; }
.headline strong { display: block; font-size: 34px; line-height: 1.2; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 16px 5px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 500; color: var(--soft); }
td.wide { width: 50%; }
.bar { height: 8px; border-radius: 4px; background: var(--bar); overflow: hidden; }
.bar span { display: block; height: 100%; background: var(--right); }
.row { display: grid; grid-template-columns: 1.25fr repeat(5, 1fr); gap: 10px; padding: 14px 0; align-items: start;
  border-bottom: 1px solid var(--line); }
figure { margin: 0; min-width: 0; }
figure img, figure .gone { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 8px;
  background: var(--bar); border: 3px solid transparent; }
figure.query img { border-color: var(--ink); }
figure.right img { border-color: var(--right); }
figure.wrong img { border-color: var(--wrong); }
figcaption { font-size: 12.5px; line-height: 1.35; margin-top: 5px; overflow-wrap: anywhere; }
figure.right .mark { color: var(--right); }
figure.wrong .mark { color: var(--wrong); }
.mark { font-weight: 600; }
@media (max-width: 640px) { .row { grid-template-columns: repeat(3, 1fr); } td.wide { display: none; } }
`;
