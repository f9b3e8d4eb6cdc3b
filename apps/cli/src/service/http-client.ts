import { request as sendPlainly } from 'node:http';
import { request as sendSecurely } from 'node:https';
import { DomainError, ERROR_CODES, type ErrorCode, type FieldProblem } from '#libs/errors';

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Left out where undefined. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON, or as it is where it is a form. */
  readonly body?: object;
  readonly signal?: AbortSignal;
  /** The answer may take longer than five minutes; not for forms. */
  readonly patient?: boolean;
}

/** Calls the API of a running service and turns its problem documents back into DomainErrors. */
export class HttpClient {
  /** @param url address of the service, without a slash at the end */
  constructor(
    readonly url: string,
    private readonly apiKey: string | undefined,
  ) {}

  /** The JSON answer, as the API promises it. */
  async json<T>(request: HttpRequest): Promise<T> {
    const response = await this.send(request);
    return (await response.json()) as T;
  }

  /** The answer, already known to be a success; its body is still to be read. */
  async send({ method = 'GET', path, query = {}, body, signal, patient }: HttpRequest): Promise<Response> {
    const address = new URL(path, `${this.url}/`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) address.searchParams.set(name, String(value));
    }
    const form = body instanceof FormData;
    const headers = {
      ...(this.apiKey !== undefined && { authorization: `Bearer ${this.apiKey}` }),
      ...(body !== undefined && !form && { 'content-type': 'application/json' }),
    };
    const abort = signal !== undefined && { signal };
    const asked = patient
      ? patientFetch(address, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }), ...abort })
      : fetch(address, {
          method,
          headers,
          ...(body !== undefined && { body: form ? body : JSON.stringify(body) }),
          ...abort,
        });
    const response = await asked.catch((error: unknown) => {
      if (signal?.aborted === true) throw error;
      throw new DomainError('service_unreachable', `The service at ${this.url} does not answer.`, { cause: error });
    });
    if (response.status === 401) {
      throw new DomainError(
        'unauthorized',
        `The service at ${this.url} wants an API key: set LIKENESS_API_KEY to its key.`,
      );
    }
    if (!response.ok) throw await problemOf(response, signal);
    return response;
  }
}

/**
 * As `fetch`, but waits for as long as it takes: `fetch` gives up after five minutes without an answer, and some answers
 * take longer to work out.
 */
function patientFetch(address: URL, { method, headers, body, signal }: PatientRequest): Promise<Response> {
  const send = address.protocol === 'https:' ? sendSecurely : sendPlainly;
  return new Promise((resolve, reject) => {
    const sent = send(address, { method, headers, signal }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode, statusText: answer.statusMessage })),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

interface PatientRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

interface Problem {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly fields?: readonly FieldProblem[];
}

async function problemOf(response: Response, signal: AbortSignal | undefined): Promise<DomainError> {
  const body: unknown = await response.json().catch(() => signal?.throwIfAborted());
  if (isProblem(body)) return new DomainError(body.code, body.detail, { fields: body.fields });
  return new DomainError('internal', `The service answered ${response.status} ${response.statusText}.`);
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === 'object' &&
    body !== null &&
    'code' in body &&
    typeof body.code === 'string' &&
    Object.hasOwn(ERROR_CODES, body.code) &&
    'detail' in body &&
    typeof body.detail === 'string'
  );
}
