-- Assessments with versioned instruments, and the needs that come out of them.

create table instrument (
  id text not null,
  version integer not null,
  content text not null,
  added_at integer not null,
  added_by text not null,
  constraint instrument_pk primary key (id, version)
) strict;

create table assessment (
  seq integer primary key autoincrement,
  id text not null,
  case_id text not null references client_case (id),
  instrument text not null,
  instrument_version integer not null,
  stage text not null,
  on_day text not null,
  system text not null,
  made_with_client integer not null,
  -- JSON: item to answer.
  answers text not null,
  recorded_at integer not null,
  recorded_by text not null,
  -- Another assessment's id once this one was corrected.
  superseded_by text not null,
  constraint assessment_id_unique unique (id)
) strict;
create index assessment_by_case on assessment (case_id, instrument, on_day);

create table assessment_score (
  assessment_id text not null references assessment (id),
  scale text not null,
  value real,
  level text not null,
  answered integer not null,
  of_items integer not null,
  constraint assessment_score_pk primary key (assessment_id, scale)
) strict;

create table client_need (
  id text primary key,
  client_id text not null references client (id),
  domain text not null,
  state text not null,
  named_on text not null,
  assessment_id text not null,
  item text not null,
  met_on text not null,
  note text not null
) strict;
create index client_need_by_client on client_need (client_id, state, domain);
