-- The loop: accounts and audit, places, casework, evidence, signals, issues, evaluations.
-- Ids are ULID text, days ISO text ('' = none), instants integer microseconds, flags 0 or 1.
-- Every column has a class in disclosure.toml.

create table setting (
  name text primary key,
  value text not null
) strict;

create table calendar (
  day text primary key,
  week text not null,
  month text not null
) strict;

-- Accounts -------------------------------------------------------------------------------------------------

create table account (
  id text primary key,
  login text not null,
  name text not null,
  password_hash text not null,
  roles text not null,
  locale text not null,
  is_active integer not null,
  created_at integer not null,
  last_login_at integer,
  constraint account_login_unique unique (login)
) strict;

-- One-time links. account_id is '' for the link of the first run.
create table account_token (
  token_hash text primary key,
  account_id text not null,
  purpose text not null,
  expires_at integer not null,
  used_at integer
) strict;
create index account_token_by_account on account_token (account_id);

create table login_attempt (
  seq integer primary key autoincrement,
  subject_hash text not null,
  at integer not null
) strict;
create index login_attempt_by_subject on login_attempt (subject_hash, at);

create table web_session (
  id_hash text primary key,
  account_id text not null references account (id),
  data text not null,
  started_at integer not null,
  expires_at integer not null
) strict;
create index web_session_by_account on web_session (account_id);
create index web_session_by_expiry on web_session (expires_at);

-- Two steps that count first and write then (log-in attempts, administrators, the first account) take this row's
-- lock between them.
insert into setting (name, value) values ('accounts_lock', '');

-- Audit: each entry seals the one before it ----------------------------------------------------------------

create table audit_head (
  id integer primary key,
  seq integer not null,
  seal text not null
) strict;
insert into audit_head (id, seq, seal) values (1, 0, '');

create table audit (
  seq integer primary key,
  at integer not null,
  actor text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  detail text not null,
  request text not null,
  seal text not null
) strict;
create index audit_by_subject on audit (subject_kind, subject_id, seq);
create index audit_by_actor on audit (actor, seq);

-- Groups for equity ----------------------------------------------------------------------------------------

create table stratum (
  id integer primary key autoincrement,
  key text not null,
  constraint stratum_key_unique unique (key)
) strict;

create table stratum_value (
  stratum_id integer not null,
  dimension text not null,
  value text not null,
  constraint stratum_value_pk primary key (stratum_id, dimension)
) strict;
create index stratum_value_by_dimension on stratum_value (dimension, value, stratum_id);

-- What was brought in --------------------------------------------------------------------------------------

create table import_batch (
  seq integer primary key autoincrement,
  id text not null,
  kind text not null,
  dataset text not null,
  title text not null,
  file_name text not null,
  content_hash text not null,
  mapping text not null,
  state text not null,
  rows_read integer not null,
  rows_good integer not null,
  rows_bad integer not null,
  rows_known integer not null,
  in_evidence integer not null,
  started_at integer not null,
  finished_at integer,
  started_by text not null,
  constraint import_batch_id_unique unique (id)
) strict;
-- The same content cannot be in twice, even when two people bring it at once.
create unique index import_batch_live_unique on import_batch (content_hash) where state in ('loading', 'done');

create table import_problem (
  batch_seq integer not null,
  line integer not null,
  field text not null,
  expected text not null
) strict;
create index import_problem_by_batch on import_problem (batch_seq, line);

create table imported_event (
  seq integer primary key autoincrement,
  batch_seq integer not null,
  kind text not null,
  code text not null,
  system text not null,
  area text not null,
  day_from text not null,
  day_to text not null,
  case_ref text not null,
  stratum_id integer not null,
  n integer not null,
  exposure real,
  record_key text
) strict;
create index imported_event_by_batch on imported_event (batch_seq);
create unique index imported_event_record_unique on imported_event (record_key) where record_key is not null;

create table event_code (
  dataset text not null,
  kind text not null,
  code text not null,
  label text not null,
  constraint event_code_pk primary key (dataset, kind, code)
) strict;

create table area (
  batch_seq integer not null,
  code text not null,
  name text not null,
  parent text not null,
  longitude real not null,
  latitude real not null,
  geometry text not null,
  constraint area_pk primary key (code, batch_seq)
) strict;

create table population (
  batch_seq integer not null,
  dataset text not null,
  area text not null,
  stratum_id integer not null,
  day_from text not null,
  day_to text not null,
  amount real not null,
  unit text not null,
  constraint population_pk primary key (dataset, area, stratum_id, day_from, batch_seq)
) strict;

