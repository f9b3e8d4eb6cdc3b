import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export const CLASSIFIER_TABS = ['label', 'training', 'results', 'versions', 'browse'] as const;
export type ClassifierTab = (typeof CLASSIFIER_TABS)[number];

/** What the address says is on show: the library, the neighbours of a stored image, of an uploaded one, or of one elsewhere; classifiers. */
export type Route =
  | { readonly at: 'library' }
  | { readonly at: 'duplicates' }
  | { readonly at: 'classifiers' }
  /** `what`: the version of results, the category to browse. */
  | { readonly at: 'classifier'; readonly id: string; readonly tab: ClassifierTab; readonly what: string | null }
  | { readonly at: 'similar'; readonly id: string; readonly filter: string }
  | { readonly at: 'upload'; readonly key: string }
  | { readonly at: 'url'; readonly url: string };

/** @throws URIError as `decodeURIComponent` does */
function parse(hash: string): Route {
  const [, address] = /^#\/url\/(.+)$/.exec(hash) ?? [];
  if (address !== undefined) return { at: 'url', url: decodeURIComponent(address) };
  if (hash === DUPLICATES) return { at: 'duplicates' };
  if (hash === CLASSIFIERS) return { at: 'classifiers' };
  const [, classifier, tab = 'label', what] = /^#\/classifiers\/(\d+)(?:\/([a-z]+))?(?:\/([^/]+))?$/.exec(hash) ?? [];
  if (classifier !== undefined && isTab(tab))
    return { at: 'classifier', id: classifier, tab, what: what === undefined ? null : decodeURIComponent(what) };
  const [, page, id, filter = ''] = /^#\/(similar|upload)\/(\d+)(?:\/where\/(.+))?$/.exec(hash) ?? [];
  if (id !== undefined && page === 'similar') return { at: 'similar', id, filter: decodeURIComponent(filter) };
  if (id !== undefined && page === 'upload') return { at: 'upload', key: id };
  return { at: 'library' };
}

/** @returns the library for an address that was typed with a percent sign that stands for nothing */
export function routeOf(hash: string): Route {
  try {
    return parse(hash);
  } catch (error) {
    if (error instanceof URIError) return { at: 'library' };
    throw error;
  }
}

const read = (): Route => routeOf(location.hash);

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const follow = (): void => setRoute(read());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

/** Leads somewhere for as long as the one who asks is on show: an answer that comes late leads nobody away from elsewhere. */
export function useGoing(): (to: string) => void {
  const here = useRef(true);
  useEffect(
    () => () => {
      here.current = false;
    },
    [],
  );
  return useCallback((to) => {
    if (here.current) location.hash = to;
  }, []);
}

const isTab = (name: string): name is ClassifierTab => (CLASSIFIER_TABS as readonly string[]).includes(name);

export const similarTo = (id: string): string => `#/similar/${id}`;
export const similarWhere = (id: string, filter: string): string =>
  `#/similar/${id}/where/${encodeURIComponent(filter)}`;
export const classifierAt = (id: string, tab: ClassifierTab = 'label', what?: string | number): string =>
  `#/classifiers/${id}/${tab}${what === undefined ? '' : `/${encodeURIComponent(what)}`}`;
export const DUPLICATES = '#/duplicates';
export const CLASSIFIERS = '#/classifiers';
export const similarToUrl = (url: string): string => `#/url/${encodeURIComponent(url)}`;
export const LIBRARY = '#/';
