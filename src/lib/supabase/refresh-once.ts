type Fetch = typeof fetch;

interface Answer {
  status: number;
  headers: [string, string][];
  body: string;
}

/** As long as hosted Supabase Auth itself lets a refresh token be used again. */
const reuseMilliseconds = 10_000;

/**
 * A `fetch` that exchanges each refresh token only once. A page and its requests carry the same cookie, and a token that
 * two of them exchange is refused the second time, which would sign the person out. Whoever comes within ten seconds
 * gets the first answer; a failed exchange is not kept.
 */
export function createRefreshOnce(send: Fetch = fetch): Fetch {
  const answers = new Map<string, Promise<Answer>>();

  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    const body = init?.body;
    if (!address.includes('grant_type=refresh_token') || typeof body !== 'string') return send(input, init);

    const known = answers.get(body);
    const answer = known ?? exchange(send, input, init);
    if (!known) {
      answers.set(body, answer);
      const forget = () => answers.delete(body);
      answer.then(
        ({ status }) => (status === 200 ? setTimeout(forget, reuseMilliseconds).unref() : forget()),
        forget,
      );
    }
    const { status, headers, body: text } = await answer;
    return new Response(text, { status, headers });
  };
}

async function exchange(send: Fetch, ...request: Parameters<Fetch>): Promise<Answer> {
  const response = await send(...request);
  const headers = [...response.headers].filter(([name]) => !/^content-(encoding|length)$/.test(name));
  return { status: response.status, headers, body: await response.text() };
}
