/** Headers that let pages of any origin call a function; what they may do there depends on the token alone. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, apikey, content-type, x-client-info, x-request-id',
  'access-control-max-age': '86400',
};

/** Answers the question a browser asks before it calls a function from another origin. */
export function preflight(methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: { ...corsHeaders, 'access-control-allow-methods': methods.join(', ') },
  });
}
