import { screen, waitFor, within } from '@testing-library/dom';
import nodeConsole from 'node:console';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ServiceProcess } from '../../../test/fault/service-process.js';
import { App } from './app.js';
import { post } from './shared/api.js';
import { show } from './testing/shown.js';

// What happy-dom adds to the window.
declare const happyDOM: { setURL(url: string): void };

const KEY = 'a-key-of-twenty-chars';
const ENVIRONMENT = {
  LIKENESS_API_KEY: KEY,
  LIKENESS_LOG_LEVEL: 'error',
  LIKENESS_ENCODER_THREADS: '1',
  DATABASE_URL: '',
};

let top: string;
let service: ServiceProcess;

beforeAll(async () => {
  // As browsers do, happy-dom tells there of every request that was refused or broken off.
  vi.spyOn(nodeConsole, 'error').mockReturnValue();
  top = await realpath(await mkdtemp(path.join(tmpdir(), 'likeness-page-')));
  await chmod(top, 0o711); // As root the database runs as another user.
  service = new ServiceProcess(path.join(top, 'data'), ENVIRONMENT);
  happyDOM.setURL(`${await service.ready}/`);
});
afterAll(async () => {
  await service.stop();
  await rm(top, { recursive: true, force: true });
});
beforeEach(() => (location.hash = ''));

/** @param width in pixels; the height is 100 */
async function picture(name: string, width: number, background: string): Promise<File> {
  const bytes = await sharp({ create: { width, height: 100, channels: 3, background } })
    .png()
    .toBuffer();
  return new File([new Uint8Array(bytes)], name, { type: 'image/png' });
}

const tiles = () => screen.getAllByRole('link', { name: /^What looks like/ });
const hits = () => screen.getAllByRole('link', { name: /, score / }).map((hit) => hit.title);

test('the page asks for the key, says that one is wrong, and goes on with the right one', async () => {
  const user = show(<App />);
  await screen.findByRole('dialog', { name: 'This service needs an API key' });
  await user.type(screen.getByLabelText('API key'), 'wrong{Enter}');
  await screen.findByText('That was not the right key.');
  await user.type(screen.getByLabelText('API key'), `${KEY}{Enter}`);
  await screen.findByText(/^0 images · /);
  expect(screen.queryByRole('dialog')).toBe(null);
});

describe('with the key', () => {
  beforeAll(() => sessionStorage.setItem('likeness-api-key', KEY));

  test('files that are chosen appear in the library; one that is no image says why it does not', async () => {
    const user = show(<App />);
    const files = [
      await picture('red.png', 400, 'red'),
      await picture('green.png', 300, 'green'),
      await picture('blue.png', 200, 'blue'),
      new File(['no image'], 'words.png', { type: 'image/png' }),
    ];
    await user.upload(await screen.findByLabelText('Choose images'), files);
    await screen.findByText('4 of 4 files');
    const failed = screen.getByText('words.png').closest('li');
    expect(failed?.textContent).toContain('The file is text or something unknown, not a JPEG, PNG');
    await screen.findByText(/^3 images · /);
    await waitFor(() => expect(tiles()).toHaveLength(3));
  });

  test('a filter changes the neighbours on show; one that cannot be read is told in the words of the service', async () => {
    const user = show(<App />);
    await user.click(await screen.findByRole('link', { name: 'What looks like red.png?' }));
    await screen.findByRole('heading', { name: '2 neighbours' });
    expect(hits().sort()).toEqual(['blue.png', 'green.png']);

    const field = screen.getByRole('textbox', { name: 'Filter' });
    await user.type(field, 'width >= 300');
    await user.tab();
    await screen.findByRole('heading', { name: '1 neighbour' });
    expect(hits()).toEqual(['green.png']);

    await user.clear(field);
    await user.type(field, 'width >=');
    await user.tab();
    expect((await screen.findByRole('alert')).textContent).toMatch(/filter/);
    expect(field.getAttribute('aria-invalid')).toBe('true');
  });

  test('images that are put into two categories count there, and in one only once moved', async () => {
    const { id } = await post<{ id: string }>('/v1/classifiers', { name: 'colours', categories: ['warm', 'cold'] });
    location.hash = `#/classifiers/${id}`;
    const user = show(<App />);
    const labels = (category: string) =>
      within(screen.getByRole('row', { name: new RegExp(`^${category} `) })).getAllByRole('cell')[0]?.textContent;
    const put = async (name: RegExp, category: string): Promise<void> => {
      await user.click(await screen.findByRole('checkbox', { name }));
      const button = screen.getByRole<HTMLButtonElement>('button', { name: new RegExp(`^\\d ${category}$`) });
      await waitFor(() => expect(button.disabled).toBe(false));
      await user.click(button);
    };
    await put(/^red.png/, 'warm');
    await waitFor(() => expect([labels('warm'), labels('cold')]).toEqual(['1', '0']));
    await put(/^blue.png/, 'cold');
    await waitFor(() => expect([labels('warm'), labels('cold')]).toEqual(['1', '1']));
    await screen.findByRole('checkbox', { name: 'red.png, warm' });
    await put(/^red.png/, 'cold');
    await waitFor(() => expect([labels('warm'), labels('cold')]).toEqual(['0', '2']));
    await screen.findByRole('checkbox', { name: 'red.png, cold' });
  });
});
