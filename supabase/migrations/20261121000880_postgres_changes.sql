-- Postgres Changes: tables that any Supabase client may subscribe to (`channel().on('postgres_changes', …)`, `stream()`).
-- The app itself listens to broadcasts; this is for tools of others. The policies of each table decide, row by row.
--
-- The replica identity stays the primary key. With the whole old row, an update would show its former values to whoever
-- may see the new ones, and nobody asks a policy about a row that is gone: a delete tells its `id`, a random uuid, to
-- everyone who subscribed to the table's deletes. Nothing else of a deleted row is told.
--
-- What goes to the trash is updated and hidden by the same statement, so no event tells of it; neither is told that a row
-- was handed to somebody outside one's reach. Who needs to know that listens to the broadcast `gone` (docs/realtime.md).

do $$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
end
$$;

alter publication supabase_realtime add table public.products, public.customers, public.interactions, public.notifications;
