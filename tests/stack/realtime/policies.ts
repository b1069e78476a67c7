/**
 * Policies for these tests: a private topic is `room:<uuid>`, a person hears it as a member, and sends to it as a
 * member who may write. `realtime.messages.extension` separates presence from broadcast.
 */
export const roomPolicies = `
  create table public.room_members (
    room text not null, user_id uuid not null, can_write boolean not null default true,
    presence boolean not null default true, broadcast boolean not null default true, primary key (room, user_id)
  );
  grant select on public.room_members to authenticated;
  create policy messages_select_members on realtime.messages for select to authenticated using (
    exists (
      select from public.room_members as member
      where member.room = (select realtime.topic()) and member.user_id = (select auth.uid())
        and case messages.extension when 'presence' then member.presence else member.broadcast end
    )
  );
  create policy messages_insert_members on realtime.messages for insert to authenticated with check (
    exists (
      select from public.room_members as member
      where member.room = (select realtime.topic()) and member.user_id = (select auth.uid()) and member.can_write
        and case messages.extension when 'presence' then member.presence else member.broadcast end
    )
  );
`;
