import { corsHeaders } from './cors.ts';

/** A refusal that the caller can act on. */
export class RequestError extends Error {
  override name = 'RequestError';
  readonly status: number;
  readonly code: string;
  readonly fields: Record<string, string> | undefined;
  readonly headers: Record<string, string>;

  /**
   * @param code machine code such as `method_not_allowed`
   * @param message what happened and what to do, in a sentence
   */
  constructor(
    status: number,
    code: string,
    message: string,
    details: { fields?: Record<string, string>; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = details.fields;
    this.headers = details.headers ?? {};
  }
}

/** The id under which logs and the caller speak of the same request. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('sb-request-id') ?? request.headers.get('x-request-id') ?? '';
  return /^[\w.-]{8,64}$/.test(given) ? given : crypto.randomUUID();
}

/** One shape for every error: `{error: {code, message, fields?, request_id}}`. */
export function errorResponse(error: RequestError, requestId: string): Response {
  const { status, code, message, fields, headers } = error;
  return Response.json(
    { error: { code, message, ...(fields && { fields }), request_id: requestId } },
    { status, headers: { ...corsHeaders, ...headers } },
  );
}

/**
 * Runs a handler and turns what it throws into a response: a `RequestError` as it is, anything else as a 500 that
 * tells nothing, with the cause in the log.
 */
export async function answerErrors(request: Request, handle: () => Promise<Response>): Promise<Response> {
  const requestId = requestIdOf(request);
  try {
    return await handle();
  } catch (error) {
    if (error instanceof RequestError) return errorResponse(error, requestId);
    console.error(`request ${requestId} failed:`, error);
    const internal = new RequestError(
      500,
      'internal_error',
      'Something went wrong here. Try again in a moment.',
    );
    return errorResponse(internal, requestId);
  }
}
