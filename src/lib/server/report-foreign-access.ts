/**
 * After "not found": lets the database note a security event if the record exists in an organisation this person is no
 * member of. What cannot be noted changes nothing for them.
 */
export async function reportForeignAccess(
  client: App.Locals['supabase'],
  table: string,
  recordId: string,
): Promise<void> {
  const { error } = await client.rpc('report_foreign_access', { table_name: table, record_id: recordId });
  if (error) console.warn(`A security event was not noted: ${error.code} ${error.message}`);
}
