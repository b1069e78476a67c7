import type { Database } from '../../database/support/database.ts';
import type { Command } from '../../database/support/probes/probe.ts';

/** What a write over REST sends. */
export type Body = Record<string, unknown>;

/**
 * The body of the request that does what an SQL command does. The probes of the tables are written once, in SQL; their values
 * are found by running them as the owner and undoing that.
 */
export async function bodyOf(db: Database, command: Command): Promise<Body> {
  const columns = columnsOf(command.sql);
  const transaction = await db.owner.begin();
  try {
    await transaction.query(`select set_config('matrix.keep', 'on', true)`);
    const { rows } = await transaction.query<Body>(
      `${command.sql} returning ${columns.join(', ')}`,
      command.values,
    );
    return toJson(rows[0] ?? {});
  } catch {
    // What nobody may write, or what is there already, is sent as the command spells it.
    return toJson(spelled(columns, command));
  } finally {
    await transaction.rollback();
  }
}

function columnsOf(sql: string): string[] {
  const inserted = /insert into \w+ \(([^)]*)\)/.exec(sql)?.[1];
  if (inserted) return inserted.split(',').map((name) => name.trim());
  const updated = / set (\w+) =/.exec(sql)?.[1];
  if (!updated) throw new Error(`No columns in ${sql}.`);
  return [updated];
}

function spelled(columns: string[], { sql, values }: Command): Body {
  const given = (/ set \w+ = (.*?) where /.exec(sql) ?? /values \((.*)\)/s.exec(sql))?.[1] ?? '';
  const parts = given.split(',').map((part) => part.trim());
  return Object.fromEntries(
    columns.map((column, index) => {
      const part = parts[index] ?? 'null';
      if (part.startsWith('$')) return [column, values[Number(part.slice(1)) - 1]];
      if (part.startsWith("'")) return [column, part.slice(1, -1)];
      if (/^\d+$/.test(part)) return [column, Number(part)];
      return [column, part.startsWith('gen_random_uuid') ? crypto.randomUUID() : null];
    }),
  );
}

const toJson = (body: Body): Body =>
  Object.fromEntries(
    Object.entries(body).map(([column, value]) => [
      column,
      value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value,
    ]),
  );

/**
 * Undoes every write of a row as soon as it has been made, with an error that says so: whoever hears it could have written.
 * The trail is left alone, because it is also written to when something is refused.
 */
export async function undoWrites(db: Database): Promise<void> {
  await db.admin.rows(`
    create function private.undo() returns trigger language plpgsql as $$
      begin
        if coalesce(current_setting('matrix.keep', true), '') = 'on' then return null; end if;
        raise exception using errcode = 'PT418', message = 'undone';
      end $$;
    do $$
    declare name text;
    begin
      for name in select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like 'audit%'
      loop
        execute format('create trigger zz_undo after insert or update or delete on public.%I for each row execute function private.undo()', name);
      end loop;
    end $$`);
}
