/** The passwords people try first, at least as long as ours must be; digits and signs at their end are left out. */
const common = new Set(
  `12345678 123456789 1234567890 11111111 00000000 87654321 12341234 11223344 88888888 123123123 987654321 147258369
  1q2w3e4r 1qaz2wsx qwertyui qwertyuiop qwerty qwertz qwertzui azerty azertyui asdfghjk asdfghjkl asdfasdf zxcvbnm
  q1w2e3r4 zaq12wsx 1qazxsw2 abcdefgh abcdabcd abcd abc a1b2c3d4 aa aaaa aaaaaaaa
  password passw0rd p@ssword p@ssw0rd pa$$word passwort motdepasse contraseña kennwort passphrase mypassword
  secret letmein welcome willkommen bienvenue changeme default access login master admin administrator root guest user
  test testtest testing demo sample temp temporary office company business
  iloveyou sunshine princess football baseball basketball superman batman spiderman trustno1 monkey dragon michael
  jennifer jessica charlie liverpool chelsea barcelona arsenal starwars pokemon computer internet samsung google
  whatever freedom shadow flower butterfly chocolate summer winter spring autumn january february november december
  monday friday sunday mohamed mohammed ahmed mahmoud habibi cairo egypt tandem`.split(/\s+/),
);

export const passwordMinimum = 8;
/** bcrypt, which Supabase Auth uses, reads no more bytes than this. */
export const passwordMaximum = 72;

/** Why a password is no good: tried first, made of too few different characters, or made from the e-mail address. */
export type PasswordWeakness = 'common' | 'repeats' | 'has_email';

/** A local part shorter than this may occur in a password by accident. */
const tellingLength = 3;

/** Judges a password by what a guesser would try first; its length is judged elsewhere. Null when nothing speaks against it. */
export function passwordWeakness(password: string, email: string): PasswordWeakness | null {
  const typed = password.normalize('NFKC').toLowerCase();
  const [name = '', host = ''] = email.toLowerCase().split('@');
  if (new Set(typed).size < 4) return 'repeats';
  if (name.length >= tellingLength && typed.includes(name)) return 'has_email';
  const word = withoutTail(typed);
  const company = host.split('.')[0] ?? '';
  if (company.length > tellingLength && word === company) return 'has_email';
  return common.has(typed) || common.has(word) ? 'common' : null;
}

/** `summer` of `summer2026!`. */
function withoutTail(typed: string): string {
  return typed.replace(/[\d\W_]+$/, '');
}
