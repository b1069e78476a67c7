import type { RoleDraft } from '$lib/data/roles/schema';
import type { PermissionScope } from '$lib/domain/permissions';

const isScope = (value: FormDataEntryValue): value is PermissionScope =>
  value === 'all' || value === 'territory' || value === 'own';

/** Reads the form of a role: `allow:<permission>` holds a scope, or nothing where the role does not allow it. */
export function readRoleForm(form: FormData): RoleDraft {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const allows = [...form.entries()].flatMap(([name, value]): [string, PermissionScope][] => {
    const key = /^allow:([a-z_]+:[a-z_]+)$/.exec(name)?.[1];
    return key !== undefined && isScope(value) ? [[key, value]] : [];
  });
  const version = Number(text('version'));
  return {
    name: text('name'),
    description: text('description'),
    allows: Object.fromEntries(allows),
    version: Number.isInteger(version) && version > 0 ? version : null,
  };
}
