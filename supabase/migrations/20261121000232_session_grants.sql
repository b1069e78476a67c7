-- What a session gives: nearly every request is one of a session that nothing narrows further.

create view private.session_grants as
  select session.id as session_id, session.user_id, held.permission, held.org_id, held.scope, session.is_strong,
    exists (select from private.second_factors as factor where factor.user_id = session.user_id)
      or exists (select from private.guarded_organizations as guarded where guarded.org_id = held.org_id) as asks_second_factor
  from private.standing_sessions as session
  join private.held_permissions as held on held.user_id = session.user_id;
comment on view private.session_grants is
  'Permissions of whom a session belongs to, one row for each role that gives one: what private.assurance_of says of a session, in the one query that finds them. Read by private.orgs_with.';
comment on column private.session_grants.session_id is 'The session.';
comment on column private.session_grants.user_id is 'Whose it is.';
comment on column private.session_grants.permission is 'What is allowed.';
comment on column private.session_grants.org_id is 'In which organisation.';
comment on column private.session_grants.scope is 'How far.';
comment on column private.session_grants.is_strong is 'A second factor was given in the session.';
comment on column private.session_grants.asks_second_factor is
  'Holds only if one was given, and the token says so too: the person has one, or the organisation asks for it.';