-- The newest batch wins; undoing it brings the one before back.
create view area_current as
  select a.code, a.name, a.parent, a.longitude, a.latitude, a.geometry
  from area a
  join (select code, max(batch_seq) as batch_seq from area group by code) newest
    on newest.code = a.code and newest.batch_seq = a.batch_seq;

create view population_current as
  select p.dataset, p.area, p.stratum_id, p.day_from, p.day_to, p.amount, p.unit
  from population p
  join (select dataset, max(batch_seq) as batch_seq from population group by dataset) newest
    on newest.dataset = p.dataset and newest.batch_seq = p.batch_seq;

-- Casework -------------------------------------------------------------------------------------------------

create table organization (
  id text primary key,
  name text not null,
  system text not null,
  area text not null
) strict;

create table client (
  id text primary key,
  preferred_name text not null,
  legal_name text not null,
  pronouns text not null,
  language text not null,
  born_on text not null,
  area text not null,
  strength text not null,
  wish text not null,
  created_at integer not null
) strict;

create table client_group (
  client_id text not null,
  dimension text not null,
  value text not null,
  constraint client_group_pk primary key (client_id, dimension)
) strict;

create table client_case (
  id text primary key,
  client_id text not null references client (id),
  case_ref text not null,
  area text not null,
  stratum_id integer not null,
  worker_id text not null,
  opened_on text not null,
  closed_on text not null,
  constraint client_case_ref_unique unique (case_ref)
) strict;
create index client_case_by_client on client_case (client_id);
create index client_case_by_worker on client_case (worker_id, closed_on);

create table case_event (
  seq integer primary key autoincrement,
  id text not null,
  case_id text not null references client_case (id),
  kind text not null,
  code text not null,
  system text not null,
  organization_id text not null,
  occurred_on text not null,
  ended_on text not null,
  note text not null,
  recorded_at integer not null,
  recorded_by text not null,
  supersedes_seq integer,
  constraint case_event_id_unique unique (id)
) strict;
create index case_event_by_case on case_event (case_id, occurred_on);

-- Evidence: pseudonymous, rebuilt or topped up from the tables above ---------------------------------------

create table evidence (
  seq integer primary key autoincrement,
  source text not null,
  source_seq integer not null,
  batch_seq integer not null,
  dataset text not null,
  kind text not null,
  code text not null,
  system text not null,
  area text not null,
  day_from text not null,
  day_to text not null,
  week text not null,
  month text not null,
  case_ref text not null,
  stratum_id integer not null,
  n integer not null,
  exposure real
) strict;
create index evidence_by_code on evidence (dataset, kind, code);
create index evidence_by_source on evidence (source, source_seq);
create index evidence_by_batch on evidence (batch_seq);

create table evidence_watermark (
  source text primary key,
  seq integer not null
) strict;
insert into evidence_watermark (source, seq) values ('case', 0);

-- Signals --------------------------------------------------------------------------------------------------

create table identify_run (
  seq integer primary key autoincrement,
  id text not null,
  state text not null,
  started_at integer not null,
  finished_at integer,
  started_by text not null,
  engine text not null,
  seed integer not null,
  replicates integer not null,
  until_day text not null,
  fingerprint text not null,
  hypotheses integer not null,
  found integer not null,
  stage text not null,
  done integer not null,
  total integer not null,
  message text not null,
  -- JSON: what could not be looked at, and why.
  notes text not null,
  constraint identify_run_id_unique unique (id)
) strict;

create table signal (
  key text primary key,
  detector text not null,
  dataset text not null,
  kind text not null,
  code text not null,
  system text not null,
  dimension text not null,
  value text not null,
  areas text not null,
  day_from text not null,
  day_to text not null,
  observed integer not null,
  expected real not null,
  ratio real not null,
  lower real not null,
  upper real,
  p real not null,
  q real not null,
  score real not null,
  fingerprint text not null,
  first_fingerprint text not null,
  seed integer not null,
  state text not null,
  reason text not null,
  detail text not null
) strict;
create index signal_by_score on signal (state, score);

-- Issues ---------------------------------------------------------------------------------------------------

create table issue (
  id text primary key,
  title text not null,
  description text not null,
  system text not null,
  step text not null,
  status text not null,
  opened_at integer not null,
  opened_by text not null,
  version integer not null
) strict;

create table issue_signal (
  issue_id text not null references issue (id),
  signal_key text not null,
  snapshot text not null,
  added_at integer not null,
  added_by text not null,
  constraint issue_signal_pk primary key (issue_id, signal_key)
) strict;

-- Evaluations ----------------------------------------------------------------------------------------------

create table evaluation (
  id text primary key,
  title text not null,
  plan text not null,
  locked_at integer not null,
  locked_by text not null,
  state text not null,
  fingerprint text not null,
  code_version text not null,
  result text not null
) strict;
