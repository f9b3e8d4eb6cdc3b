import path from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: path.join(import.meta.dirname, '../../dist/web'),
    emptyOutDir: true,
    // The page's content security policy has no room for inline code or data.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
