-- The systems around a client: professionals, ties, household. Days ISO text ('' = none), instants integer microseconds,
-- flags 0 or 1.

alter table organization add column address text not null default '';
alter table organization add column phone text not null default '';
alter table organization add column hours text not null default '';
alter table organization add column note text not null default '';
alter table organization add column version integer not null default 1;

-- Somebody who works in an organization. left_on: no longer there since; kept, because files speak of them.
create table professional (
  id text primary key,
  organization_id text not null references organization (id),
  name text not null,
  role text not null,
  phone text not null,
  email text not null,
  note text not null,
  left_on text not null,
  version integer not null
) strict;
create index professional_by_organization on professional (organization_id, left_on);

-- Who is to be called about a client, and what was agreed with them.
create table client_professional (
  id text primary key,
  client_id text not null references client (id),
  professional_id text not null references professional (id),
  part text not null,
  is_lead integer not null,
  talked_on text not null,
  next_step text not null,
  from_day text not null,
  to_day text not null,
  version integer not null
) strict;
create index client_professional_by_client on client_professional (client_id, to_day);
create index client_professional_by_professional on client_professional (professional_id, to_day);
create unique index client_professional_open_unique on client_professional (client_id, professional_id) where to_day = '';

-- The ecomap. Each change is a new row; rows of one node tell one tie's history, the newest one holds from its day on.
create table client_tie (
  seq integer primary key autoincrement,
  client_id text not null references client (id),
  node text not null,
  with_kind text not null,
  system text not null,
  organization_id text not null,
  name text not null,
  kind text not null,
  energy text not null,
  note text not null,
  since_day text not null,
  recorded_at integer not null,
  recorded_by text not null
) strict;
create index client_tie_by_client on client_tie (client_id, node, seq);
create index client_tie_by_organization on client_tie (organization_id);
create index client_tie_by_system on client_tie (system, kind);

-- Household and relationships. `relation` says what the other is to client_id; seen from the other side it is reversed.
create table client_relation (
  id text primary key,
  client_id text not null references client (id),
  relation text not null,
  other_client_id text not null,
  name text not null,
  gender text not null,
  note text not null,
  is_in_household integer not null,
  from_day text not null,
  to_day text not null,
  recorded_at integer not null,
  recorded_by text not null,
  version integer not null
) strict;
create index client_relation_by_client on client_relation (client_id);
create index client_relation_by_other on client_relation (other_client_id);
