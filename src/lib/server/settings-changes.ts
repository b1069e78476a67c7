/** What the form of a group of settings asks for: new values, the values seen, and what goes back to its default. */
export interface SettingsChanges {
  group: string;
  changes: Record<string, string | null>;
  seen: Record<string, string>;
}

const isKey = (key: string) => /^[a-z][a-z_]*(\.[a-z][a-z_]*)+$/.test(key);

/**
 * Reads the form of a group. Each setting comes with `seen:<key>`, so that a box which is not ticked, and therefore not
 * sent, is known to be there. `reset` names the one that goes back to its default; then nothing else is saved.
 */
export function readSettingsChanges(form: FormData): SettingsChanges {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value : null;
  };
  const seen: Record<string, string> = {};
  const changes: Record<string, string | null> = {};
  for (const name of form.keys()) {
    const key = name.replace(/^seen:/, '');
    if (name === key || !isKey(key)) continue;
    seen[key] = text(name) ?? '';
    // A box that is not ticked is not sent.
    changes[key] = text(key) ?? 'false';
  }
  const reset = text('reset');
  if (reset !== null && reset in seen) {
    return { group: text('group') ?? '', changes: { [reset]: null }, seen };
  }
  return { group: text('group') ?? '', changes, seen };
}
