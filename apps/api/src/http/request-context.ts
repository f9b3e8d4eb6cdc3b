import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line logged while a request is served should carry. */
export interface RequestContext {
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work`, and everything it starts, in the context of a request. */
export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The request being served, or undefined outside of one. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}
