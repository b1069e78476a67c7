/** Names the role through which an admin looks at the app. The database narrows what is read and refuses writes. */
export const VIEW_AS_HEADER = 'x-tandem-view-as';

const readOnly = () =>
  Response.json(
    {
      code: 'PT403',
      message: 'viewing_as_read_only',
      details: '{}',
      hint: 'Stop viewing as another role first.',
    },
    { status: 403 },
  );

const writing = new Set(['POST', 'PATCH', 'PUT', 'DELETE']);

/**
 * Sends the role along with every request for data, and says in words that nothing can be changed meanwhile: where a
 * table is written to before it is tried, where the database refuses a function afterwards.
 *
 * @param roleId the role looked through; null for nobody's but one's own
 */
export function viewingAs(send: typeof fetch, roleId: () => string | null): typeof fetch {
  return async (input, init) => {
    const role = roleId();
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (role === null || !pathname.includes('/rest/v1/')) return send(input, init);
    const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
    if (writing.has(method) && !pathname.includes('/rest/v1/rpc/')) return readOnly();
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    headers.set(VIEW_AS_HEADER, role);
    const answer = await send(input, { ...init, headers });
    return answer.status === 403 ? readOnly() : answer;
  };
}
