/** Fields with words in them. */
const TEXTS: ReadonlySet<string> = new Set([
  'name',
  'name_ar',
  'address',
  'phase',
  'acquisition_source',
  'description',
  'title',
  'team',
]);

/** Whether both values of a conflict can be kept, one behind the other. */
export function takesBoth(field: string, { yours, theirs }: { yours?: unknown; theirs?: unknown }): boolean {
  return TEXTS.has(field) && typeof yours === 'string' && typeof theirs === 'string';
}
