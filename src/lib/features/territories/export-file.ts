import type { DataContext } from '$lib/data/context';
import { allTerritories } from '$lib/data/territories/queries';
import { writeCsv } from '$lib/domain/csv';

/** The columns of a file of territories, in and out. */
export const COLUMNS = ['level', 'code', 'parent_code', 'name', 'name_ar', 'boundary'] as const;

/** The whole tree as a file that can be changed and imported again. */
export async function exportTerritories({ client, orgId }: DataContext): Promise<string> {
  const codes = new Map<string, string>();
  const lines: (string | null)[][] = [[...COLUMNS]];
  for await (const page of allTerritories(client, orgId))
    for (const { id, level, code, parent_id: parent, name, name_ar: arabic, boundary } of page) {
      codes.set(id, code);
      const parentCode = parent ? (codes.get(parent) ?? null) : null;
      lines.push([level, code, parentCode, name, arabic, boundary ? JSON.stringify(boundary) : null]);
    }
  return writeCsv(lines);
}

/** A file to begin with. */
export const sampleFile = (): string =>
  writeCsv([
    [...COLUMNS],
    ['country', 'EG', '', 'Egypt', 'مصر', ''],
    ['region', 'EG-DELTA', 'EG', 'Delta', 'الدلتا', ''],
    ['governorate', 'EG-GH', 'EG-DELTA', 'Gharbia', 'الغربية', ''],
    ['city', 'TANTA', 'EG-GH', 'Tanta', 'طنطا', ''],
    ['area', 'TANTA-1', 'TANTA', 'Tanta Centre', 'وسط طنطا', ''],
    [
      'brick',
      'TANTA-1-1',
      'TANTA-1',
      'El Bahr Street',
      'شارع البحر',
      '{"type":"Polygon","coordinates":[[[30.99,30.78],[31.01,30.78],[31.01,30.8],[30.99,30.8],[30.99,30.78]]]}',
    ],
  ]);

/** Hands a text to the browser as a file. */
export function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
