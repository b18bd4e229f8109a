-- Who may see which client, and how a case moves. Days ISO text ('' = none), instants integer microseconds, flags 0 or 1.

-- A restricted client does not exist for anybody who is not named here.
create table client_restriction (
  client_id text primary key references client (id),
  reason text not null,
  set_at integer not null,
  set_by text not null
) strict;

create table client_restriction_member (
  client_id text not null references client_restriction (client_id),
  account_id text not null references account (id),
  constraint client_restriction_member_pk primary key (client_id, account_id)
) strict;

-- The broken glass: a file opened in an emergency by somebody who does not work with the client.
create table emergency_access (
  id text primary key,
  client_id text not null references client (id),
  account_id text not null references account (id),
  reason text not null,
  from_at integer not null,
  until_at integer not null,
  reviewed_at integer,
  reviewed_by text not null,
  verdict text not null
) strict;
create index emergency_access_by_client on emergency_access (client_id, account_id, until_at);
create index emergency_access_by_review on emergency_access (reviewed_at, from_at);

-- Everyone who works on a case, with history; client_case.worker_id is the one in the lead now.
create table case_assignment (
  id text primary key,
  case_id text not null references client_case (id),
  account_id text not null,
  part text not null,
  from_day text not null,
  to_day text not null,
  reason text not null
) strict;
create index case_assignment_by_case on case_assignment (case_id, to_day);
create index case_assignment_by_account on case_assignment (account_id, to_day);

alter table client_case add column state text not null default 'active';
alter table client_case add column programme text not null default '';
alter table client_case add column weight integer not null default 1;
alter table client_case add column end_reason text not null default '';
alter table client_case add column version integer not null default 1;

alter table client add column version integer not null default 1;
-- Another client's id once two records of one person were merged.
alter table client add column merged_into text not null default '';
