import { screen } from '@testing-library/dom';
import { useState } from 'preact/hooks';
import { expect, test } from 'vitest';
import { show, showAgain } from '../testing/shown.js';
import { FilterField } from './filter-field.js';

const field = () => screen.getByRole<HTMLInputElement>('textbox', { name: 'Filter' });

/** As the page of a search holds it. */
function Held({ entered }: { entered: string[] }) {
  const [filter, setFilter] = useState('');
  const hold = (given: string): void => {
    entered.push(given);
    setFilter(given);
  };
  return <FilterField filter={filter} invalid={false} onFilter={hold} />;
}

test('a filter counts once it is entered, not at every letter, and without the blanks around it', async () => {
  const entered: string[] = [];
  const user = show(<Held entered={entered} />);
  await user.type(field(), ' width >= 1000 ');
  expect(entered).toEqual([]);
  await user.tab();
  expect(entered).toEqual(['width >= 1000']);
  expect(field().value).toBe('width >= 1000');
});

test('what is being typed outlives a drawing; a filter that a click sets is shown', async () => {
  const drawn = (filter: string) => <FilterField filter={filter} invalid={false} onFilter={() => undefined} />;
  const user = show(drawn(''));
  await user.type(field(), 'width');
  showAgain(drawn(''));
  expect(field().value).toBe('width');
  await user.clear(field());
  await user.tab();
  showAgain(drawn('category.flowers.iris >= 0.5'));
  expect(field().value).toBe('category.flowers.iris >= 0.5');
});

test('a filter that the service refused is marked as such for those who do not see the colour', () => {
  show(<FilterField filter="width >" invalid onFilter={() => undefined} />);
  expect(field().getAttribute('aria-invalid')).toBe('true');
});
