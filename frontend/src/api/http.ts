/** Requests to the server: JSON both ways, Django's CSRF token, and errors as values that the page can say in its language. */

export interface ServerProblem {
  /** `nodes[2].interfaces[0].addresses[0]`; "" is the document itself. */
  path: string;
  /** The other places that it concerns as much. */
  also?: readonly string[];
  code: string;
  params: Record<string, string>;
  message: string;
}

export const placesOf = (problem: ServerProblem): readonly string[] => [problem.path, ...(problem.also ?? [])];

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly params: Record<string, string> = {},
    readonly problems: ServerProblem[] = [],
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** The server was not reached. */
  get offline(): boolean {
    return this.status === 0;
  }
}

export function csrfToken(): string {
  return /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? '';
}

interface ErrorBody {
  error?: { code?: string; message?: string; params?: Record<string, string> };
  problems?: ServerProblem[];
  detail?: unknown;
}

async function failure(response: Response): Promise<ApiError> {
  let body: ErrorBody = {};
  try {
    body = (await response.json()) as ErrorBody;
  } catch {
    // A proxy's page, not ours: its status says what there is to say.
  }
  const message = body.error?.message ?? `${response.status} ${response.statusText}`;
  return new ApiError(response.status, body.error?.code ?? `http_${response.status}`, message, body.error?.params, body.problems);
}

/** Signed in, one comes back here. */
export function askToSignIn(): void {
  location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname)}`);
}

export interface Options {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Raises ApiError for every answer that is not a success; with status 0 where there was none. */
export async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      signal: options.signal ?? null,
      headers: {
        Accept: 'application/json',
        ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'X-CSRFToken': csrfToken() }),
        ...options.headers,
      },
      body: options.body === undefined ? null : JSON.stringify(options.body),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'offline', 'The server cannot be reached.');
  }
  if (response.status === 401) askToSignIn();
  if (!response.ok) throw await failure(response);
  return response;
}

export interface TextFile {
  /** As the server calls it where it is saved. */
  name: string;
  text: string;
}

export async function getFile(path: string): Promise<TextFile> {
  const response = await send('GET', path);
  const disposition = response.headers.get('Content-Disposition') ?? '';
  const encoded = /filename\*=utf-8''([^;]+)/i.exec(disposition)?.[1];
  const plain = /filename="([^"]+)"/.exec(disposition)?.[1] ?? '';
  return { name: encoded ? decodeURIComponent(encoded) : plain, text: await response.text() };
}

export async function sendJson<T>(method: string, path: string, options?: Options): Promise<T> {
  const response = await send(method, path, options);
  return (response.status === 204 ? undefined : await response.json()) as T;
}
