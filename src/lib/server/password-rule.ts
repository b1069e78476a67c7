/** The passwords people try first, at least as long as ours must be. */
const common = new Set(
  `12345678 123456789 1234567890 11111111 00000000 87654321 12341234 11223344 88888888 123123123 password password1
  password123 passw0rd qwertyui qwertyuiop qwerty123 qwerty1234 1q2w3e4r 1qaz2wsx asdfghjk asdfghjkl zxcvbnm1
  iloveyou sunshine princess football baseball superman trustno1 welcome1 welcome123 letmein1 letmein123 admin123
  admin1234 administrator changeme changeme1 abcd1234 abc12345 a1b2c3d4 aa123456 monkey123 dragon123 michael1
  jennifer starwars computer internet whatever test1234 testtest secret123 p@ssw0rd p@ssword1 summer2024 summer2025
  summer2026 winter2024 winter2025 winter2026`.split(/\s+/),
);

export const passwordMinimum = 8;
/** bcrypt, which Supabase Auth uses, reads no more bytes than this. */
export const passwordMaximum = 72;

/** Whether a password is one of those tried first, one repeated character, or made from the e-mail address. */
export function isGuessable(password: string, email: string): boolean {
  const typed = password.toLowerCase();
  const [name = '', host = ''] = email.toLowerCase().split('@');
  if (common.has(typed) || new Set(typed).size < 3) return true;
  const parts = [email.toLowerCase(), name, host.split('.')[0] ?? ''].filter((part) => part.length >= 4);
  return parts.some((part) => typed.replace(/[\d\W_]+$/, '') === part || typed === part);
}
