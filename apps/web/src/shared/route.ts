import { useEffect, useState } from 'preact/hooks';

/** What the address says is on show: the library, the neighbours of a stored image, of an uploaded one, or of one elsewhere. */
export type Route =
  | { readonly at: 'library' }
  | { readonly at: 'similar'; readonly id: string }
  | { readonly at: 'upload'; readonly key: string }
  | { readonly at: 'url'; readonly url: string };

function read(): Route {
  const [, address] = /^#\/url\/(.+)$/.exec(location.hash) ?? [];
  if (address !== undefined) return { at: 'url', url: decodeURIComponent(address) };
  const [, page, id] = /^#\/(similar|upload)\/(\d+)$/.exec(location.hash) ?? [];
  if (id !== undefined && page === 'similar') return { at: 'similar', id };
  if (id !== undefined && page === 'upload') return { at: 'upload', key: id };
  return { at: 'library' };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const follow = (): void => setRoute(read());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

export const similarTo = (id: string): string => `#/similar/${id}`;
export const similarToUrl = (url: string): string => `#/url/${encodeURIComponent(url)}`;
export const LIBRARY = '#/';
